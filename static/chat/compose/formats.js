// What the buttons and keys of templates/chat/_formats.html do to the text of a field.

import { replaceText } from "./field-text.js";

const FENCE = /(?:^|\n)(?<fence>`{3,})[^`\n]*\n$/;
const ADDRESS = /^(?:https?:\/\/|mailto:)\S+$/i;
const SCHEME = "https://";

const ACTS = {
  bold: (field) => toggleMark(field, "**"),
  italic: (field) => toggleMark(field, "*"),
  strike: (field) => toggleMark(field, "~~"),
  code: (field) => toggleMark(field, "`"),
  spoiler: (field) => toggleMark(field, "||"),
  quote: (field) => toggleLines(field, () => "> ", /^> ?/),
  list: (field) => toggleLines(field, () => "- ", /^[-*+] /),
  numbers: (field) => toggleLines(field, (place) => `${place + 1}. `, /^\d+[.)] /),
  block: toggleBlock,
  link: addLink,
};

/** Format what is selected, or take the format away if it has it. The browser's undo takes it back. */
export function applyFormat(field, name) {
  ACTS[name](field);
}

/** Put a mark such as `**` around what is selected, in each line of it, or remove it if it is there. */
function toggleMark(field, mark) {
  const { value } = field;
  const [start, end] = withoutSpace(value, field.selectionStart, field.selectionEnd);
  const words = value.slice(start, end);
  const { length } = mark;
  if (words.includes("\n")) replaceLines(field, [start, end], (lines) => markLines(lines, mark));
  else if (isMarked(value, start, end, mark)) replace(field, [start - length, end + length], words);
  else if (isMarked(value, start + length, end - length, mark)) replace(field, [start, end], words.slice(length, -length));
  else replace(field, [start, end], around(words, mark), length);
}

/** Replace a range, and select what is there now but for `margin` characters on both sides. */
function replace(field, [start, end], words, margin = 0) {
  replaceText(field, start, end, words);
  field.setSelectionRange(start + margin, start + words.length - margin);
}

const around = (words, mark) => `${mark}${words}${mark}`;

function withoutSpace(value, start, end) {
  const words = value.slice(start, end);
  const before = words.length - words.trimStart().length;
  return words.trim() ? [start + before, start + before + words.trim().length] : [start, end];
}

/** Whether the mark is on both sides, and not half of a longer one: `**` is not `*`. */
function isMarked(value, start, end, mark) {
  const { length } = mark;
  if (end < start || start < length) return false;
  if (value.slice(start - length, start) !== mark || value.slice(end, end + length) !== mark) return false;
  const run = (from, step) => {
    let count = 0;
    while (value[from + step * count] === mark[0]) count += 1;
    return count;
  };
  return [run(start - 1, -1), run(end, 1)].every((count) => count % 2 === length % 2 || count === 3);
}

function markLines(lines, mark) {
  const { length } = mark;
  const isOn = (line) => isMarked(line, length, line.length - length, mark);
  const on = lines.every((line) => !line.trim() || isOn(line.trim()));
  return lines.map((line) => {
    const words = line.trim();
    if (!words || (!on && isOn(words))) return line;
    return line.replace(words, () => (on ? words.slice(length, -length) : around(words, mark)));
  });
}

/** Begin each of the selected lines with a prefix, or remove it where all have it. */
function toggleLines(field, prefix, pattern) {
  const { value, selectionStart: start, selectionEnd: end } = field;
  const last = end > start && value[end - 1] === "\n" ? end - 1 : end;
  const lineEnd = value.indexOf("\n", last);
  const range = [value.lastIndexOf("\n", start - 1) + 1, lineEnd < 0 ? value.length : lineEnd];
  replaceLines(field, range, (lines) => {
    const words = lines.filter((line) => line.trim());
    if (words.length && words.every((line) => pattern.test(line))) return lines.map((line) => line.replace(pattern, ""));
    return lines.map((line, place) => prefix(place) + line);
  });
  if (start === end) field.setSelectionRange(field.selectionEnd, field.selectionEnd); // to go on writing
}

function replaceLines(field, [start, end], change) {
  replace(field, [start, end], change(field.value.slice(start, end).split("\n")).join("\n"));
}

/** Put what is selected between two fences, each on a line of its own, or take them away. */
function toggleBlock(field) {
  const { value, selectionStart: start, selectionEnd: end } = field;
  const [before, words, after] = [value.slice(0, start), value.slice(start, end), value.slice(end)];
  const known = FENCE.exec(before);
  const closing = known && `\n${known.groups.fence}`;
  if (known && new RegExp(`^${closing}(?:\n|$)`).test(after)) {
    const opening = known[0].replace(/^\n/, "");
    replace(field, [start - opening.length, end + closing.length], words);
    return;
  }
  const longest = Math.max(2, ...[...words.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const opening = `${before && !before.endsWith("\n") ? "\n" : ""}${fence}\n`;
  const content = words.replace(/\n$/, "");
  replaceText(field, start, end, `${opening}${content}\n${fence}${after.startsWith("\n") ? "" : "\n"}`);
  field.setSelectionRange(start + opening.length, start + opening.length + content.length);
}

/** What is selected becomes the words of a link, or its address. */
function addLink(field) {
  const { value } = field;
  const [start, end] = withoutSpace(value, field.selectionStart, field.selectionEnd);
  const words = value.slice(start, end);
  const isAddress = ADDRESS.test(words);
  replaceText(field, start, end, isAddress ? `[](${words})` : `[${words}](${SCHEME})`);
  const at = isAddress || !words ? start + 1 : start + words.length + 3; // what is missing
  field.setSelectionRange(at, isAddress || !words ? at : at + SCHEME.length);
}
