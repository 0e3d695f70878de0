// The text of a message, as it is shown: Markdown as sanitized elements, with mentions marked.

import { sanitizeHtml } from "./sanitizer.js";
import { LruCache } from "./lru-cache.js";
import { renderMarkdown } from "./markdown.js";
import { findHosts, mayHaveHosts } from "./links.js";
import { callsMe, findMentions } from "./mentions.js";
import { closeSpoiler } from "./spoilers.js";

const ALLOWED = {
  ALLOWED_TAGS: ["p", "strong", "em", "del", "code", "pre", "a", "ul", "ol", "li", "blockquote", "hr", "span", "table", "thead", "tbody", "tr", "th", "td"],
  ALLOWED_ATTR: ["href", "class", "start", "value"],
};
// Most messages contain none of these, and skip the parser.
const MARKUP = /[*_~`[\]<>&\\#|\n\r]|^[ \t]*(?:[-+=]|\d+[.)])|:\/\/|www\.|@\S*\./i;
const BLOCK = "p, pre, li, blockquote, hr, th, td";
const NOT_WORDS = "a, code";
const COVER = "▒▒▒";

const UNITS = 8; // units of UTF-16 that a character has at most, on average
const segmenter = new Intl.Segmenter();

const known = new LruCache(500); // fragments without mentions, by their text

/**
 * Render the text of a message for the page.
 *
 * @param {string} text Markdown
 * @param {{ me?: string, names?: readonly string[] }} people who are mentioned; an array is indexed once, so pass
 *   the same one again
 * @returns {DocumentFragment}
 */
export function renderText(text, { me, names = [] } = {}) {
  const fragment = MARKUP.test(text) || mayHaveHosts(text) ? known.getOrMake(text, fromMarkdown).cloneNode(true) : plain(text);
  if (names.length && text.includes("@")) markMentions(fragment, me, names);
  return fragment;
}

/** Make an excerpt without formatting: one line of at most `length` characters. Spoilers stay hidden, unless `whole`. */
export function makeExcerpt(text, length = 120, { whole = false } = {}) {
  const fragment = renderText(text);
  if (!whole) for (const spoiler of fragment.querySelectorAll(".spoiler")) spoiler.textContent = COVER;
  for (const { item, number } of numbered(fragment)) item.prepend(`${number}. `);
  for (const block of fragment.querySelectorAll(BLOCK)) block.append(" ");
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
  const html = renderMarkdown(text);
  if (html === null) return plain(text);
  const fragment = sanitizeHtml(html, ALLOWED);
  // No message may be invisible: "#" alone is a heading without words.
  if (!fragment.textContent.trim() && !fragment.querySelector("hr")) return plain(text);
  for (const { item, number } of numbered(fragment)) makeRoom(item.parentElement, String(number).length);
  for (const node of listTexts(fragment)) linkIn(node);
  for (const span of fragment.querySelectorAll("span.spoiler")) closeSpoiler(span);
  for (const link of fragment.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }
  return fragment;
}

/** The items of numbered lists, each with its number. */
function* numbered(fragment) {
  for (const list of fragment.querySelectorAll("ol")) {
    let number = list.start;
    for (const item of list.children) {
      if (item.hasAttribute("value")) number = item.value;
      yield { item, number };
      number += 1;
    }
  }
}

/** Widen the margin of a list for its numbers: words.css has room for two digits, or for `data-digits`. */
function makeRoom(list, digits) {
  if (digits > (list.dataset.digits ?? 2)) list.dataset.digits = digits;
}

function plain(text) {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  const fragment = document.createDocumentFragment();
  fragment.append(paragraph);
  return fragment;
}

function markMentions(fragment, me, names) {
  for (const node of listTexts(fragment)) {
    wrapAll(node, findMentions(node.data, names), ({ name }) => {
      const mention = document.createElement("span");
      mention.className = callsMe([name], me) ? "mention me" : "mention";
      return mention;
    });
  }
}

function linkIn(node) {
  wrapAll(node, findHosts(node.data), ({ href }) => {
    const link = document.createElement("a");
    link.href = href;
    return link;
  });
}

/** The text nodes that are words, not code or links. */
function listTexts(fragment) {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes.filter((node) => !node.parentElement?.closest(NOT_WORDS));
}

/** Put each range of a text node into an element of its own. */
function wrapAll(node, ranges, make) {
  // Last one first, so that the positions of the others stay valid.
  for (const range of ranges.reverse()) {
    const words = node.splitText(range.start);
    words.splitText(range.end - range.start);
    const element = make(range);
    words.replaceWith(element);
    element.append(words);
  }
}
