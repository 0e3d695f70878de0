// From Markdown to elements, with links and spoilers. Loaded for the first text that is more than plain words: message-text.js.

import { highlightCode } from "./highlight.js";
import { findHosts } from "./links.js";
import { renderMarkdown } from "./markdown.js";
import { useFormatting } from "./message-text.js";
import { listTexts, wrapAll } from "./ranges.js";
import { closeSpoiler } from "./spoilers.js";

/** Render a text with markup; null if it is to be shown as it was typed. @param {string} text @returns {DocumentFragment | null} */
function format(text) {
  const fragment = renderMarkdown(text);
  if (fragment === null) return null;
  // No message may be invisible: "#" alone is a heading without words.
  if (!fragment.textContent.trim() && !fragment.querySelector("hr")) return null;
  for (const { item, number } of listNumbered(fragment)) makeRoom(item.parentElement, String(number).length);
  for (const node of listTexts(fragment)) linkIn(node);
  for (const span of fragment.querySelectorAll("span.spoiler")) closeSpoiler(span);
  for (const link of fragment.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }
  return fragment;
}

/** The items of numbered lists, each with its number. */
function* listNumbered(fragment) {
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

function linkIn(node) {
  wrapAll(node, findHosts(node.data), ({ href }) => {
    const link = document.createElement("a");
    link.href = href;
    return link;
  });
}

export const formatting = { format, listNumbered, highlightCode };
useFormatting(formatting);
