// The words of blocked people: they are hidden until the user shows them.

import { gettext } from "../lib/i18n.js";

/** What stands in place of a message. */
export const describeFolded = () => gettext("Message from a blocked person");

/** The button that shows a message. @param {() => void} onShow */
export function makeUnfolder(onShow) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet unfold";
  button.textContent = gettext("Show");
  button.addEventListener("click", onShow);
  return button;
}
