// The list of rooms: searched while you type, and kept up to date as long as the page is visible. And the form for a
// new room.

import { loadDocument } from "../lib/load-document.js";

const EVERY = 15_000; // milliseconds
const TYPING = 150; // a pause so long, and what is typed is looked for

const lists = document.querySelector(".lists");
const form = lists.querySelector("form.search");
const home = lists.dataset.address;
let address = location.pathname === home ? home + location.search : home;
let latest = new AbortController();
let typing = 0;

/** Take over what has changed in the lists; what is not there in time is there next time. */
async function refresh() {
  latest.abort();
  latest = new AbortController();
  const { signal } = latest;
  const page = await loadDocument(address, signal).catch(() => null);
  if (!page || signal.aborted) return;
  for (const old of lists.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (fresh && !old.isEqualNode(fresh)) replace(old, fresh);
  }
}

/** New content in the old element, so that a screen reader goes on hearing it, and the focus stays. */
function replace(old, fresh) {
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
  // The address of another page, such as that of a form that was refused, would not bring this one back.
  if (location.pathname === home) history.replaceState(null, "", address);
  refresh();
}

/** A link that is just being pressed must not go away under the pointer. */
function keepUp() {
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
setInterval(keepUp, EVERY);
document.addEventListener("visibilitychange", keepUp);
addEventListener("pageshow", ({ persisted }) => persisted && keepUp());
// The browser may go back to what it has kept, with what was unread then.
if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") keepUp();

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
