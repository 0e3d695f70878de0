// Where messages are written: Enter sends, Shift+Enter begins a new line.

import { gettext, interpolate } from "./i18n.js";

export class Composer {
  #form;
  #text;
  #button;
  #context;
  #replyTo = null;
  #editing = null;

  constructor({ form, onSend, onEdit, onType }) {
    this.#form = form;
    this.#text = form.querySelector("textarea");
    this.#button = form.querySelector("[type=submit]");
    this.#context = form.querySelector(".context");
    this.#context.querySelector("button").addEventListener("click", () => this.cancel());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(onSend, onEdit);
    });
    this.#text.addEventListener("input", () => this.#text.value && onType());
    this.#text.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.cancel();
      // While an input method composes a character, Enter picks it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
  }

  /** Let people write, or not. */
  enable(on) {
    const first = on && this.#text.disabled;
    this.#text.disabled = this.#button.disabled = !on;
    // With a mouse at hand a keyboard is too; on a phone it would jump up unasked.
    const free = document.activeElement === document.body;
    if (first && free && matchMedia("(pointer: fine)").matches) this.#text.focus({ preventScroll: true });
  }

  focus() {
    this.#text.focus();
  }

  /** What is written next answers this message. */
  reply({ seq, sender }) {
    this.cancel();
    this.#replyTo = seq;
    this.#show(interpolate(gettext("Reply to %(name)s"), sender));
  }

  /** What is written replaces this message. */
  edit({ seq, text }) {
    this.cancel();
    this.#editing = seq;
    this.#text.value = text;
    this.#show(gettext("Edit your message"));
  }

  cancel() {
    if (this.#editing !== null) this.#text.value = "";
    this.#replyTo = this.#editing = null;
    this.#context.hidden = true;
  }

  /** Give back a text that was not sent, unless something new is being written. */
  giveBack(text) {
    if (!this.#text.value) this.#text.value = text;
  }

  #show(words) {
    this.#context.hidden = false;
    this.#context.firstElementChild.textContent = words;
    this.focus();
  }

  #send(onSend, onEdit) {
    const text = this.#text.value;
    if (this.#text.disabled || !text.trim()) return;
    const [replyTo, editing] = [this.#replyTo ?? undefined, this.#editing];
    this.#text.value = "";
    this.cancel();
    if (editing === null) onSend(text, { replyTo });
    else onEdit(editing, text);
  }
}
