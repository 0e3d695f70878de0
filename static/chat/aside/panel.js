// The panel beside the messages, or over them in a narrow window: members, pinned messages or search.

import { noteOpened } from "../lib/overlays.js";
import { device } from "../lib/storage.js";

const WIDE = "(min-width: 1200px)"; // room.css says the same
const KEPT = "panel"; // the key under which the browser keeps the open panel of wide windows

export class Panel {
  #element;
  #buttons;
  #onOpen;
  #onChange;
  #opener = null;
  #uncover = null; // while it hides the messages: what tells the history that it no longer does
  #wide = matchMedia(WIDE);

  /**
   * `buttons`: name -> the button that opens and closes it, or null if something else does. `onOpen`: name -> called when it opens.
   * `onChange()`: it was opened, closed or changed. `signal` ends the listening.
   *
   * @param {{ element: HTMLElement, buttons: Record<string, HTMLButtonElement | null>, onOpen?: Record<string, () => void>,
   *   onChange?: () => void, signal?: AbortSignal }} parts
   */
  constructor({ element, buttons, onOpen = {}, onChange = () => {}, signal }) {
    this.#element = element;
    this.#buttons = buttons;
    this.#onOpen = onOpen;
    this.#onChange = onChange;
    for (const [name, button] of Object.entries(buttons)) button?.addEventListener("click", () => this.toggle(name));
    for (const button of element.querySelectorAll("[data-close]")) button.addEventListener("click", () => this.close());
    element.addEventListener("keydown", (event) => this.#press(event));
    this.#wide.addEventListener("change", () => this.#fit(), { signal });
    signal?.addEventListener("abort", () => this.#noteCover(false));
    this.#fit();
  }

  /** The name of the one that is open; "" if none is. */
  get open() {
    return this.#element.dataset.open;
  }

  toggle(name) {
    if (this.open === name) this.close();
    else this.show(name);
  }

  /** Open a panel, and focus it if it hides the messages, or its field if it begins with that (`data-first`). */
  show(name) {
    this.#opener = document.activeElement;
    this.#show(name);
    this.#keep();
    const section = this.#section(name);
    const field = section.querySelector("[data-first]");
    if (field) field.focus();
    else if (!this.#wide.matches) section.querySelector("h2").focus();
  }

  /** The focus goes back to where it was before. */
  close() {
    const back = this.#opener?.isConnected ? this.#opener : this.#buttons[this.open];
    const lost = this.#element.contains(document.activeElement);
    this.#show("");
    this.#keep();
    if (lost) back?.focus();
  }

  /** Close the panel if it hides the messages: the user went to one of them. */
  yield() {
    if (!this.#wide.matches) this.#show("");
  }

  /** In a wide window, open the panel that was open last; in a narrow one it would hide the messages. */
  #fit() {
    this.#show(this.#wide.matches ? kept() : "");
  }

  #show(open) {
    this.#element.dataset.open = open;
    this.#element.parentElement.dataset.panel = open; // which gives it a column, or not
    for (const [name, button] of Object.entries(this.#buttons)) {
      button?.setAttribute("aria-expanded", String(name === open));
      this.#section(name).hidden = name !== open;
    }
    this.#noteCover(Boolean(open) && !this.#wide.matches);
    if (open) this.#onOpen[open]?.();
    this.#onChange();
  }

  /** Whether it hides the messages: then Back closes it. */
  #noteCover(covers) {
    if (covers === Boolean(this.#uncover)) return;
    const uncover = this.#uncover;
    this.#uncover = covers ? noteOpened(() => this.close()) : null;
    uncover?.();
  }

  #section(name) {
    return this.#element.querySelector(`[data-panel=${name}]`);
  }

  #keep() {
    if (this.#wide.matches) device.setItem(KEPT, this.open);
  }

  #press(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    this.close();
  }
}

function kept() {
  return device.getItem(KEPT) === "" ? "" : "people"; // not the search: its results are gone
}
