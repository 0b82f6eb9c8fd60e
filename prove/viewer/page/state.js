// What is looked at, kept in the address after #: a link opens the same view, Back goes back.

const EMPTY = {
  view: "list", key: "", other: "", reward: "", q: "", sort: "steps", side: "", split: "", server: "", kind: "",
  faults: "", exact: "", flat: "", part: "", below: "", from: "", to: "", a: "", b: "",
};
export const FILTERS = ["q", "side", "split", "server", "kind", "faults", "exact", "flat", "part", "below", "from", "to"];
export const state = { ...EMPTY };
const listeners = [];

export function onChange(call) {
  listeners.push(call);
}

// `push`: a step that Back undoes; filters replace the address, else typing a word would be five steps.
export function change(patch, push = false) {
  const before = { ...state };
  Object.assign(state, patch);
  const address = `#${written()}`;
  if (push) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  tell(before);
}

export function chosen(name) {
  return state[name] ? state[name].split("~") : [];
}

export function toggled(name, word) {
  const words = chosen(name);
  const next = words.includes(word) ? words.filter((each) => each !== word) : [...words, word];
  change({ [name]: next.join("~") });
}

export function reset() {
  change(Object.fromEntries(FILTERS.map((name) => [name, ""])));
}

export function isFiltered() {
  return FILTERS.some((name) => state[name] !== "");
}

export function linkTo(patch) {
  return `#${written({ ...state, ...patch })}`;
}

function written(values = state) {
  const words = Object.entries(values).filter(([name, value]) => value !== EMPTY[name]);
  return new URLSearchParams(words).toString();
}

export function readAddress() {
  const before = { ...state };
  const words = new URLSearchParams(location.hash.slice(1));
  for (const name of Object.keys(EMPTY)) state[name] = words.get(name) ?? EMPTY[name];
  tell(before);
}

function tell(before) {
  for (const call of listeners) call(before);
}
