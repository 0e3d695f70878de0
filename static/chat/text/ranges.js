// Ranges of the words of a message: links, mentions, spoilers.

/** A spoiler, as the source of a regular expression: "||hidden||". */
export const SPOILER = String.raw`\|\|(?=[^\s|])([^\n]*?[^\s|])\|\|(?!\|)`;

const NOT_WORDS = "a, code";

/** The text nodes that are words, not code or links. */
export function listTexts(fragment) {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes.filter((node) => !node.parentElement?.closest(NOT_WORDS));
}

/** Put each range of a text node into an element of its own. */
export function wrapAll(node, ranges, make) {
  // Last one first, so that the positions of the others stay valid.
  for (const range of ranges.reverse()) {
    const words = node.splitText(range.start);
    words.splitText(range.end - range.start);
    const element = make(range);
    words.replaceWith(element);
    element.append(words);
  }
}
