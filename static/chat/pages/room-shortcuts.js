// The keyboard shortcuts of the page of a room.

import { rootOfSite } from "../lib/addresses.js";
import { gettext } from "../lib/i18n.js";

/** @returns {import("../lib/shortcuts.js").Shortcut[]} */
export function makeShortcuts({ messages, unreadBar, goToEnd, actions, panel, composer, onShow }) {
  return [
    ...shortcutsOfThePage({ panel, composer, unreadBar, goToEnd, onShow }),
    ...shortcutsOfTheList({ messages }),
    ...shortcutsOfAMessage({ messages, actions }),
  ];
}

function shortcutsOfThePage({ panel, composer, unreadBar, goToEnd, onShow }) {
  const group = gettext("Everywhere");
  return [
    { group, keys: ["?"], label: gettext("Show shortcuts"), run: onShow },
    { group, keys: ["Ctrl+K"], label: gettext("Go to a room or person") }, // on each page: switching.js
    { group, keys: ["/", "Ctrl+Shift+F"], label: gettext("Search messages"), run: () => panel.show("search") },
    { group, keys: ["Alt+ArrowUp"], label: gettext("Go to previous room"), run: () => goToRoom(-1) },
    { group, keys: ["Alt+ArrowDown"], label: gettext("Go to next room"), run: () => goToRoom(1) },
    { group, keys: ["Escape"], label: gettext("Close panel, or focus the message box"), run: () => closeOrFocus({ panel, composer, unreadBar }) },
    { group, keys: ["Alt+End"], label: gettext("Go to latest messages"), run: goToEnd },
  ];
}

/** The list listens for these itself while it has the focus; here they give it the focus. */
function shortcutsOfTheList({ messages }) {
  const group = gettext("In the message list");
  const run = () => messages.focus();
  const when = () => document.activeElement === document.body;
  return [
    { group, keys: ["ArrowUp", "ArrowDown"], label: gettext("Previous or next message"), run, when },
    { group, keys: ["PageUp", "PageDown"], label: gettext("Scroll one screen up or down"), run, when },
    { group, keys: ["Home", "End"], label: gettext("First or last loaded message"), run, when },
  ];
}

function shortcutsOfAMessage({ messages, actions }) {
  const group = gettext("On a message");
  const when = () => messages.focused !== null;
  const on = (act) => () => act(messages.focused);
  const pin = (message) => actions.run(message.pinned ? "unpin" : "pin", message);
  return [
    { group, when, keys: ["R"], label: gettext("Reply"), run: on((message) => actions.run("reply", message)) },
    { group, when, keys: ["E"], label: gettext("Edit"), run: on((message) => actions.run("edit", message)) },
    { group, when, keys: ["+"], label: gettext("React"), run: on((message) => actions.react(message)) },
    { group, when, keys: ["P"], label: gettext("Pin or unpin"), run: on(pin) },
    { group, when, keys: ["U"], label: gettext("Mark as unread"), run: on((message) => actions.run("unread", message)) },
    { group, when, keys: ["S"], label: gettext("Save for later, or remove"), run: on((message) => actions.toggleSaved(message)) },
    { group, when, keys: ["C"], label: gettext("Copy link"), run: on((message) => actions.run("copyLink", message)) },
    { group, when, keys: ["Delete"], label: gettext("Delete"), run: on((message) => actions.run("delete", message)) },
    { group, when, keys: ["M"], label: gettext("More actions"), run: on((message) => actions.open(message)) },
  ];
}

/** The commands of the message box, for the help. @returns {import("../lib/shortcuts.js").Shortcut[]} */
export function listSlashCommands(commands) {
  const group = gettext("At the start of a message");
  return commands.map(({ usage, label }) => ({ group, keys: [usage], label }));
}

function closeOrFocus({ panel, composer, unreadBar }) {
  if (panel.open && !matchMedia("(min-width: 1200px)").matches) panel.close();
  else if (unreadBar.shown) unreadBar.hide();
  else composer.focus();
}

/** Go to the room above or below this one in the sidebar. */
function goToRoom(step) {
  const [rooms, direct] = ["room/", "direct/"].map((page) => `#sidebar a[href^='${rootOfSite()}${page}']`);
  const links = [...document.querySelectorAll(`${rooms}, ${direct}`)];
  const here = links.findIndex((link) => link.pathname === location.pathname);
  const next = links[here < 0 && step < 0 ? links.length - 1 : here + step];
  next?.click();
}
