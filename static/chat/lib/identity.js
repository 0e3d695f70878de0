// One identity in all tabs. After a sign-out, a sign-in as another participant, or a change of name or color, pages of the
// old identity in other tabs are reloaded, so that no connection goes on under it. Pages without an identity, and answers to forms, stay as
// they are. Signing out removes all drafts from the browser, for the sake of shared computers.

import { nameOfSite } from "./addresses.js";
import { device, tab } from "./storage.js";

const { me } = document.documentElement.dataset;

function clearStorage() {
  tab.clear();
  device.clear();
}

document.addEventListener("submit", ({ target }) => target.matches("form[data-sign-out]") && clearStorage());

if (me !== undefined) {
  const tabs = new BroadcastChannel(`${nameOfSite()}-me`);
  tabs.addEventListener("message", ({ data }) => {
    if (!me || data === me) return;
    if (!data) clearStorage(); // also what this tab keeps
    location.reload();
  });
  tabs.postMessage(me);
}
