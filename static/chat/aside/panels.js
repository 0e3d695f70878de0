// The panel next to the messages: members, pinned messages, search.

import { Panel } from "./panel.js";
import { People } from "./people.js";
import { Pins } from "./pins.js";
import { Search } from "./search.js";

const find = (id) => document.getElementById(id);

/**
 * `room()` returns the Room, `menu` is the Popup for menus, `isMe(name)` tells whether a name is the user's own. `jump(seq)`
 * goes to a message, `mute(name, options)` mutes a name, `setModerator(name, on)` makes a member a moderator. `onPeople()`
 * is called when the members are shown, `onChange()` when the panel opens or closes.
 */
export function makePanels({ room, menu, isMe, jump, mute, setModerator, onPeople, onChange }) {
  const panel = new Panel({
    element: find("panel"),
    buttons: { people: find("people-button"), pins: find("pins-button"), search: find("search-button") },
    onOpen: { people: onPeople, pins: () => pins.show() },
    onChange,
  });
  const people = new People({
    list: find("people").querySelector("ul"),
    template: find("person"),
    counts: document.querySelectorAll("[data-people-count]"),
    more: find("people-more"),
    menu,
    isMe,
    moderates: () => Boolean(room().info?.moderator),
    namesModerators: () => Boolean(room().info?.owner),
    onMute: mute,
    onModerator: setModerator,
    onAll: () => room().members().catch(() => {}),
  });
  const pins = new Pins({
    list: find("pins").querySelector("ol"),
    status: find("pins").querySelector("[role=status]"),
    template: find("hit"),
    load: () => room().pins(),
    onJump: jump,
  });
  new Search({
    form: find("search-form"),
    list: find("search").querySelector("ol"),
    status: find("search").querySelector("[role=status]"),
    more: find("search-more"),
    template: find("hit"),
    search: (text, range) => room().search(text, range),
    onJump: jump,
  });
  return { panel, people, pins };
}
