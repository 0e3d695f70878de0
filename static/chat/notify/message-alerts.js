// Tells of messages whoever hears the page, and whoever is elsewhere.

import { addressOfConversation } from "../lib/addresses.js";
import { makeExcerpt, mentionsMe } from "../text/message-text.js";

export class MessageAlerts {
  #announcer;
  #notifier;
  #me;
  #names;
  #missed = 0; // messages that came while nobody looked
  #elsewhere = 0; // unread in conversations that another page shows

  /** @param {{ announcer: import("./announcer.js").Announcer, notifier: import("./notifier.js").Notifier, me: () => string, names: () => string[] }} parts */
  constructor({ announcer, notifier, me, names }) {
    this.#announcer = announcer;
    this.#notifier = notifier;
    this.#me = me;
    this.#names = names;
    document.addEventListener("visibilitychange", () => document.hidden || this.#returned());
  }

  /** What the room is called now. */
  set title(title) {
    this.#notifier.title = title;
  }

  /** Somebody has said something in the room of this page. `direct`: it is a conversation, and so meant for us. */
  alertHere({ sender, text, seq }, { title, direct, key }) {
    this.#announcer.announceMessage(sender.name, makeExcerpt(text));
    if (sender.name === this.#me() || !document.hidden) return;
    this.#missed += 1;
    this.#showCount();
    if (!direct && !mentionsMe(text, this.#me(), this.#names())) return;
    const heading = direct ? sender.name : `${sender.name} · ${title}`;
    this.#notifier.notify({ title: heading, body: makeExcerpt(text), tag: `${key}-${seq}` });
  }

  /** Somebody has said something in a conversation that another page shows. */
  alertElsewhere({ sender, text, seq }, room) {
    if (sender.name === this.#me()) return;
    this.#announcer.announceMessage(sender.name, makeExcerpt(text));
    const onClick = () => location.assign(addressOfConversation(sender.name));
    this.#notifier.notify({ title: sender.name, body: makeExcerpt(text), tag: `${room}-${seq}`, onClick });
  }

  /** So many messages are unread in conversations that another page shows. */
  setUnreadElsewhere(count) {
    this.#elsewhere = count;
    this.#showCount();
  }

  #returned() {
    this.#missed = 0;
    this.#showCount();
  }

  #showCount() {
    this.#notifier.showUnreadCount(this.#missed + this.#elsewhere);
  }
}
