// Actions on a message: by its buttons, its menu, or keys.

import { askInDialog } from "../lib/ask-in-dialog.js";
import { qualifyEmoji } from "../../sdk/client.js";
import { isFrom } from "../../sdk/names.js";
import { addressOfMessage } from "../lib/addresses.js";
import { pickEmoji, QUICK } from "../lib/emoji.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { describeFailure } from "../text/refusals.js";

const LABELS = () => ({
  react: gettext("Add reaction…"),
  reply: gettext("Reply"),
  replies: gettext("Show replies"),
  edit: gettext("Edit"),
  pin: gettext("Pin"),
  unpin: gettext("Unpin"),
  unread: gettext("Mark as unread"),
  save: gettext("Save for later"),
  unsave: gettext("Remove from saved messages"),
  who: gettext("Who reacted"),
  copyText: gettext("Copy text"),
  copyLink: gettext("Copy link"),
  report: gettext("Report…"),
  delete: gettext("Delete…"),
  deleteAll: gettext("Delete all from sender…"),
});

/**
 * @typedef {object} Situation
 * @property {number} [participant] the user's own number
 * @property {boolean} writable whether the user may send messages
 * @property {boolean} moderator whether the user may run the room
 * @property {boolean} pins whether the user may pin messages there
 * @property {boolean} direct whether this is a direct conversation
 * @property {Set<number>} [saved] the messages that the user has saved
 */

export class Actions {
  #rows;
  #menu;
  #dialog;
  #room;
  #situation;
  #composer;
  #say;
  #onJump;
  #listModeration;
  #onReplies;
  #onUnread;
  #onSave;
  #onReport;
  #onDeleteAll;

  /**
   * `rows` has the messages, `room()` is the Room, `situation()` a Situation, `composer` takes replies and
   * edits. `say(text)` shows an outcome, `onJump(seq)` goes to a message, `listModeration(sender, anchor)` lists what
   * the user may do to a sender, as choices of a menu, `onReplies(message)` shows its replies, `onUnread(message)` marks it as unread, `onSave(seq, on)` saves it
   * for later, `onReport(message)` asks why, and `onDeleteAll(message)` asks whether to delete all messages of its sender.
   */
  constructor({ rows, menu, dialog, room, situation, composer, say, onJump, listModeration, ...on }) {
    this.#rows = rows;
    this.#menu = menu;
    this.#dialog = dialog;
    this.#room = room;
    this.#situation = situation;
    this.#composer = composer;
    this.#say = say;
    this.#onJump = onJump;
    this.#listModeration = listModeration;
    this.#onReplies = on.onReplies;
    this.#onUnread = on.onUnread;
    this.#onSave = on.onSave;
    this.#onReport = on.onReport;
    this.#onDeleteAll = on.onDeleteAll;
    rows.addEventListener("click", (event) => this.#click(event));
    // Whose tools are shown: those of the message under the pointer, or of the one that the keyboard is at (messages.css).
    rows.addEventListener("pointermove", ({ pointerType }) => pointerType !== "touch" && rows.classList.add("pointed"));
    rows.addEventListener("focusin", ({ target }) => target.matches(":focus-visible") && rows.classList.remove("pointed"));
  }

  /** Run an action on the message, if it is allowed. `anchor`: where a menu or a picker opens. */
  run(action, message, anchor = this.#element(message)) {
    if (!this.allows(action, message)) return;
    this.#verbs[action](message, anchor);
  }

  /** Whether an action is allowed on the message. */
  allows(action, message) {
    return listActions(message, this.#situation()).includes(action);
  }

  /** Open a menu of all actions that are allowed on the message. */
  open(message, anchor = this.#element(message), at) {
    const labels = LABELS();
    const actions = listActions(message, this.#situation());
    const choices = actions.map((action) => ({
      label: labels[action],
      grave: action === "delete" || action === "deleteAll",
      run: () => this.run(action, message, anchor),
    }));
    choices.push(...this.#listModeration(message.sender, anchor));
    const faces = actions.includes("react") ? this.#makeFaces(message) : [];
    this.#menu.show({ anchor, at, choices, faces, label: labelOf(message) });
  }

  /** Save the message, or remove it from those that are saved. */
  toggleSaved(message) {
    this.run(this.#situation().saved?.has(message.seq) ? "unsave" : "save", message);
  }

  /** Open a menu of the most common reactions. */
  react(message, anchor = this.#element(message)) {
    if (!this.allows("react", message)) return;
    const choices = [{ label: gettext("More emoji…"), run: () => this.#verbs.react(message, anchor) }];
    this.#menu.show({ anchor, choices, faces: this.#makeFaces(message), label: gettext("Reactions") });
  }

  /** Tell who reacted to the message, or who did it with this `emoji`. */
  async showWho(message, { anchor = this.#element(message), at, emoji } = {}) {
    const { tellWhoReacted } = await import("./who-reacted.js");
    const reactions = message.reactions.filter((each) => !emoji || each.emoji === emoji);
    const { participant: mine, moderator, direct } = this.#situation();
    const remove = (each, participant, name) =>
      this.#try(
        () => this.#room().react(message.seq, each, false, { participant }),
        interpolate(gettext("Reaction from %(name)s removed"), { name }),
      );
    const isForeign = (participant) => participant !== mine;
    tellWhoReacted(this.#menu, { reactions, anchor, at, isForeign, remove: moderator && !direct ? remove : undefined });
  }

  #verbs = {
    react: async (message, anchor) => {
      const emoji = await pickEmoji(anchor);
      if (emoji) this.#toggle(message, emoji);
    },
    reply: (message) => this.#composer.reply(message),
    replies: (message) => this.#onReplies(message),
    edit: (message) => this.#composer.edit(message),
    pin: ({ seq }) => this.#try(() => this.#room().pin(seq), gettext("Message pinned")),
    unpin: ({ seq }) => this.#try(() => this.#room().pin(seq, false), gettext("Message unpinned")),
    who: (message, anchor) => this.showWho(message, { anchor }),
    copyText: ({ text }) => this.#copy(text, gettext("Text copied")),
    copyLink: ({ seq }) => this.#copy(addressOfMessage(seq, location.href), gettext("Link copied")),
    unread: (message) => this.#onUnread(message),
    save: ({ seq }) => this.#try(() => this.#onSave(seq, true), gettext("Saved for later")),
    unsave: ({ seq }) => this.#try(() => this.#onSave(seq, false), gettext("Removed from saved messages")),
    report: (message) => this.#onReport(message),
    delete: (message) => this.#delete(message),
    deleteAll: (message) => this.#onDeleteAll(message),
  };

  #makeFaces(message) {
    return QUICK.map((emoji) => ({
      face: emoji,
      label: interpolate(gettext("React with %(emoji)s"), { emoji }),
      run: () => this.#toggle(message, emoji),
    }));
  }

  /** Add the reaction, or remove it. */
  #toggle({ seq }, picked) {
    const emoji = qualifyEmoji(picked);
    const { reactions = [] } = this.#room().message(seq) ?? {};
    const { participant, writable } = this.#situation();
    const given = reactions.some((each) => each.emoji === emoji && each.participants.includes(participant));
    if (writable) this.#try(() => this.#room().react(seq, emoji, !given));
  }

  async #delete({ seq, sender, participant }) {
    const mine = isFrom({ participant }, this.#situation().participant);
    const question = mine
      ? gettext("Delete your message? This removes it for everyone and can't be undone.")
      : gettext("Delete the message from %(name)s? This removes it for everyone. Staff can restore it for 7 days.");
    const words = { question: interpolate(question, { name: sender.name }), yes: gettext("Delete") };
    if (await askInDialog(this.#dialog, words)) this.#try(() => this.#room().delete(seq));
  }

  async #copy(text, done) {
    try {
      await copy(text);
      this.#say(done);
    } catch {
      this.#say(gettext("Your browser blocked copying."));
    }
  }

  async #try(act, done) {
    try {
      await act();
      if (done) this.#say(done);
    } catch (error) {
      this.#say(describeFailure(error));
    }
  }

  #element({ seq }) {
    return this.#rows.querySelector(`[data-seq="${seq}"]`);
  }

  /** The message of an element as it is now; null where the room keeps nothing. */
  messageOf(target) {
    const element = target.closest("[data-key]");
    const known = element?.dataset.seq && this.#room().message(Number(element.dataset.seq));
    return known || null;
  }

  #click({ target }) {
    const button = target.closest("button");
    const message = button && this.messageOf(button);
    if (!message) return;
    const { action, emoji } = button.dataset;
    if (emoji) this.#toggle(message, emoji);
    else if (button.matches(".quote")) this.#onJump(message.reply_to);
    else if (action === "react") this.react(message, button);
    else if (action === "reply" || action === "edit") this.run(action, message, button);
    else if (action === "replies") this.#onReplies(message);
    else if (action === "more") this.open(message, button);
  }
}

function labelOf({ sender }) {
  return interpolate(gettext("Message from %(name)s"), sender);
}

/** Copy a text, also on a page over plain HTTP, where browsers have no clipboard API. */
async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement("textarea");
  const { activeElement } = document;
  field.value = text;
  field.className = "sr-only";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  activeElement?.focus({ preventScroll: true });
  if (!done) throw new Error("not allowed");
}

/**
 * The actions that are allowed on a message, in the order in which they are shown: what the server would refuse is not
 * offered. Pure.
 *
 * @param {import("../../sdk/types.js").Message} message
 * @param {Situation} situation
 * @returns {string[]}
 */
export function listActions(message, { participant, writable, moderator, pins, direct, saved }) {
  const { seq, erased, pinned } = message;
  const mine = isFrom(message, participant);
  const there = seq > 0 && !erased;
  const offered = {
    react: there && writable,
    reply: there && writable,
    replies: Boolean(message.replies),
    edit: there && writable && mine,
    pin: there && !pinned && pins,
    unpin: there && Boolean(pinned) && pins,
    unread: seq > 0,
    save: there && !saved?.has(seq),
    unsave: there && Boolean(saved?.has(seq)),
    who: Boolean(message.reactions?.length) && !erased,
    copyText: !erased,
    copyLink: seq > 0,
    report: there && !mine,
    delete: there && (mine || moderator),
    deleteAll: seq > 0 && moderator && !direct && !mine,
  };
  return Object.keys(offered).filter((name) => offered[name]);
}
