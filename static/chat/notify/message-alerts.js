// Alerts the user to new messages: to screen readers, and while the page is not in view.

import { addressOfConversation, addressOfMessage } from "../lib/addresses.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { callsMe } from "../text/mentions.js";
import { makeExcerpt, prepareTexts } from "../text/message-text.js";

export class MessageAlerts {
  #announcer;
  #notifier;
  #me;
  #go;
  #missed = 0; // messages that came while the page was hidden
  #elsewhere = 0; // unread in conversations and mentions that another page shows

  /**
   * @param {{ announcer: import("./announcer.js").Announcer, notifier: import("./notifier.js").Notifier,
   *   me: () => string, go?: (address: string) => void }} parts
   */
  constructor({ announcer, notifier, me, go = (address) => location.assign(address) }) {
    this.#announcer = announcer;
    this.#notifier = notifier;
    this.#me = me;
    this.#go = go;
    /** What calls the user in the room of this page: "all", "mentions" or "nothing". */
    this.level = "all";
    document.addEventListener("visibilitychange", () => document.hidden || this.#returned());
  }

  set title(title) {
    this.#notifier.title = title;
  }

  /** The page shows another place: what was missed in the last one is on its way to the sidebar. */
  beginPlace() {
    this.#notifier.bell = document.getElementById("bell");
    this.#notifier.soundBox = document.getElementById("sound");
    this.#returned();
  }

  /** A message came in the room of this page. `direct`: it is a direct conversation, so that each message is for us. */
  async alertHere({ sender, text, seq, mentions = [] }, { title, direct, key }) {
    await prepareTexts([text]);
    this.#announcer.announceMessage(sender.name, makeExcerpt(text));
    if (sender.name === this.#me() || !document.hidden) return;
    const calls = direct || callsMe(mentions, this.#me());
    if (this.level === "nothing" || (this.level === "mentions" && !calls)) return;
    this.#missed += 1;
    this.#showCount();
    if (!calls) return;
    const heading = direct ? sender.name : `${sender.name} · ${title}`;
    this.#notifier.notify({ title: heading, body: makeExcerpt(text), tag: `${key}-${seq}` });
  }

  /** A message came in a direct conversation that another page shows. */
  async alertElsewhere({ sender, text, seq }, room) {
    if (sender.name === this.#me()) return;
    await prepareTexts([text]);
    this.#announcer.announceMessage(sender.name, makeExcerpt(text));
    const onClick = () => this.#go(addressOfConversation(sender.name));
    this.#notifier.notify({ title: sender.name, body: makeExcerpt(text), tag: `${room}-${seq}`, onClick });
  }

  /**
   * A message mentions us in a room that another page shows. `page`: the address of the room's page.
   *
   * @param {import("../../sdk/types.js").Mentioned} call
   * @param {string} page
   */
  async alertMention({ room, title, target, sender, text }, page) {
    await prepareTexts([text]);
    const excerpt = makeExcerpt(text);
    this.#announcer.announce(interpolate(gettext("%(name)s mentioned you in %(title)s: %(text)s"), { name: sender.name, title, text: excerpt }));
    const onClick = () => this.#go(target ? addressOfMessage(target, new URL(page, location.href)) : page);
    this.#notifier.notify({ title: `${sender.name} · ${title}`, body: excerpt, tag: `${room}-${target}`, onClick });
  }

  /** Set the number of messages that call the user elsewhere: in direct conversations, and mentions in rooms. */
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
