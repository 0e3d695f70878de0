// What every page does, whatever else is on it. Pages change without a load of a document (places.js), so listeners are
// on the document, and not on elements of one page.

import { rootOfSite } from "../lib/addresses.js";
import "../lib/file-drops.js";
import "../lib/identity.js";
import "./switching.js";
import { startPlaces } from "./places.js";

const YEAR = 365 * 24 * 3600; // seconds
const secure = location.protocol === "https:" ? "; secure" : "";

// Menus are <details>, which open by themselves. They close when the focus or the pointer goes elsewhere.

const openMenu = () => document.querySelector("details.menu[open]");

document.addEventListener("pointerdown", ({ target }) => {
  const menu = openMenu();
  if (!menu?.contains(target)) menu?.removeAttribute("open");
});
document.addEventListener("focusout", ({ target, relatedTarget: to }) => {
  const menu = openMenu();
  if (to && menu?.contains(target) && !menu.contains(to)) menu.removeAttribute("open");
});
document.addEventListener(
  "keydown",
  (event) => {
    const menu = openMenu();
    if (event.key !== "Escape" || !menu?.contains(event.target)) return;
    event.stopPropagation();
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  },
  true,
);

// Light or dark, comfortable or compact: at once, without a page load; the cookie tells the server for the next page. Without
// scripts the form does it (chat/web/look.py).

/** @param {"theme" | "density"} name @param {string} value "" for the default */
function choose(name, value) {
  document.cookie = `${name}=${value}; path=${rootOfSite()}; max-age=${value ? YEAR : 0}; samesite=lax${secure}`;
  if (value) document.documentElement.dataset[name] = value;
  else delete document.documentElement.dataset[name];
  for (const button of document.querySelectorAll(`.look button[name=${name}]`)) {
    button.setAttribute("aria-pressed", String(button.value === value));
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.look") || !event.submitter) return;
  event.preventDefault();
  choose(event.submitter.name, event.submitter.value);
});

startPlaces();
