// The search panel: finds messages by their words.

import { listenForHits, makeHit } from "./hit.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { describeFailure } from "../text/refusals.js";
import { makeSnippet } from "../text/snippet.js";
import "../text/formatting.js"; // excerpts are made at once
import { makeExcerpt } from "../text/message-text.js";

const PAGE = 20;
const WHOLE = 10_000; // characters: more than any message has

export class Search {
  #field;
  #list;
  #status;
  #more;
  #template;
  #folding;
  #search;
  #text = "";
  #last = null; // the seq of the last result
  #turn = 0; // number of the latest search: answers to earlier ones come too late

  /** `folding`: see makeHit. `search(text, { before, limit })` is a promise of `{ messages, more }`, the latest last; `onJump(seq)` goes there. */
  constructor({ form, list, status, more, template, folding, search, onJump }) {
    this.#field = form.querySelector("input");
    this.#list = list;
    this.#status = status;
    this.#more = more;
    this.#template = template;
    this.#folding = folding;
    this.#search = search;
    more.addEventListener("click", () => this.#load());
    listenForHits(list, onJump);
  }

  /** Search for what the field has. */
  begin() {
    const text = this.#field.value.trim();
    this.#text = text;
    this.#last = null;
    this.#turn += 1;
    this.#list.replaceChildren();
    this.#more.hidden = true;
    this.#status.textContent = "";
    if (text) this.#load();
  }

  async #load() {
    const turn = this.#turn;
    this.#more.disabled = true;
    const slow = setTimeout(() => turn === this.#turn && this.#say(gettext("Searching…")), 300);
    try {
      const page = await this.#search(this.#text, { before: this.#last ?? undefined, limit: PAGE });
      if (turn === this.#turn) this.#show(page);
    } catch (error) {
      if (turn === this.#turn) this.#say(describeFailure(error));
    } finally {
      clearTimeout(slow);
      this.#more.disabled = false;
    }
  }

  #show({ messages, more }) {
    const latestFirst = [...messages].reverse();
    const hits = latestFirst.map((message) => {
      const snippet = makeSnippet(makeExcerpt(message.text, WHOLE), this.#text);
      return makeHit(this.#template, message, snippet, this.#folding, this.#text);
    });
    const next = hits[0]?.querySelector(".to");
    const went = document.activeElement === this.#more;
    this.#list.append(...hits);
    this.#last = messages[0]?.seq ?? this.#last;
    this.#more.hidden = !more;
    if (went) next?.focus();
    const count = this.#list.children.length;
    if (!count) this.#say(interpolate(gettext("No messages match “%(words)s”"), { words: this.#text }));
    else if (more) this.#say(interpolate(ngettext("Latest message", "Latest %(count)s messages", count), { count }));
    else this.#say(interpolate(ngettext("%(count)s message", "%(count)s messages", count), { count }));
  }

  #say(text) {
    this.#status.textContent = text;
  }
}
