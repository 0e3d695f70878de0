// Tells of messages whoever hears the page, and whoever is elsewhere.

import { addressOfConversation } from "../lib/addresses.js";
import { excerpt, isMention } from "../text/message-text.js";

export class Calls {
  #announcer;
  #attention;
  #me;
  #names;
  #away = 0; // messages that came while nobody looked
  #elsewhere = 0; // unread in conversations that another page shows

  /** @param {{ announcer: import("./announcer.js").Announcer, attention: import("./notifier.js").Attention, me: () => string, names: () => string[] }} parts */
  constructor({ announcer, attention, me, names }) {
    this.#announcer = announcer;
    this.#attention = attention;
    this.#me = me;
    this.#names = names;
    document.addEventListener("visibilitychange", () => document.hidden || this.#looked());
  }

  /** What the room is called now. */
  set title(title) {
    this.#attention.title = title;
  }

  /** Somebody has said something in the room of this page. `direct`: it is a conversation, and so meant for us. */
  said({ sender, text, seq }, { title, direct, key }) {
    this.#announcer.message(sender.name, excerpt(text));
    if (sender.name === this.#me() || !document.hidden) return;
    this.#away += 1;
    this.#count();
    if (!direct && !isMention(text, this.#me(), this.#names())) return;
    const heading = direct ? sender.name : `${sender.name} · ${title}`;
    this.#attention.notify({ title: heading, body: excerpt(text), tag: `${key}-${seq}` });
  }

  /** Somebody has said something in a conversation that another page shows. */
  written({ sender, text, seq }, room) {
    if (sender.name === this.#me()) return;
    this.#announcer.message(sender.name, excerpt(text));
    const onClick = () => location.assign(addressOfConversation(sender.name));
    this.#attention.notify({ title: sender.name, body: excerpt(text), tag: `${room}-${seq}`, onClick });
  }

  /** So many messages are unread in conversations that another page shows. */
  elsewhere(count) {
    this.#elsewhere = count;
    this.#count();
  }

  #looked() {
    this.#away = 0;
    this.#count();
  }

  #count() {
    this.#attention.count(this.#away + this.#elsewhere);
  }
}
