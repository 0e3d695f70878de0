// Who reacted to a message, in a menu, which lets moderators remove the reactions of others.

import { gettext, interpolate } from "../lib/i18n.js";

/**
 * `remove(emoji, participant, name)` removes a reaction, of those that `isForeign(participant)`; without it none can be.
 *
 * @param {import("../lib/popup-menu.js").PopupMenu} menu
 * @param {{ reactions: { emoji: string, who: string[], participants: number[] }[], anchor: HTMLElement,
 *   at?: { x: number, y: number }, isForeign: (participant: number) => boolean,
 *   remove?: (emoji: string, participant: number, name: string) => void }} what
 */
export function tellWhoReacted(menu, { reactions, anchor, at, isForeign, remove }) {
  const head = document.createElement("div");
  head.className = "who-reacted";
  for (const { emoji, who } of reactions) {
    const [face, names] = [document.createElement("span"), document.createElement("span")];
    face.className = "face-of";
    face.textContent = emoji;
    names.append(...who.flatMap((name, place) => [place ? ", " : "", isolate(name)]));
    head.append(face, names);
  }
  const choices = reactions.flatMap(({ emoji, who, participants }) =>
    who.flatMap((name, place) => {
      const participant = participants[place];
      if (!remove || !isForeign(participant)) return [];
      const label = interpolate(gettext("Remove %(emoji)s from %(name)s"), { emoji, name });
      return [{ label, run: () => remove(emoji, participant, name) }];
    }),
  );
  menu.show({ anchor, at, label: gettext("Who reacted"), head, choices: [...choices, { label: gettext("Close") }] });
}

/** A name may be written from the right. */
function isolate(name) {
  const element = document.createElement("bdi");
  element.textContent = name;
  return element;
}
