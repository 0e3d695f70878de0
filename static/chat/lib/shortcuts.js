// Keyboard shortcuts, and the dialog that lists them.

import { gettext } from "./i18n.js";

const FIELDS = "input, textarea, select, [contenteditable]";

/**
 * @typedef {object} Shortcut
 * @property {string[]} keys each a key, perhaps with "Ctrl+", "Ctrl+Shift+" or "Alt+" before it
 * @property {string} label what it does
 * @property {string} group its heading in the list
 * @property {() => unknown} [run] without it the shortcut is only listed: something else listens for it
 * @property {() => boolean} [when] whether it can be done now
 */

export class Shortcuts {
  #dialog;
  #shortcuts;
  #more;
  #byKey = new Map();

  /**
   * `dialog` has an element `.keys`; `more()` is what to list besides; `signal` ends the listening.
   *
   * @param {{ dialog: HTMLDialogElement, shortcuts: Shortcut[], more?: () => Promise<Shortcut[]>, signal?: AbortSignal }} parts
   */
  constructor({ dialog, shortcuts, more = async () => [], signal }) {
    this.#dialog = dialog;
    this.#more = more;
    this.#shortcuts = shortcuts;
    for (const shortcut of shortcuts) for (const key of shortcut.keys) this.#byKey.set(key.toLowerCase(), shortcut);
    document.addEventListener("keydown", (event) => this.#press(event), { signal });
  }

  /** Show the list. */
  async show() {
    const more = await this.#more();
    const groups = Map.groupBy([...this.#shortcuts, ...more], ({ group }) => group);
    this.#dialog.querySelector(".keys").replaceChildren(...[...groups].flatMap(([name, list]) => listed(name, list)));
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #press(event) {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const shortcut = this.#byKey.get(nameOf(event));
    if (!shortcut?.run || (isTyping(event) && !event.ctrlKey && !event.altKey)) return;
    if (shortcut.when && !shortcut.when()) return;
    event.preventDefault();
    shortcut.run();
  }
}

/** Keys without Ctrl or Alt belong to the field that has the focus. */
function isTyping({ target }) {
  return target instanceof Element && target.matches(FIELDS);
}

/** With Ctrl, Shift is a part of the name; without it, it is a part of the key, as in "?". */
function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  const ctrl = ctrlKey || metaKey;
  return `${ctrl ? "ctrl+" : ""}${altKey ? "alt+" : ""}${ctrl && shiftKey ? "shift+" : ""}${key.toLowerCase()}`;
}

function listed(name, shortcuts) {
  const heading = document.createElement("h3");
  const list = document.createElement("dl");
  heading.textContent = name;
  for (const { keys, label } of shortcuts) {
    const [term, meaning] = [document.createElement("dt"), document.createElement("dd")];
    term.append(...keys.flatMap((key, place) => [place ? " " : "", keyCap(key)]));
    meaning.textContent = label;
    const row = document.createElement("div");
    row.append(term, meaning);
    list.append(row);
  }
  return [heading, list];
}

/** What is printed on the keys. */
const CAPS = () => ({
  ArrowUp: "↑",
  ArrowDown: "↓",
  PageUp: gettext("Page ↑"),
  PageDown: gettext("Page ↓"),
  Home: gettext("Home"),
  End: gettext("End"),
  Delete: gettext("Del"),
  Escape: gettext("Esc"),
  Ctrl: gettext("Ctrl"),
  Shift: gettext("Shift"),
});

function keyCap(key) {
  const cap = document.createElement("kbd");
  const caps = CAPS();
  const pressed = key === "+" ? [key] : key.split("+");
  cap.textContent = pressed.map((one) => caps[one] ?? one).join(" + ");
  return cap;
}
