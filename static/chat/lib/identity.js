// Whoever signs out or in as somebody else in one tab does so in all of them: a page in the old name is loaded anew,
// so that no connection goes on in the name of somebody who has gone. A page of nobody, and the answer to a form,
// stay as they are. And whoever signs out leaves no drafts behind, for whoever comes next to this computer.

import { device, tab } from "./storage.js";

const { me } = document.documentElement.dataset;

function forget() {
  tab.clear();
  device.clear();
}

for (const form of document.querySelectorAll("form[data-sign-out]")) form.addEventListener("submit", forget);

if (me !== undefined) {
  const tabs = new BroadcastChannel("wschat-me");
  tabs.addEventListener("message", ({ data }) => {
    if (!me || data === me) return;
    if (!data) forget(); // this tab's own, too
    location.reload();
  });
  tabs.postMessage(me);
}
