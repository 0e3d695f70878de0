// Messages that are not confirmed yet, below the list: shown as soon as they are sent, removed when the list has the
// message, or marked with the reason of a failure. Failed ones survive a reload until they are sent again or discarded,
// and those that wait for a moderator until they are decided.

import { showPerson } from "../text/people.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { describeError } from "../text/refusals.js";
import { tab } from "../lib/storage.js";

const PATIENCE = 3_000; // milliseconds for which a confirmed message may take to arrive

/**
 * @typedef {object} Unsent
 * @property {string} text
 * @property {string} nonce
 * @property {number} [reply_to]
 */

export class PendingMessages {
  #list;
  #template;
  #me;
  #render;
  #on;
  #place;
  #shown = new Map(); // nonce -> { command, element, reason, held }
  #arrived = new Set(); // nonces of messages that arrived before the answer to their command

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.list
   * @param {HTMLTemplateElement} parts.template of templates/chat/_pending.html
   * @param {string | number} parts.room for which failed ones are kept
   * @param {() => { name: string, color?: string }} parts.me
   * @param {(text: string, again: () => void) => Node} parts.render `again`: see renderText
   * @param {(command: Unsent) => void} parts.onRetry send this again, under a new nonce
   * @param {(command: Unsent) => void} [parts.onEdit] write this anew
   * @param {(command: Unsent) => void} [parts.onDiscard]
   */
  constructor({ list, template, room, me, render, onRetry, onEdit = () => {}, onDiscard = () => {} }) {
    this.#list = list;
    this.#template = template;
    this.#me = me;
    this.#render = render;
    this.#on = { retry: onRetry, edit: onEdit, discard: onDiscard };
    this.#place = `failed:${me().name}:${room}`;
    for (const { command, reason = null } of tab.getItem(this.#place) ?? []) {
      if (reason === null) this.#hold(this.#add(command));
      else this.#fail(this.#add(command), reason);
    }
  }

  /** Show unconfirmed commands, the oldest first. @param {import("../../sdk/types.js").Command[]} unsent */
  show(unsent) {
    const nonces = new Set(unsent.map(({ nonce }) => nonce));
    for (const nonce of this.#arrived) if (!nonces.has(nonce)) this.#arrived.delete(nonce);
    for (const [nonce, entry] of this.#shown) if (isSending(entry) && !nonces.has(nonce)) this.#removeLater(nonce);
    for (const command of unsent) {
      const known = this.#shown.has(command.nonce) || this.#arrived.has(command.nonce);
      if (command.type === "send" && !known) this.#add(command);
    }
  }

  /** Remove the message with this nonce: the list shows it now. */
  remove(nonce) {
    if (!nonce) return;
    this.#arrived.add(nonce);
    const held = this.#shown.get(nonce)?.held;
    this.#drop(nonce);
    if (held) this.#keep();
  }

  /** The messages that wait for a moderator. @returns {Unsent[]} */
  get held() {
    return [...this.#shown.values()].filter(({ held }) => held).map(({ command }) => command);
  }

  /** Mark a message as waiting for a moderator. @param {Unsent} command */
  markHeld(command) {
    if (!this.#arrived.has(command.nonce)) this.#hold(this.#shown.get(command.nonce) ?? this.#add(command));
    this.#keep();
  }

  /** A held message is sent now: remove it when the list has it, or after a while. */
  markSent(nonce) {
    const entry = this.#shown.get(nonce);
    if (!entry?.held) return;
    entry.held = false;
    this.#removeLater(nonce);
    this.#keep();
  }

  /** Mark a message as refused, with the reason. @param {Unsent} command @param {Error} error */
  markFailed(command, error) {
    if (!this.#arrived.has(command.nonce)) {
      const entry = this.#shown.get(command.nonce) ?? this.#add(command);
      entry.command = command; // which may differ from what was sent
      this.#fail(entry, describeError(error));
    }
    this.#keep();
  }

  #add(command) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    showPerson(element.querySelector(".byline"), { verified: true, ...this.#me() });
    const show = () => element.querySelector(".text").replaceChildren(this.#render(command.text, show));
    show();
    const entry = { command, element, reason: null, held: false };
    const listen = (button, act) => button.addEventListener("click", () => this.#settle(entry.command, act));
    const edit = element.querySelector("[data-edit]");
    edit.textContent = gettext("Edit");
    listen(element.querySelector("[data-again]"), this.#on.retry);
    listen(edit, this.#on.edit);
    listen(element.querySelector("[data-discard]"), this.#on.discard);
    this.#shown.set(command.nonce, entry);
    this.#list.append(element);
    return entry;
  }

  /** It was confirmed: remove it after a while, even if the message arrives out of view or not at all. */
  #removeLater(nonce) {
    const entry = this.#shown.get(nonce);
    setTimeout(() => isSending(entry) && this.#shown.get(nonce) === entry && this.#drop(nonce), PATIENCE);
  }

  #hold(entry) {
    entry.held = true;
    entry.element.classList.add("held");
    entry.element.querySelector(".sending").textContent = gettext("Waiting for a moderator");
  }

  #fail(entry, reason) {
    entry.reason = reason;
    entry.held = false;
    entry.element.classList.remove("held");
    entry.element.classList.add("failed");
    entry.element.querySelector(".failure").hidden = false;
    const words = interpolate(gettext("Not sent: %(reason)s"), { reason });
    entry.element.querySelector(".reason").textContent = words;
  }

  #settle(command, act) {
    this.#drop(command.nonce);
    this.#keep();
    act(command);
  }

  #drop(nonce) {
    this.#shown.get(nonce)?.element.remove();
    this.#shown.delete(nonce);
  }

  #keep() {
    const lasting = [...this.#shown.values()].filter((entry) => !isSending(entry));
    const kept = lasting.map(({ command, reason }) => ({ command, reason }));
    if (kept.length) tab.setItem(this.#place, kept);
    else tab.removeItem(this.#place);
  }
}

/** Whether nothing is known yet of what becomes of it. */
function isSending({ reason, held }) {
  return reason === null && !held;
}
