// The part of a text around the words of a search.

import { wrapAll } from "./ranges.js";

/**
 * About `length` characters of the text around the first of the words, in pieces. Pure.
 *
 * @param {string} text on one line
 * @param {string} wanted words, as they were typed
 * @returns {{ text: string, hit: boolean }[]}
 */
export function makeSnippet(text, wanted, length = 160) {
  const found = [...text.matchAll(pattern(wanted))];
  const begin = Math.max(0, Math.min((found[0]?.index ?? 0) - length / 4, text.length - length));
  const start = begin > 0 ? text.indexOf(" ", begin - 1) + 1 || Math.floor(begin) : 0;
  const end = start + length >= text.length ? text.length : start + length;
  const pieces = cut(text, found, start, end);
  if (start > 0) pieces.unshift({ text: "…", hit: false });
  if (end < text.length) pieces.push({ text: "…", hit: false });
  return pieces;
}

/** Show the pieces of a text, the words of the search marked. @param {{ text: string, hit: boolean }[]} pieces @returns {(string | Element)[]} */
export function markPieces(pieces) {
  return pieces.map(({ text, hit }) => {
    if (!hit) return text;
    const mark = document.createElement("mark");
    mark.textContent = text;
    return mark;
  });
}

/** Mark the words of a search in an element. Words that are links already, such as mentions, stay links. @param {Element} element @param {string} wanted */
export function markWords(element, wanted) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    const found = [...node.data.matchAll(pattern(wanted))];
    const ranges = found.map(({ index, 0: word }) => ({ start: index, end: index + word.length }));
    wrapAll(node, ranges, () => document.createElement("mark"));
  }
}

/** Matches what begins with one of the words, ignoring case. */
function pattern(wanted) {
  const words = wanted.split(/\s+/).filter(Boolean);
  if (!words.length) return /(?!)/g;
  const any = words.sort((one, other) => other.length - one.length).map(escape).join("|");
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${any})`, "giu");
}

const escape = (word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

function cut(text, found, start, end) {
  const pieces = [];
  let place = start;
  for (const { index, 0: word } of found) {
    if (index < start || index + word.length > end) continue;
    if (index > place) pieces.push({ text: text.slice(place, index), hit: false });
    pieces.push({ text: word, hit: true });
    place = index + word.length;
  }
  if (place < end) pieces.push({ text: text.slice(place, end), hit: false });
  return pieces;
}
