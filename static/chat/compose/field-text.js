// Changes to the text of a field that the browser's undo can take back.

/** Replace the text from `start` to `end` by `words`; the caret goes after them. */
export function replaceText(field, start, end, words) {
  field.focus();
  field.setSelectionRange(start, end);
  // There is no other way to change a field so that undo works.
  if (document.execCommand(words ? "insertText" : "delete", false, words)) return;
  field.setRangeText(words, start, end, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
