// Syntax highlighting of code blocks that name their language, when they come into view. The library is large, and is
// loaded for the first of them, with the sanitizer: it makes HTML.

import { LruCache } from "./lru-cache.js";

const painted = new LruCache(200);
const SPANS = { ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"] };
let [library, sanitizeHtml] = [null, null]; // once loaded

const sight = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      sight.unobserve(target);
      paint(target);
    }
  },
  { rootMargin: "200px" },
);

/** Highlight the code blocks in an element: at once if the library is loaded, otherwise when they come into view. */
export async function highlightCode(element) {
  for (const code of element.querySelectorAll("pre > code[class]:not([data-painted])")) {
    if (library) show(code);
    else sight.observe(code);
  }
}

async function paint(code) {
  try {
    const loading = [import("../../vendor/highlight/highlight.min.js"), import("./sanitizer.js")];
    [{ default: library }, { sanitizeHtml }] = await Promise.all(loading);
  } catch {
    return; // offline: code without highlighting is still readable
  }
  show(code);
}

function show(code) {
  if (code.dataset.painted !== undefined) return;
  const language = code.className.replace("language-", "");
  if (!library.getLanguage(language)) return;
  code.dataset.painted = "";
  code.replaceChildren(painted.getOrMake(`${language}\n${code.textContent}`, () => highlight(code.textContent, language)).cloneNode(true));
}

function highlight(text, language) {
  return sanitizeHtml(library.highlight(text, { language, ignoreIllegals: true }).value, SPANS);
}
