// Markdown to HTML, as far as a chat needs it. The HTML is not safe: message-text.js sanitizes it before it is shown.

import { Marked } from "../../vendor/marked/marked.esm.js";
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

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text) => text.replace(/[&<>"']/g, (character) => ENTITIES[character]);

/** What stays text: HTML, references, and what only documents need. */
const tokenizer = {
  html() {},
  tag() {},
  def() {},
  code() {}, // indented; people indent without meaning code
  lheading() {}, // a line under a line is a line
  list: (source) => (PADDED.test(source) ? undefined : false), // false: as marked does it
};

const renderer = {
  // Lines break where they were broken: by a newline in a paragraph of `white-space: pre-wrap`, which stays
  // one in what is copied.
  br: () => "\n",
  hr: () => "<hr>\n",
  heading({ tokens }) {
    return `<p><strong>${this.parser.parseInline(tokens)}</strong></p>\n`;
  },
  // Each item keeps the number that was written; where all have a 1, as in "1. 1. 1.", or a 0, they are counted.
  list({ ordered, items }) {
    if (!ordered) return `<ul>\n${items.map((item) => this.listitem(item)).join("")}</ul>\n`;
    const [first, ...others] = items.map(({ raw }) => Number(NUMBER.exec(raw)?.[1] ?? 1));
    const counted = first <= 1 && others.every((number) => number === first);
    const values = [first, ...others].map((number, place, all) => (counted || number === (all[place - 1] ?? first - 1) + 1 ? null : number));
    const start = first === 1 ? "" : ` start="${first}"`;
    return `<ol${start}>\n${items.map((item, place) => this.listitem(item, values[place])).join("")}</ol>\n`;
  },
  // The lines of an item are kept as well: nothing but text may stand between what is inside it.
  listitem({ tokens }, value = null) {
    const own = value === null ? "" : ` value="${value}"`;
    return `<li${own}>${this.parser.parse(tokens).replace(/(<\/(?:p|ul|ol|pre|blockquote)>|<hr>)\n/g, "$1")}</li>\n`;
  },
  table({ header, rows }) {
    const row = (cells, tag) => `<tr>${cells.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join("")}</tr>`;
    return `<table><thead>${row(header, "th")}</thead><tbody>${rows.map((cells) => row(cells, "td")).join("")}</tbody></table>\n`;
  },
  checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  code({ text, lang }) {
    const [language] = (lang ?? "").split(/\s/, 1);
    const known = LANGUAGE.test(language) ? ` class="language-${language.toLowerCase()}"` : "";
    return `<pre><code${known}>${escape(text.replace(/\n$/, ""))}</code></pre>\n`;
  },
  link({ href, text, tokens, raw, autolink }) {
    const url = address(href);
    if (!url || misleads(text, url)) return escape(raw);
    const inside = autolink ? escape(text) : this.parser.parseInline(tokens);
    return `<a href="${escape(url.href)}">${inside || escape(href)}</a>`;
  },
  image({ href, text, raw }) {
    const url = address(href);
    return url && !misleads(text, url) ? `<a href="${escape(url.href)}">${escape(text || href)}</a>` : escape(raw);
  },
};

const HIDDEN = new RegExp(`^${SPOILER}`);

/** "||hidden||", until it is clicked. */
const spoiler = {
  name: "spoiler",
  level: "inline",
  start: (source) => source.indexOf("||"),
  tokenizer(source) {
    const [raw, inside] = HIDDEN.exec(source) ?? [];
    return raw && { type: "spoiler", raw, tokens: this.lexer.inlineTokens(inside) };
  },
  renderer({ tokens }) {
    return `<span class="spoiler">${this.parser.parseInline(tokens)}</span>`;
  },
};

/** Faces such as "¯\\_(ツ)_/¯" keep their arms: the backslash is no escape there. */
const shrug = {
  name: "shrug",
  level: "inline",
  start: (source) => source.indexOf("¯"),
  tokenizer(source) {
    const [raw] = /^¯\\_\([^()\n]{1,9}\)_\/¯/.exec(source) ?? [];
    return raw && { type: "shrug", raw };
  },
  renderer: ({ raw }) => escape(raw),
};

const marked = new Marked({ gfm: true, breaks: true, tokenizer, renderer, extensions: [spoiler, shrug] });

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
 * Convert to HTML that is not safe yet; null if the text exceeds a limit above and is to be shown as it is.
 *
 * @param {string} text
 * @returns {string | null}
 */
export function renderMarkdown(text) {
  if (DEEP.test(text) || count(MARKS, text.replace(FENCED, "")) > MOST_MARKS) return null;
  try {
    const html = marked.parse(text);
    return depth(html) > DEEPEST ? null : html;
  } catch {
    return null; // nested so deeply that the parser gave up
  }
}

const count = (pattern, text) => text.match(pattern)?.length ?? 0;

function depth(html) {
  let deepest = 0;
  let now = 0;
  for (const [tag] of html.matchAll(/<\/?[a-z]/g)) {
    now += tag[1] === "/" ? -1 : 1;
    if (now > deepest) deepest = now;
  }
  return deepest;
}
