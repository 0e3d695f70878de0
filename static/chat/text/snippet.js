// The part of a text around the words of a search.

import { wrapAll } from "./ranges.js";

/**
 * About `length` characters of the text around the first of the words. Pure.
 *
 * @param {string} text on one line
 * @param {string} wanted words, as they were typed
 * @returns {string}
 */
export function makeSnippet(text, wanted, length = 160) {
  const first = text.search(pattern(wanted));
  const begin = Math.max(0, Math.min(Math.max(0, first) - length / 4, text.length - length));
  const start = begin > 0 ? text.indexOf(" ", begin - 1) + 1 || Math.floor(begin) : 0;
  const end = Math.min(start + length, text.length);
  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
}

/** Whether one of the words of a search is in the text. @param {string} text @param {string} wanted */
export const hasWords = (text, wanted) => pattern(wanted).test(text);

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
