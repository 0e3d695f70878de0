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

/** Put a mark such as `**` around the selection, or remove it if it is there. */
export function toggleMark(field, mark) {
  const { value, selectionStart: start, selectionEnd: end } = field;
  const { length } = mark;
  const marked = isMarked(value, start, end, mark);
  const words = value.slice(start, end);
  if (marked) replaceText(field, start - length, end + length, words);
  else replaceText(field, start, end, mark + words + mark);
  const begin = marked ? start - length : start + length;
  field.setSelectionRange(begin, begin + words.length);
}

/** Whether the mark is on both sides, and not half of a longer one: `**` is not `*`. */
function isMarked(value, start, end, mark) {
  const { length } = mark;
  const around = (from, to) => value.slice(Math.max(0, from), to);
  if (around(start - length, start) !== mark || around(end, end + length) !== mark) return false;
  const run = (from, step) => {
    let count = 0;
    while (value[from + step * count] === mark[0]) count += 1;
    return count;
  };
  return [run(start - 1, -1), run(end, 1)].every((count) => count % 2 === length % 2 || count === 3);
}
