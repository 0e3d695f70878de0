// Colours for code blocks that name their language, when they come into sight. The library that knows the
// languages is large, and is loaded with the first of them.

import { sanitizeHtml } from "./sanitizer.js";
import { LruCache } from "./lru-cache.js";

const SPANS = { ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"] };

const painted = new LruCache(200);
let library = null; // once loaded

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

/** Have the code blocks within an element coloured. Those that were coloured lately are so at once. */
export async function highlightCode(element) {
  for (const code of element.querySelectorAll("pre > code[class]:not([data-painted])")) {
    if (library) show(code);
    else sight.observe(code);
  }
}

async function paint(code) {
  try {
    library ??= (await import("../../vendor/highlight/highlight.min.js")).default;
  } catch {
    return; // offline: code without colours is still code
  }
  show(code);
}

function show(code) {
  if (code.dataset.painted !== undefined) return;
  const language = code.className.replace("language-", "");
  if (!library.getLanguage(language)) return;
  code.dataset.painted = "";
  code.replaceChildren(painted.getOrMake(`${language}\n${code.textContent}`, () => colour(code.textContent, language)).cloneNode(true));
}

function colour(text, language) {
  return sanitizeHtml(library.highlight(text, { language, ignoreIllegals: true }).value, SPANS);
}
