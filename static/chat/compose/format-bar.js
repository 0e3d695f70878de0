// The bar of formats below the message box: its buttons, their keys, and whether it is shown, which the browser keeps.

import { gettext } from "../lib/i18n.js";
import { device } from "../lib/storage.js";
import { applyFormat } from "./formats.js"; // with the page: what is typed after a key comes after its format

const KEPT = "formats"; // "on" or "off", once someone has chosen

export class FormatBar {
  #form;
  #field;
  #bar;
  #toggle;
  #byKey;

  /** @param {HTMLFormElement} form of templates/chat/_composer.html */
  constructor(form) {
    this.#form = form;
    this.#field = form.querySelector("textarea");
    this.#bar = form.querySelector("[role=toolbar]");
    this.#toggle = form.querySelector("[data-formats]");
    this.#byKey = new Map(this.#buttons.map((button) => [button.ariaKeyShortcuts ?? "", button.dataset.format]));
    for (const [place, button] of this.#buttons.entries()) {
      button.title = [button.ariaLabel, ...keysOf(button).map((keys) => `(${keys})`)].join(" ");
      button.tabIndex = place ? -1 : 0;
    }
    this.#show(device.getItem(KEPT));
    this.#listen();
  }

  /** What a key does to the text; undefined if it is no key of the bar. */
  formatOf({ key, code, ctrlKey, metaKey, altKey, shiftKey }) {
    if (ctrlKey === metaKey || altKey) return undefined;
    const pressed = /^Digit(\d)$/.exec(code)?.[1] ?? key.toUpperCase(); // the digit, whatever Shift makes of it
    return this.#byKey.get(`Control+${shiftKey ? "Shift+" : ""}${pressed}`);
  }

  /** The keys of a format, as the help writes them. */
  keysOf(name) {
    return keysOf(this.#bar.querySelector(`[data-format=${name}]`)).join();
  }

  /** Format what is selected. */
  apply(name) {
    applyFormat(this.#field, name);
  }

  get #buttons() {
    return [...this.#bar.querySelectorAll("[data-format]")];
  }

  #listen() {
    this.#bar.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus and the keyboard
    this.#bar.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-format]");
      if (button) this.apply(button.dataset.format);
    });
    this.#bar.addEventListener("keydown", (event) => this.#move(event));
    this.#toggle.addEventListener("mousedown", (event) => event.preventDefault());
    this.#toggle.addEventListener("click", () => {
      const chosen = this.#isShown ? "off" : "on";
      device.setItem(KEPT, chosen);
      this.#show(chosen);
    });
  }

  get #isShown() {
    return this.#bar.checkVisibility();
  }

  /** Null: as it is fit for the window; composer.css says where. */
  #show(chosen) {
    if (chosen) this.#form.dataset.formats = chosen;
    this.#toggle.setAttribute("aria-expanded", String(this.#isShown));
  }

  /** The arrow keys go from button to button: for Tab they are one. */
  #move(event) {
    const buttons = this.#buttons;
    const place = buttons.indexOf(document.activeElement);
    const step = getComputedStyle(this.#bar).direction === "rtl" ? -1 : 1;
    const to = { ArrowRight: place + step, ArrowLeft: place - step, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = buttons[(to + buttons.length) % buttons.length];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }
}

/** The formats and their keys, for the help. @returns {import("../lib/shortcuts.js").Shortcut[]} */
export function listFormats() {
  const group = gettext("In the message box");
  const buttons = [...document.querySelectorAll("#formats [aria-keyshortcuts]")];
  return buttons.map((button) => ({ group, keys: keysOf(button), label: button.ariaLabel }));
}

/** As the help writes them. */
function keysOf({ ariaKeyShortcuts: keys }) {
  return keys ? [keys.replace("Control", "Ctrl")] : [];
}
