// The panel of pinned messages, the latest pin first.

import { listenForHits, makeHit } from "./hit.js";
import { gettext } from "../lib/i18n.js";
import { describeFailure } from "../text/refusals.js";
import "../text/formatting.js"; // excerpts are made at once
import { makeExcerpt } from "../text/message-text.js";

const LENGTH = 280; // characters shown of each

export class Pins {
  #list;
  #status;
  #template;
  #folding;
  #load;
  #turn = 0;

  /** `folding`: see makeHit. `load()` is a promise of the pinned messages, `onJump(seq)` goes to one. */
  constructor({ list, status, template, folding, load, onJump }) {
    this.#list = list;
    this.#status = status;
    this.#template = template;
    this.#folding = folding;
    this.#load = load;
    listenForHits(list, onJump);
  }

  /** Load and show the pinned messages. */
  async show() {
    const turn = (this.#turn += 1);
    try {
      const messages = await this.#load();
      if (turn === this.#turn) this.#draw(messages);
    } catch (error) {
      if (turn === this.#turn) this.#status.textContent = describeFailure(error);
    }
  }

  #draw(messages) {
    const hits = messages.map((message) => makeHit(this.#template, message, makeExcerpt(message.text, LENGTH), this.#folding));
    this.#list.replaceChildren(...hits);
    this.#status.textContent = messages.length ? "" : gettext("No pinned messages yet.");
  }
}
