// Where messages are written: Enter sends, Shift+Enter begins a new line.

export class Composer {
  #form;
  #text;
  #button;

  constructor({ form, onSend, onType }) {
    this.#form = form;
    this.#text = form.querySelector("textarea");
    this.#button = form.querySelector("button");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(onSend);
    });
    this.#text.addEventListener("input", () => this.#text.value && onType());
    this.#text.addEventListener("keydown", (event) => {
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
    if (first && matchMedia("(pointer: fine)").matches) this.#text.focus({ preventScroll: true });
  }

  /** Give back a text that was not sent, unless something new is being written. */
  giveBack(text) {
    if (!this.#text.value) this.#text.value = text;
  }

  #send(onSend) {
    const text = this.#text.value;
    if (this.#text.disabled || !text.trim()) return;
    this.#text.value = "";
    onSend(text);
  }
}
