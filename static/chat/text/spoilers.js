// Spoilers: words that are hidden until they are clicked.

import { gettext } from "../lib/i18n.js";

/** Put the contents of a span into a button that covers them. */
export function closeSpoiler(span) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "spoiler";
  button.setAttribute("aria-label", gettext("Spoiler. Show it"));
  button.title = gettext("Show spoiler");
  const inside = document.createElement("span");
  inside.inert = true; // links in there can neither be clicked nor reached by Tab
  inside.append(...span.childNodes);
  button.append(inside);
  span.replaceWith(button);
}

// One listener for all: messages are made of cloned nodes, which lose theirs.
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button.spoiler");
  if (!button) return;
  const shown = document.createElement("span");
  shown.className = "spoiler shown";
  shown.append(...button.firstElementChild.childNodes);
  button.replaceWith(shown);
  const message = shown.closest("[data-key]");
  message?.focus({ preventScroll: true }); // where the button had it
});
