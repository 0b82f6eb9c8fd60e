// Where data comes from: packed in this file, or from the server that served it. Everything but the index comes late.

const packed = (name) => document.getElementById(`data-${name}`);
export const isStill = packed("index") !== null;
let loaded = null;
const kept = new Map();

export async function loadIndex() {
  loaded = isStill ? await unpack("index") : await ask("index");
  kept.clear();
  return loaded;
}

export async function loadEpisode(place, key) {
  const found = isStill
    ? await once(`episodes-${Math.floor(place / loaded.episodePieces)}`, unpack)
    : await once(`episode?key=${encodeURIComponent(key)}`, ask);
  const one = found.episodes.find((each) => each.key === key);
  if (!one) throw new Error(`there is no episode ${key}`);
  return { ...one, tools: one.tools.map((number) => JSON.parse(found.tools[number])) };
}

export function loadTexts(piece) {
  return isStill ? unpack(`texts-${piece}`) : ask(`texts?piece=${piece}&version=${loaded.version}`);
}

export function loadNumbers(reward) {
  if (reward === loaded.stored) return Promise.resolve(loaded.numbers);
  const path = `numbers?reward=${encodeURIComponent(reward)}&version=${loaded.version}`;
  return isStill ? once(`numbers-${reward}`, unpack) : once(path, ask);
}

export async function hasNews() {
  return !isStill && (await ask("news")).bytes !== loaded.bytes;
}

async function once(name, get) {
  if (!kept.has(name)) {
    if (kept.size > 200) kept.delete(kept.keys().next().value);
    kept.set(name, get(name).catch((error) => { kept.delete(name); throw error; }));
  }
  return kept.get(name);
}

async function ask(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error((await answer.text()).slice(0, 300));
  return answer.json();
}

async function unpack(name) {
  const node = packed(name);
  if (!node) throw new Error(`this file has no ${name}`);
  const bytes = Uint8Array.from(atob(node.textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}
