// The dialog for reporting a message or a person.

import { gettext, interpolate } from "../lib/i18n.js";
import "../text/formatting.js"; // excerpts are made at once
import { makeExcerpt } from "../text/message-text.js";

const SHOWN = 200; // characters of the reported message
const AROUND = 10; // messages of a direct conversation to choose from, before the reported one and after it

export class ReportDialog {
  #dialog;
  #template;
  #messages;

  /** `template`: one message to choose. `messages()`: the loaded messages, oldest first. */
  constructor({ dialog, template, messages }) {
    this.#dialog = dialog;
    this.#template = template;
    this.#messages = messages;
  }

  /**
   * Ask why the message, or the person `name`, is reported. Resolves to `{ reason, note, around }`; null for "Cancel", and while it asks about something else.
   *
   * @param {{ message?: import("../../sdk/types.js").Message, name: string }} what
   * @returns {Promise<{ reason: string, note?: string, around?: number[] } | null>}
   */
  async ask({ message, name }) {
    if (this.#dialog.open) return null;
    const form = this.#dialog.querySelector("form");
    const quote = this.#dialog.querySelector(".reported");
    const words = message ? gettext("Report the message from %(name)s") : gettext("Report %(name)s");
    form.reset();
    this.#dialog.querySelector("h2").textContent = interpolate(words, { name });
    quote.hidden = !message;
    quote.textContent = message ? makeExcerpt(message.text, SHOWN, { whole: true }) : "";
    this.#offer(message);
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
    return new Promise((resolve) =>
      this.#dialog.addEventListener("close", () => resolve(this.#dialog.returnValue === "yes" ? this.#read() : null), {
        once: true,
      }),
    );
  }

  /** In a direct conversation, offer the messages around the reported one, or the latest. */
  #offer(message) {
    const place = this.#dialog.querySelector(".around");
    if (!place) return;
    const known = this.#messages().filter(({ erased, seq }) => !erased && seq > 0);
    const at = message ? known.findIndex(({ seq }) => seq === message.seq) : known.length;
    const offered = known.slice(Math.max(0, at - AROUND), at + AROUND + 1).filter(({ seq }) => seq !== message?.seq);
    place.hidden = offered.length === 0;
    place.replaceChildren(place.querySelector("legend"), ...offered.map((each) => this.#choice(each)));
  }

  #choice({ seq, sender, text }) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    element.querySelector("input").value = seq;
    element.querySelector(".name").textContent = sender.name;
    element.querySelector(".words").textContent = makeExcerpt(text, SHOWN, { whole: true });
    return element;
  }

  #read() {
    const reason = this.#dialog.querySelector("[name=reason]:checked").value;
    const note = this.#dialog.querySelector("textarea").value.replace(/\s+/g, " ").trim();
    const around = [...this.#dialog.querySelectorAll(".around :checked")].map(({ value }) => Number(value));
    return { reason, note: note || undefined, around: around.length ? around : undefined };
  }
}
