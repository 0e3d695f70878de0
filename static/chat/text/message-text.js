// The text of a message, as it is shown: Markdown as elements, with mentions marked. They open the card of the person.
//
// Most messages are plain words. What the others need (formatting.js) is loaded for the first of them; until then, or
// without a network, they are shown as they were typed.

import { addressOfPerson } from "../lib/addresses.js";
import { LruCache } from "./lru-cache.js";
import { mayHaveHosts } from "./links.js";
import { ALL, callsMe, findMentions } from "./mentions.js";
import { showPerson } from "./people.js";
import { listTexts, SPOILER, wrapAll } from "./ranges.js";

// Most messages contain none of these, and skip the parser.
const MARKUP = /[*_~`[\]<>\\#|\n\r]|^[ \t]*(?:[-+=]|\d+[.)])|:\/\/|www\.|@\S*\./i;
const BLOCK = "p, pre, li, blockquote, hr, th, td";
const COVER = "▒▒▒";
const HIDDEN = new RegExp(SPOILER, "g");

const UNITS = 8; // units of UTF-16 that a character has at most, on average
const segmenter = new Intl.Segmenter();

const known = new LruCache(500); // fragments without mentions, by their text

/** @type {typeof import("./formatting.js").formatting | null} */
let formatting = null;
let loading = null;
let waiting = []; // what is to be called when it is there

const isMarkedUp = (text) => MARKUP.test(text) || mayHaveHosts(text);
const mustWait = (text) => !formatting && isMarkedUp(text);

/** Format texts with this from now on. For formatting.js. */
export function useFormatting(loaded) {
  formatting = loaded;
  for (const again of waiting.splice(0)) again();
}

/**
 * Load what these texts need to be formatted, unless it is there. Resolves when they can be shown: as they were typed, if it
 * cannot be loaded.
 *
 * @param {string[]} texts
 */
export async function prepareTexts(texts) {
  if (texts.some(mustWait)) await loadFormatting();
}

/** Load it before it is needed. Resolves when it is there, or cannot be had. */
export function loadFormatting() {
  loading ??= import("./formatting.js").catch(() => {
    loading = null; // offline: the next text tries again
  });
  return loading;
}

/** Show a text for now as it was typed, and call `again` when it can be formatted. */
function wait(again) {
  if (again) waiting.push(again);
  loadFormatting();
}

/**
 * Render the text of a message for the page.
 *
 * @param {string} text Markdown
 * @param {{ me?: string, names?: readonly string[], message?: { room: number, seq: number }, again?: () => void }} people who are mentioned; an array is indexed once,
 *   so pass the same one again. `message`: of which it is the text. `again` is called if the text is to be rendered anew, since it can be formatted only then
 * @returns {DocumentFragment}
 */
export function renderText(text, { me, names = [], message, again } = {}) {
  const fragment = renderWords(text, again);
  if (names.length && text.includes("@")) markMentions(fragment, names, { me, message });
  return fragment;
}

function renderWords(text, again) {
  if (!isMarkedUp(text)) return plain(text);
  if (formatting) return known.getOrMake(text, fromMarkdown).cloneNode(true);
  wait(again);
  return plain(text.replace(HIDDEN, COVER));
}

/** Color the code in an element with rendered text. */
export function highlightCode(element) {
  formatting?.highlightCode(element);
}

/**
 * Make an excerpt without formatting: one line of at most `length` characters. Spoilers stay hidden, unless `whole`. `again`:
 * see renderText.
 */
export function makeExcerpt(text, length = 120, { whole = false, again } = {}) {
  const fragment = renderText(text, { again });
  if (!whole) for (const spoiler of fragment.querySelectorAll(".spoiler")) spoiler.textContent = COVER;
  for (const { item, number } of formatting?.listNumbered(fragment) ?? []) item.prepend(`${number}. `);
  for (const block of fragment.querySelectorAll(BLOCK)) {
    block.before(" "); // in a list in a list, a block follows words
    block.append(" ");
  }
  return cut(fragment.textContent.replace(/\s+/g, " ").trim(), length);
}

/** Cut after `length` visible characters, so that no emoji is cut in half. */
function cut(words, length) {
  let end = 0;
  let count = 0;
  for (const { index } of segmenter.segment(words.slice(0, UNITS * length))) {
    if (count === length - 1) end = index;
    if (count === length) return `${words.slice(0, end).trimEnd()}…`;
    count += 1;
  }
  return words.length > UNITS * length ? `${words.slice(0, UNITS * length)}…` : words;
}

function fromMarkdown(text) {
  return formatting.format(text) ?? plain(text);
}

function plain(text) {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  const fragment = document.createDocumentFragment();
  fragment.append(paragraph);
  return fragment;
}

/**
 * Mark the mentions of these people in rendered words. `message`: where they stand.
 *
 * @param {Node} fragment
 * @param {readonly string[]} names
 * @param {{ me?: string, message?: { room: number, seq: number } }} [where]
 */
export function markMentions(fragment, names, { me, message } = {}) {
  for (const node of listTexts(fragment)) {
    wrapAll(node, findMentions(node.data, names), ({ name }) => {
      const mention = ALL.includes(name) ? document.createElement("span") : linkPerson(name, message);
      mention.className = callsMe([name], me) ? "mention me" : "mention";
      return mention;
    });
  }
}

/** A link that stands for a person: see personOf. Only those who have a name of their own can be mentioned. */
function linkPerson(name, mentionedIn) {
  const link = document.createElement("a");
  link.href = addressOfPerson(name, { mentionedIn });
  link.setAttribute("aria-haspopup", "menu");
  showPerson(link, { name, color: "", verified: true, mentionedIn });
  return link;
}
