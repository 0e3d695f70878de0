// The list of rooms: searched while you type, and kept up to date as long as the page is visible. And the form for a
// new room.

import { loadDocument } from "../lib/load-document.js";

const EVERY = 15_000; // milliseconds between refreshes
const TYPING = 150; // milliseconds after the last key until the search begins

const lists = document.querySelector(".lists");
const form = lists.querySelector("form.search");
const home = lists.dataset.address;
let address = location.pathname === home ? home + location.search : home;
let latest = new AbortController();
let typing = 0;

/** Take over what has changed in the lists. If the page cannot be loaded, the next refresh tries again. */
async function refresh() {
  latest.abort();
  latest = new AbortController();
  const { signal } = latest;
  const page = await loadDocument(address, signal).catch(() => null);
  if (!page || signal.aborted) return;
  for (const old of lists.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (fresh && !old.isEqualNode(fresh)) replaceContent(old, fresh);
  }
}

/** Replace the content but keep the element, so that screen readers still follow it, and keep the focus. */
function replaceContent(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.href : null;
  old.replaceChildren(...document.importNode(fresh, true).childNodes);
  if (focused) [...old.querySelectorAll("a")].find(({ href }) => href === focused)?.focus({ preventScroll: true });
}

function search() {
  clearTimeout(typing);
  const sought = form.elements.q.value.trim();
  const next = sought ? `${home}?q=${encodeURIComponent(sought)}` : home;
  if (next === address) return;
  address = next;
  // Another address, such as that of a refused form, would not lead back to this page.
  if (location.pathname === home) history.replaceState(null, "", address);
  refresh();
}

/** Refresh, except while a link is pressed: it must not go away under the pointer. */
function refreshIfVisible() {
  if (document.visibilityState === "visible" && !lists.querySelector("a:active")) refresh();
}

form.querySelector("button").hidden = true;
form.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(search, TYPING);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
setInterval(refreshIfVisible, EVERY);
document.addEventListener("visibilitychange", refreshIfVisible);
addEventListener("pageshow", ({ persisted }) => persisted && refreshIfVisible());
// The browser may show an old copy after the back button, with old counts.
if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") refreshIfVisible();

// The form for a new room asks for a password only where the room can have one.

const create = document.querySelector("#create form");
const passwordField = create.querySelector("[data-password-field]");
const password = passwordField.querySelector("input");

function showPasswordField() {
  const open = create.elements.visibility.value === "public";
  passwordField.hidden = password.disabled = open;
  password.required = !open;
}

create.addEventListener("change", showPasswordField);
addEventListener("pageshow", showPasswordField); // the back button restores what was chosen
showPasswordField();
