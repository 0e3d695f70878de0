// Several lines of code that were pasted: they are offered to become a block of code.

import { gettext } from "../lib/i18n.js";
import { applyFormat } from "./formats.js";

const LEAST = 2; // lines
const SHARE = 0.4; // of the lines that look like code
const CODE = [
  /^(?:\t| {2,})\S/, // indented
  /[;{}[\](,\\]\s*$/,
  /^\s*[}\])]/,
  /=>|[=!]==?|&&|\|\||::|->|:=|\+=|<\/|\/>|#include|\w\(.*\)\s*[:;{]?$/,
  /^\s*(?:def|class|import|from|return|function|const|let|var|if|for|while|elif|else|fn|func|pub|public|private|static|package|using|SELECT|INSERT|UPDATE|CREATE|WHERE)\b.*[\w)"'`:;{}]$/,
  /^\s*[\w.$-]+\s*(?:=|:=)\s*\S/,
  /^\s*(?:\$|>>>|#!|\/\/|\/\*|<[a-z!/])/i,
];

/** Whether a text looks like several lines of code. */
export function looksLikeCode(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  if (lines.length < LEAST || text.includes("```")) return false;
  return lines.filter((line) => CODE.some((pattern) => pattern.test(line))).length >= SHARE * lines.length;
}

/** Whether a place in the text is between fences. */
function isInBlock(before) {
  return (before.match(/^ {0,3}`{3,}/gm)?.length ?? 0) % 2 === 1;
}

/**
 * Offer to make a block of the text that was pasted at `start`; null if it is no code.
 *
 * @param {{ field: HTMLTextAreaElement, place: HTMLElement, start: number, text: string, keys: string, onEnd: () => void }} pasted
 *   `place`: where the offer is shown; `onEnd()`: it is accepted, or something else was written
 * @returns {{ accept: () => void, withdraw: () => void } | null}
 */
export function offerBlock({ field, place, start, text, keys, onEnd }) {
  const end = start + text.length;
  if (field.value.slice(start, end) !== text || !looksLikeCode(text) || isInBlock(field.value.slice(0, start))) return null;
  const gone = new AbortController();
  const withdraw = () => {
    gone.abort();
    place.replaceChildren();
    onEnd();
  };
  const accept = () => {
    field.focus();
    field.setSelectionRange(start, end);
    applyFormat(field, "block"); // an input, which withdraws the offer
    const after = field.value.indexOf("\n", field.selectionEnd + 1) + 1; // below the block
    field.setSelectionRange(after, after);
  };
  const [button, key] = [document.createElement("button"), document.createElement("kbd")];
  button.type = "button";
  button.className = "quiet";
  key.textContent = keys;
  button.append(gettext("Paste as code"), " ", key);
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", accept);
  place.replaceChildren(button);
  field.addEventListener("input", withdraw, { signal: gone.signal });
  return { accept, withdraw };
}
