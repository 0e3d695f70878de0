// Actions on a message: by its buttons, its menu, or keys.

import { qualifyEmoji } from "../../sdk/client.js";
import { addressOfMessage } from "../lib/addresses.js";
import { pickEmoji, QUICK } from "../lib/emoji.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { describeFailure } from "../text/refusals.js";

const LABELS = () => ({
  react: gettext("Add reaction…"),
  reply: gettext("Reply"),
  edit: gettext("Edit"),
  pin: gettext("Pin"),
  unpin: gettext("Unpin"),
  copyText: gettext("Copy text"),
  copyLink: gettext("Copy link"),
  mute: gettext("Mute sender…"),
  delete: gettext("Delete…"),
});

/**
 * @typedef {object} Situation
 * @property {string} me the user's own name
 * @property {boolean} writable whether the user may send messages
 * @property {boolean} moderator whether the user may run the room
 * @property {boolean} direct whether this is a direct conversation
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
  #onMute;

  /**
   * `rows` has the messages, `room()` is the Room, `situation()` a Situation, `composer` takes replies and
   * edits. `say(text)` shows an outcome, `onJump(seq)` goes to a message, `onMute(name, anchor)` asks for how long.
   */
  constructor({ rows, menu, dialog, room, situation, composer, say, onJump, onMute }) {
    this.#rows = rows;
    this.#menu = menu;
    this.#dialog = dialog;
    this.#room = room;
    this.#situation = situation;
    this.#composer = composer;
    this.#say = say;
    this.#onJump = onJump;
    this.#onMute = onMute;
    rows.addEventListener("click", (event) => this.#click(event));
    rows.addEventListener("contextmenu", (event) => this.#longPress(event));
  }

  /** Run an action on the message, if it is allowed. `anchor`: where a menu or a picker opens. */
  run(action, message, anchor = this.#element(message)) {
    if (!listActions(message, this.#situation()).includes(action)) return;
    this.#verbs[action](message, anchor);
  }

  /** Open a menu of all actions that are allowed on the message. */
  open(message, anchor = this.#element(message), at) {
    const labels = LABELS();
    const actions = listActions(message, this.#situation());
    const choices = actions.map((action) => ({
      label: labels[action],
      grave: action === "delete",
      run: () => this.run(action, message, anchor),
    }));
    const faces = actions.includes("react") ? this.#makeFaces(message) : [];
    this.#menu.show({ anchor, at, choices, faces, label: labelOf(message) });
  }

  /** Open a menu of the most common reactions. */
  react(message, anchor = this.#element(message)) {
    if (!listActions(message, this.#situation()).includes("react")) return;
    const choices = [{ label: gettext("More emoji…"), run: () => this.#verbs.react(message, anchor) }];
    this.#menu.show({ anchor, choices, faces: this.#makeFaces(message), label: gettext("Reactions") });
  }

  #verbs = {
    react: async (message, anchor) => {
      const emoji = await pickEmoji(anchor);
      if (emoji) this.#toggle(message, emoji);
    },
    reply: (message) => this.#composer.reply(message),
    edit: (message) => this.#composer.edit(message),
    pin: ({ seq }) => this.#try(() => this.#room().pin(seq), gettext("Message pinned")),
    unpin: ({ seq }) => this.#try(() => this.#room().pin(seq, false), gettext("Message unpinned")),
    copyText: ({ text }) => this.#copy(text, gettext("Text copied")),
    copyLink: ({ seq }) => this.#copy(addressOfMessage(seq, location.href), gettext("Link copied")),
    mute: ({ sender }, anchor) => this.#onMute(sender.name, anchor),
    delete: (message) => this.#delete(message),
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

  async #delete({ seq, sender }) {
    const mine = sender.name === this.#situation().me;
    const question = mine
      ? gettext("Delete your message? This removes it for everyone and can't be undone.")
      : gettext("Delete the message from %(name)s? This removes it for everyone and can't be undone.");
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
  #messageOf(target) {
    const element = target.closest("[data-key]");
    const known = element?.dataset.seq && this.#room().message(Number(element.dataset.seq));
    return known || null;
  }

  #click({ target }) {
    const button = target.closest("button");
    const message = button && this.#messageOf(button);
    if (!message) return;
    const { action, emoji } = button.dataset;
    if (emoji) this.#toggle(message, emoji);
    else if (button.matches(".quote")) this.#onJump(message.reply_to);
    else if (action === "react") this.react(message, button);
    else if (action === "reply") this.run("reply", message, button);
    else if (action === "more") this.open(message, button);
  }

  /** A long press on a touch screen; the menu of a mouse's right button is the browser's own. */
  #longPress(event) {
    const message = this.#messageOf(event.target);
    if (!message || event.pointerType !== "touch" || event.target.closest("a")) return;
    event.preventDefault();
    this.open(message, this.#element(message), { x: event.clientX, y: event.clientY });
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
export function listActions(message, { me, writable, moderator, direct }) {
  const { seq, erased, pinned, sender } = message;
  const mine = sender.verified && sender.name === me;
  const there = seq > 0 && !erased;
  const offered = {
    react: there && writable,
    reply: there && writable,
    edit: there && writable && mine,
    pin: there && !pinned && (moderator || direct),
    unpin: there && Boolean(pinned) && (moderator || direct),
    copyText: !erased,
    copyLink: seq > 0,
    mute: moderator && !direct && sender.name !== me,
    delete: there && (mine || moderator),
  };
  return Object.keys(offered).filter((name) => offered[name]);
}

/**
 * Ask before something that cannot be undone. Resolves to whether the answer is yes; Escape means no.
 *
 * @param {HTMLDialogElement} dialog has `.question`, and a form with a button of the value "yes"
 * @param {{ question: string, yes: string }} words
 * @returns {Promise<boolean>}
 */
function askInDialog(dialog, { question, yes }) {
  dialog.querySelector(".question").textContent = question;
  dialog.querySelector("[value=yes]").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }),
  );
}
