// Full-text search: every word, and every "phrase in quotes", must stand in what was said, called or answered.
// The texts are fetched once, piece by piece, so that the page never waits for all of them.

import { book, size } from "./book.js";
import { loadTexts } from "./data.js";

const pieces = [];
let newest = 0;

export function forgetTexts() {
  pieces.length = 0;
}

export function wordsOf(query) {
  const words = query.toLowerCase().match(/"[^"]*"?|\S+/g) || [];
  return words.map((each) => each.replaceAll('"', "")).filter(Boolean);
}

// Calls `found(hits)` with one byte per row after each piece; a newer search ends an older one.
export async function search(query, found) {
  const words = wordsOf(query);
  newest += 1;
  const mine = newest;
  const hits = new Uint8Array(size());
  const all = book.index.textPieces;
  let shown = performance.now();
  for (let piece = 0, row = 0; piece < all; piece += 1) {
    if (!pieces[piece]) pieces[piece] = await loadTexts(piece);
    if (mine !== newest) return;
    for (const text of pieces[piece]) {
      hits[row] = words.every((each) => text.includes(each)) ? 1 : 0;
      row += 1;
    }
    if (piece + 1 < all && performance.now() - shown > 250) {
      found(hits, piece / all);
      shown = performance.now();
    }
  }
  found(hits, 1);
}

export function stopSearch() {
  newest += 1;
}
