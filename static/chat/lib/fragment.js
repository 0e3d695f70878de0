// The message that an address names, `#m…`, stands in the part of it that reaches no server. Forms and links that lead
// back to the page take it along; the browser keeps it over redirects and refused forms.

import { seqOf } from "./permalink.js";

function carry() {
  if (seqOf(location.hash) === null) return;
  for (const element of document.querySelectorAll("[data-comes-back]")) {
    const address = new URL(element.getAttribute("action") ?? element.href, location.href);
    address.hash = location.hash;
    element.setAttribute(element.hasAttribute("action") ? "action" : "href", address.href);
  }
}

carry();
addEventListener("hashchange", carry);
