// Who reacted to a message, in a menu: each name once, with all that they gave.

import { gettext } from "../lib/i18n.js";

/** @param {import("../lib/popup-menu.js").PopupMenu} menu @param {{ reactions: { emoji: string, who: string[] }[], anchor: HTMLElement, at?: { x: number, y: number } }} what */
export function tellWhoReacted(menu, { reactions, anchor, at }) {
  const head = document.createElement("div");
  head.className = "who-reacted";
  for (const { emoji, who } of reactions) {
    const [face, names] = [document.createElement("span"), document.createElement("span")];
    face.className = "face-of";
    face.textContent = emoji;
    names.append(...who.flatMap((name, place) => [place ? ", " : "", isolate(name)]));
    head.append(face, names);
  }
  menu.show({ anchor, at, label: gettext("Who reacted"), head, choices: [{ label: gettext("Close") }] });
}

/** A name may be written from the right. */
function isolate(name) {
  const element = document.createElement("bdi");
  element.textContent = name;
  return element;
}
