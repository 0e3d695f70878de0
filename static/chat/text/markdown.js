// Markdown to elements, as far as a chat needs it. marked takes the text apart, and the elements are made here, one by one:
// where no HTML is read, no text can become any.

import { Lexer, Tokenizer } from "../../vendor/marked/marked.js";
import { isDoubtful } from "./links.js";
import { SPOILER } from "./ranges.js";

// Limits that no text written by hand reaches. The parser's time grows with the square of the emphasis marks (1,000 of
// them: 40 ms), and hundreds of nested elements keep the page slow as long as they are on it.
const MOST_MARKS = 1000;
const MARKS = /[*_~]/g;
const FENCED = /^ {0,3}```[^]*?^ {0,3}```/gm;
const DEEPEST = 24;
const DEEP = /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])[ \t])){12}/m;

const NUMBER = /^\s*(\d{1,9})[.)]/; // of an item of a list
const PADDED = /^ {0,3}0\d/; // "007. Bond" would lose its zeros

const LANGUAGE = /^[\w+#.-]{1,30}$/;
const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const HOST = /^(?:[a-z][a-z\d+.-]*:\/\/)?(?<host>[^\s/:?#]+)/i;
const ADDRESS = /^(?:[a-z][a-z\d+.-]*:\/\/|www\.)|^[^\s/@]+\.[a-z]{2,}(?:[/:?#]|$)/iu;

const MOST_CELLS = 2000; // of a table: 4,000 characters could ask for a million, each an element in all browsers of a room

const RULE = /^[^\n]*\n[ |:-]*-/; // the second line of a table

/** What stays text: HTML, and what only documents need. */
class ChatTokenizer extends Tokenizer {
  html() {}
  tag() {}
  def() {}
  code() {} // indented; people indent without meaning code
  lheading() {} // a line under a line is a line
  list(source) {
    return PADDED.test(source) ? undefined : super.list(source);
  }
  /** A row can have more cells than the header, or a spoiler in a cell: nothing of them may vanish. */
  table(source) {
    if (!RULE.test(source)) return undefined;
    const [block] = source.split(/\n[ \t]*\n/, 1);
    const asked = block.split("\n").map(countCells);
    if (asked.length * Math.max(...asked) > MOST_CELLS) return undefined; // before the parser makes them
    const found = super.table(source);
    if (!found) return undefined;
    const columns = found.header.length;
    const [header, rule, ...rows] = source.split("\n", found.raw.split("\n").length);
    const whole = rows.map((row) => (countCells(row) > columns ? row.replace(SPOILERS, escapeBars) : row));
    const more = Math.max(0, ...whole.map(countCells)) - columns;
    const lines = more > 0 ? [widen(header, " | ", more), widen(rule, "|-", more), ...whole] : [header, rule, ...whole];
    const table = super.table(lines.join("\n"));
    return table && { ...table, raw: found.raw };
  }
}

const SPOILERS = new RegExp(SPOILER, "g");
const escapeBars = (text) => text.replaceAll("|", "\\|");

/** The number of cells in a row of a table, as the parser splits it. */
function countCells(row) {
  const cells = row.trim();
  const bars = [...cells.matchAll(/\\.|\|/g)].filter(([found]) => found === "|");
  const outer = [bars[0]?.index === 0, bars.length > 1 && bars.at(-1).index === cells.length - 1];
  return bars.length + 1 - outer.filter(Boolean).length;
}

/** Add empty cells to the header of a table, or to the line below it. */
function widen(row, cell, count) {
  return `${row.replace(/(?<!\\)\|\s*$/, "")}${cell.repeat(count)}|`;
}

const HIDDEN = new RegExp(`^${SPOILER}`);

/** "||hidden||", until it is clicked. */
function findSpoiler(source) {
  const [raw, inside] = HIDDEN.exec(source) ?? [];
  return raw && { type: "spoiler", raw, tokens: this.lexer.inlineTokens(inside) };
}

/** Faces such as "¯\\_(ツ)_/¯" keep their arms: the backslash is no escape there. */
function findShrug(source) {
  const [raw] = /^¯\\_\([^()\n]{1,9}\)_\/¯/.exec(source) ?? [];
  return raw && { type: "text", raw };
}

const OPTIONS = {
  gfm: true,
  breaks: true,
  tokenizer: new ChatTokenizer(),
  extensions: {
    inline: [findSpoiler, findShrug],
    startInline: [(source) => source.indexOf("||"), (source) => source.indexOf("¯")],
  },
};

/** How each token is shown: its elements and words are added to `place`. Another kind of token is not known, and a mistake. */
const SHOW = {
  space() {},
  paragraph: ({ tokens }, place) => fill(add(place, "p"), tokens),
  heading: ({ tokens }, place) => fill(add(add(place, "p"), "strong"), tokens),
  blockquote: ({ tokens }, place) => fill(add(place, "blockquote"), tokens),
  hr: (_, place) => add(place, "hr"),
  // Each item keeps the number that was written; where all have a 1, as in "1. 1. 1.", or a 0, they are counted.
  list({ ordered, items }, place) {
    const list = add(place, ordered ? "ol" : "ul");
    const numbers = items.map(({ raw }) => Number(NUMBER.exec(raw)?.[1] ?? 1));
    const [first] = numbers;
    const counted = first <= 1 && numbers.every((number) => number === first);
    if (ordered && first !== 1) list.start = first;
    for (const [index, { tokens, task }] of items.entries()) {
      const item = fill(add(list, "li"), tokens);
      if (task) item.className = "task";
      const follows = index === 0 || numbers[index] === numbers[index - 1] + 1;
      if (ordered && !counted && !follows) item.value = numbers[index];
    }
  },
  checkbox: ({ checked }, place) => place.append(checked ? "☑ " : "☐ "),
  table({ header, rows }, place) {
    const table = add(place, "table");
    const addRow = (part, cells, tag) => {
      const row = add(part, "tr");
      for (const { tokens } of cells) fill(add(row, tokens.length ? tag : "td"), tokens);
    };
    addRow(add(table, "thead"), header, "th");
    const body = add(table, "tbody");
    for (const cells of rows) addRow(body, cells, "td");
  },
  code({ text, lang }, place) {
    const code = add(add(place, "pre"), "code");
    const words = lang ?? "";
    if (LANGUAGE.test(words)) code.className = `language-${words.toLowerCase()}`;
    else if (words) code.append(`${words}\n`); // written behind the fence, and no language
    code.append(text.replace(/\n$/, ""));
  },
  // As it was typed: in `text`, "&#39;" is a quotation mark.
  text: ({ raw, tokens }, place) => (tokens ? fill(place, tokens) : place.append(raw)),
  escape: ({ text }, place) => place.append(text),
  // Lines break where they were broken: by a newline in a paragraph of `white-space: pre-wrap`, which stays
  // one in what is copied.
  br: (_, place) => place.append("\n"),
  strong: ({ tokens }, place) => fill(add(place, "strong"), tokens),
  em: ({ tokens }, place) => fill(add(place, "em"), tokens),
  del: ({ tokens }, place) => fill(add(place, "del"), tokens),
  codespan: ({ text }, place) => add(place, "code").append(text),
  spoiler({ tokens }, place) {
    const span = add(place, "span");
    span.className = "spoiler";
    fill(span, tokens);
  },
  link({ href, title, text, tokens, raw, autolink }, place) {
    const link = addLink(place, href, text);
    if (!link) place.append(raw);
    else if (autolink) link.append(text);
    else if (!fill(link, tokens).textContent) link.append(href);
    if (link && title) place.append(` “${title}”`); // beside it: shown over it, it could pass for the address
  },
  image({ href, text, raw }, place) {
    const link = place.closest("a") ?? addLink(place, href, text);
    (link ?? place).append(link ? text || href : raw);
  },
};

/** Add what these tokens show. @returns {HTMLElement} the same element */
function fill(element, tokens) {
  for (const token of tokens) SHOW[token.type](token, element);
  return element;
}

function add(place, tag) {
  const element = document.createElement(tag);
  place.append(element);
  return element;
}

/** Add a link without words; null if there must be none. */
function addLink(place, href, text) {
  const url = address(href);
  if (!url || misleads(text, url)) return null;
  const link = add(place, "a");
  link.href = url.href;
  return link;
}

/** The URL, if a message may link to it; otherwise null. */
function address(href) {
  const url = URL.canParse(href) ? new URL(href) : null;
  return url && SCHEMES.has(url.protocol) && !url.username && !url.password ? url : null;
}

/** Whether the text of a link looks like an address other than the one it leads to, or like one with other letters. */
function misleads(text, { protocol, host }) {
  const words = text.trim();
  if (protocol === "mailto:" || !ADDRESS.test(words)) return false;
  if (isDoubtful(HOST.exec(words)?.groups.host ?? "")) return true;
  const shown = /^[a-z][a-z\d+.-]*:\/\//i.test(words) ? words : `http://${words}`;
  return !URL.canParse(shown) || bare(new URL(shown).host) !== bare(host);
}

const bare = (host) => host.replace(/^www\./, "");

/**
 * Make the elements of a text; null if it exceeds a limit above and is to be shown as it is.
 *
 * @param {string} text
 * @returns {DocumentFragment | null}
 */
export function renderMarkdown(text) {
  if (DEEP.test(text) || count(MARKS, text.replace(FENCED, "")) > MOST_MARKS) return null;
  try {
    const whole = fill(document.createElement("div"), Lexer.lex(text, OPTIONS));
    whole.normalize();
    if (depth(whole) > DEEPEST) return null;
    const fragment = document.createDocumentFragment();
    fragment.append(...whole.childNodes);
    return fragment;
  } catch {
    return null; // nested so deeply that the parser gave up
  }
}

const count = (pattern, text) => text.match(pattern)?.length ?? 0;

function depth(element) {
  return Math.max(0, ...[...element.children].map((child) => depth(child) + 1));
}
