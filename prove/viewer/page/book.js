// The rows of the index by number, and what is known of them under the reward that is looked at.

export const book = { index: null, numbers: null, reward: "" };

export function setIndex(index) {
  book.index = index;
  book.places = new Map();
  book.sliceNames = [];
  book.sliceIds = new Int32Array(size());
  const known = new Map();
  for (let row = 0; row < size(); row += 1) {
    book.places.set(keyOf(row), row);
    const name = `${"ab"[column("side")[row]]}.${word("split", row)}.${column("step")[row]}`;
    if (!known.has(name)) known.set(name, book.sliceNames.push(name) - 1);
    book.sliceIds[row] = known.get(name);
  }
  book.starts = [];
  let start = 0;
  for (const length of index.groups.size) {
    book.starts.push(start);
    start += length;
  }
}

export function setNumbers(reward, numbers) {
  book.reward = reward;
  book.numbers = numbers;
  const parts = Object.keys(numbers.components);
  book.parts = parts;
  let low = 0;
  let high = 1;
  for (const total of numbers.total) {
    if (total !== null && total > high) high = total;
    if (total !== null && total < low) low = total;
  }
  book.low = low;
  book.high = high;
}

export const size = () => book.index.columns.step.length;
export const column = (name) => book.index.columns[name];
export const word = (name, row) => book.index.words[name][column(name)[row]];
export const total = (row) => book.numbers.total[row];
export const advantage = (row) => book.numbers.advantage[row];
export const placeOf = (key) => book.places.get(key);
export const groupOf = (row) => column("group")[row];
export const groupNumbers = (group) => book.numbers.groups[group];
export const positionOf = (row) => row - book.starts[groupOf(row)];

export function keyOf(row) {
  return `${"ab"[column("side")[row]]}.${word("split", row)}.${column("step")[row]}.${column("line")[row]}`;
}

export function rowsOf(group) {
  const start = book.starts[group];
  return Array.from({ length: book.index.groups.size[group] }, (_, place) => start + place);
}

// A side, split and step together: a.train.3.
export const sliceOf = (row) => book.sliceNames[book.sliceIds[row]];

export function sliceName(slice) {
  const [side, split, step] = slice.split(".");
  const two = book.index.sides.length > 1 ? `${side.toUpperCase()} · ` : "";
  return Number(step) || split === "train" ? `${two}${split}, step ${step}` : `${two}${split}`;
}

export function faultsOf(row) {
  const bits = column("faults")[row];
  return book.index.faults.filter((_, place) => bits & (1 << place));
}

// Of two runs of the same sweep only the last part of the path tells them apart.
export function sideName(place) {
  const { sides } = book.index;
  return sides.length > 1 ? sides[place].name.split("/").at(-1) : sides[place].name;
}
