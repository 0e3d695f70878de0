// Alerts the user to new messages: to screen readers, and while the page is not in view.

import { addressOfConversation } from "../lib/addresses.js";
import { makeExcerpt, mentionsMe } from "../text/message-text.js";

export class MessageAlerts {
  #announcer;
  #notifier;
  #me;
  #names;
  #missed = 0; // messages that came while the page was hidden
  #elsewhere = 0; // unread in conversations that another page shows

  /**
   * @param {{ announcer: import("./announcer.js").Announcer, notifier: import("./notifier.js").Notifier,
   *   me: () => string, names: () => string[] }} parts
   */
  constructor({ announcer, notifier, me, names }) {
    this.#announcer = announcer;
    this.#notifier = notifier;
    this.#me = me;
    this.#names = names;
    document.addEventListener("visibilitychange", () => document.hidden || this.#returned());
  }

  set title(title) {
    this.#notifier.title = title;
  }

  /** A message came in the room of this page. `direct`: it is a direct conversation, so that each message is for us. */
  alertHere({ sender, text, seq }, { title, direct, key }) {
    this.#announcer.announceMessage(sender.name, makeExcerpt(text));
    if (sender.name === this.#me() || !document.hidden) return;
    this.#missed += 1;
    this.#showCount();
    if (!direct && !mentionsMe(text, this.#me(), this.#names())) return;
    const heading = direct ? sender.name : `${sender.name} · ${title}`;
    this.#notifier.notify({ title: heading, body: makeExcerpt(text), tag: `${key}-${seq}` });
  }

  /** A message came in a direct conversation that another page shows. */
  alertElsewhere({ sender, text, seq }, room) {
    if (sender.name === this.#me()) return;
    this.#announcer.announceMessage(sender.name, makeExcerpt(text));
    const onClick = () => location.assign(addressOfConversation(sender.name));
    this.#notifier.notify({ title: sender.name, body: makeExcerpt(text), tag: `${room}-${seq}`, onClick });
  }

  /** Set the number of unread messages in direct conversations that other pages show. */
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
