// What every page does, whatever else is on it.

import { seqInHash } from "../lib/addresses.js";
import "../lib/file-drops.js";
import "../lib/identity.js";

const YEAR = 365 * 24 * 3600; // seconds
const secure = location.protocol === "https:" ? "; secure" : "";

// Menus are <details>, which open by themselves. They close when the focus or the pointer goes elsewhere.

for (const menu of document.querySelectorAll("details.menu")) {
  const close = () => menu.removeAttribute("open");
  document.addEventListener("pointerdown", ({ target }) => menu.contains(target) || close());
  menu.addEventListener("focusout", ({ relatedTarget: to }) => to && !menu.contains(to) && close());
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    close();
    menu.querySelector("summary").focus();
  });
}

// Light or dark at once, without a page load; the cookie tells the server for the next page. Without scripts the
// form does it (chat/web/theme.py).

/** @param {"light" | "dark" | ""} theme "" follows the system */
function setTheme(theme) {
  document.cookie = `theme=${theme}; path=/; max-age=${theme ? YEAR : 0}; samesite=lax${secure}`;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const button of document.querySelectorAll(".theme button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
}

for (const form of document.querySelectorAll("form.theme")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    setTheme(event.submitter?.value ?? "");
  });
}

// The message that an address names, `#m…`, is in the part of it that reaches no server. Forms and links that lead
// back to the page take it along; the browser keeps it over redirects and refused forms.

function carryHash() {
  if (seqInHash(location.hash) === null) return;
  for (const element of document.querySelectorAll("[data-comes-back]")) {
    const address = new URL(element.getAttribute("action") ?? element.href, location.href);
    address.hash = location.hash;
    element.setAttribute(element.hasAttribute("action") ? "action" : "href", address.href);
  }
}

carryHash();
addEventListener("hashchange", carryHash);
