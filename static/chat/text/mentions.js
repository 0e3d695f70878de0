// Mentions in a text: "@ann". Pure. The server finds the same ones (chat/mentions.py), and says which names are mentioned.

import { key } from "../../sdk/names.js";

// Letters of scripts that put no spaces between words: after a name, any of them may follow.
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const LETTER = /[\p{L}\p{N}\p{M}_]/u;
const SLASH = "/"; // before the @: in an address

/** Words in place of a name: everyone who has joined the room, everyone who is in it. */
export const ALL = ["room", "here"];

/** Whether the names that a message mentions call `me`. @param {readonly string[]} names */
export const callsMe = (names, me) => names.includes(me) || names.some((name) => ALL.includes(name));

const indexes = new WeakMap(); // by list of names: the list of a room is searched for each message

/**
 * Find the mentions in a text, in order.
 *
 * @param {string} text
 * @param {readonly string[]} names of those who can be mentioned
 * @returns {{ start: number, end: number, name: string }[]}
 */
export function findMentions(text, names) {
  const found = [];
  const index = text.includes("@") ? indexOf(names) : null;
  if (!index?.size) return found;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const follows = text[at - 1] === SLASH || goesOn(text.slice(Math.max(0, at - 2), at), -1);
    const name = follows ? null : longest(text, at + 1, index);
    if (!name) continue;
    found.push({ start: at, end: at + 1 + name.length, name });
    at += name.length;
  }
  return found;
}

/** The names by their first letter, the longest first. */
function indexOf(names) {
  const known = indexes.get(names);
  if (known?.size === names.length) return known.index;
  const index = new Map();
  for (const name of names) {
    const first = initial(name);
    if (!index.has(first)) index.set(first, []);
    index.get(first).push(name);
  }
  for (const list of index.values()) list.sort((one, other) => other.length - one.length);
  indexes.set(names, { index, size: names.length });
  return index;
}

const initial = (text) => key(String.fromCodePoint(text.codePointAt(0) ?? 0));

function longest(text, start, index) {
  const fits = (name) => {
    const end = start + name.length;
    return key(text.slice(start, end)) === key(name) && !goesOn(text.slice(end, end + 2), 0);
  };
  return index.get(initial(text.slice(start, start + 2)))?.find(fits);
}

/** Whether the first (0) or last (-1) character is a letter that belongs to the word beside it. */
function goesOn(text, place) {
  const character = place === 0 ? [...text][0] : [...text.slice(-2)].at(-1);
  return character !== undefined && LETTER.test(character) && !UNSPACED.test(character);
}
