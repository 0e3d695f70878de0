// What is dropped on a page, or pasted. Browsers leave the page for a file or a link that is dropped on it, and a
// picture that is pasted into a field of text is passed over in silence. Here nothing is left, and what cannot be
// sent is said.

import { gettext } from "./i18n.js";

const SHOWN = 8_000; // milliseconds
const FIELDS = "textarea, input:not([type=checkbox], [type=radio], [type=color], [type=submit], [type=button])";

const place = document.getElementById("told");
let clear = 0;

/**
 * Say that files stay outside. Said anew each time: a live region tells only what changes. A dialog covers all that is
 * not in it.
 */
function tell() {
  clearTimeout(clear);
  (document.querySelector("dialog:modal") ?? document.body).append(place);
  place.textContent = "";
  setTimeout(() => (place.textContent = gettext("Sending files isn't supported yet.")));
  clear = setTimeout(() => (place.textContent = ""), SHOWN);
}

const hasFiles = ({ types }) => types.includes("Files");
/** Office programs add a picture of the text to the text. */
const hasText = ({ types }) => types.includes("text/plain");
const isField = ({ target }) => target instanceof Element && target.matches(FIELDS) && !target.disabled && !target.readOnly;

/** Whether the browser does what is meant: it puts text, and links as text, into the field that they are dropped on. */
function isWelcome(event) {
  return isField(event) && (hasText(event.dataTransfer) || !hasFiles(event.dataTransfer));
}

function hold(event) {
  if (!event.dataTransfer || isWelcome(event)) return;
  event.preventDefault();
  // Files are dropped as their program allows, copied, moved or linked: without a drop nothing could be said.
  if (!hasFiles(event.dataTransfer)) event.dataTransfer.dropEffect = "none";
}

function drop(event) {
  if (!event.dataTransfer || isWelcome(event)) return;
  event.preventDefault();
  if (hasFiles(event.dataTransfer)) tell();
}

function paste(event) {
  if (!event.clipboardData || !hasFiles(event.clipboardData) || hasText(event.clipboardData)) return;
  event.preventDefault();
  tell();
}

document.addEventListener("dragenter", hold);
document.addEventListener("dragover", hold);
document.addEventListener("drop", drop);
document.addEventListener("paste", paste);
