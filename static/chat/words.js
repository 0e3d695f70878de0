// What people wrote, as it is shown: the words alone.

/** @returns {DocumentFragment} */
export function render(text) {
  const fragment = document.createDocumentFragment();
  fragment.append(text);
  return fragment;
}

export function isMention(text, me) {
  return text.includes(`@${me}`);
}

/** The beginning of a text, on one line. */
export function excerpt(text, length = 120) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

export async function highlightCode() {}
