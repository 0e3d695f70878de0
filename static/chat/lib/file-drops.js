// Handles drops and pastes. By default a browser leaves the page for a dropped file or link, and ignores a picture
// pasted into a text field. Here the page stays, and says that files cannot be sent.

import { gettext } from "./i18n.js";

const SHOWN = 8_000; // milliseconds
const FIELDS = "textarea, input:not([type=checkbox], [type=radio], [type=color], [type=submit], [type=button])";

const place = document.getElementById("told");
let clear = 0;

/**
 * Say that files cannot be sent. The text is set again each time, because a live region announces only changes. It moves
 * into an open modal dialog, which would cover it.
 */
function tell() {
  clearTimeout(clear);
  (document.querySelector("dialog:modal") ?? document.body).append(place);
  place.textContent = "";
  setTimeout(() => (place.textContent = gettext("Sending files isn't supported yet.")));
  clear = setTimeout(() => (place.textContent = ""), SHOWN);
}

const hasFiles = ({ types }) => types.includes("Files");
/** Whether there is text too: office programs add a picture of copied text. */
const hasText = ({ types }) => types.includes("text/plain");
const isField = ({ target }) => target instanceof Element && target.matches(FIELDS) && !target.disabled && !target.readOnly;

/** Whether to leave the drop to the browser: it inserts text, and links as text, into the field under the pointer. */
function isWelcome(event) {
  return isField(event) && (hasText(event.dataTransfer) || !hasFiles(event.dataTransfer));
}

function hold(event) {
  if (!event.dataTransfer || isWelcome(event)) return;
  event.preventDefault();
  // Files keep the effect that their program allows: with "none" there would be no drop event, and so no message.
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
