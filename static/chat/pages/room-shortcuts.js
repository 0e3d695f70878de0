// The keyboard shortcuts of the page of a room.

import { gettext } from "../lib/i18n.js";

/** @returns {import("../lib/shortcuts.js").Shortcut[]} */
export function makeShortcuts({ messages, actions, panel, composer, onShow }) {
  return [
    ...shortcutsOfThePage({ panel, composer, messages, onShow }),
    ...shortcutsOfTheList({ messages }),
    ...shortcutsOfAMessage({ messages, actions }),
  ];
}

function shortcutsOfThePage({ panel, composer, messages, onShow }) {
  const group = gettext("Everywhere");
  return [
    { group, keys: ["?"], label: gettext("Show shortcuts"), run: onShow },
    { group, keys: ["/", "Ctrl+K"], label: gettext("Search messages"), run: () => panel.show("search") },
    { group, keys: ["Alt+ArrowUp"], label: gettext("Go to previous room"), run: () => goToRoom(-1) },
    { group, keys: ["Alt+ArrowDown"], label: gettext("Go to next room"), run: () => goToRoom(1) },
    { group, keys: ["Escape"], label: gettext("Close panel, or focus the message box"), run: () => closeOrFocus({ panel, composer }) },
    { group, keys: ["Alt+End"], label: gettext("Go to latest messages"), run: () => messages.jumpToEnd() },
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
    { group, when, keys: ["C"], label: gettext("Copy link"), run: on((message) => actions.run("copyLink", message)) },
    { group, when, keys: ["Delete"], label: gettext("Delete"), run: on((message) => actions.run("delete", message)) },
    { group, when, keys: ["M"], label: gettext("More actions"), run: on((message) => actions.open(message)) },
  ];
}

function closeOrFocus({ panel, composer }) {
  if (panel.open && !matchMedia("(min-width: 1200px)").matches) panel.close();
  else composer.focus();
}

/** Go to the room above or below this one in the sidebar. */
function goToRoom(step) {
  const links = [...document.querySelectorAll("#sidebar a[href^='/room/'], #sidebar a[href^='/direct/']")];
  const here = links.findIndex((link) => link.pathname === location.pathname);
  const next = links[here < 0 && step < 0 ? links.length - 1 : here + step];
  if (next) location.assign(next.href);
}
