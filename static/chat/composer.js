// Where messages are written. Enter sends and Shift+Enter begins a new line; on a touch screen Enter begins a new
// line, and the button sends.

import { Completion } from "./completion.js";
import { Draft } from "./drafts.js";
import { pickEmoji } from "./emoji.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { emoji, people } from "./suggest.js";
import { replace, toggleMark } from "./typed.js";
import { excerpt } from "./words.js";

const MARKS = new Map([
  ["b", "**"],
  ["i", "*"],
  ["e", "`"],
]);
const NEAR = 200; // characters left, from which on they are counted
const QUOTED = 500; // characters of what is answered that are kept with the draft
const TALLEST = 0.4; // of the window

export class Composer {
  #form;
  #field;
  #on;
  #draft;
  #completion;
  #most;
  #reply = null; // the message that this one answers
  #editing = null; // the message that gets another text
  #before = null; // what was being written when that began

  /**
   * @param {object} parts
   * @param {HTMLFormElement} parts.form of templates/chat/_composer.html
   * @param {string | number} parts.room for which drafts are kept
   * @param {() => string} parts.me our name
   * @param {() => { name: string, color?: string }[]} parts.members who can be mentioned
   * @param {Draft} [parts.draft]
   * @param {(text: string, options: { replyTo?: number }) => void} parts.onSend
   * @param {(seq: number, text: string) => void} parts.onEdit
   * @param {() => void} [parts.onEditLast] somebody wants to edit what they said last
   * @param {() => void} [parts.onType]
   */
  constructor({ form, room, me, members, draft, onSend, onEdit, onEditLast = () => {}, onType = () => {} }) {
    this.#form = form;
    this.#field = form.querySelector("textarea");
    this.#most = Number(form.dataset.most);
    this.#on = { send: onSend, edit: onEdit, editLast: onEditLast, type: onType };
    this.#draft = draft ?? new Draft(`${me()}:${room}`);
    const list = form.querySelector("[role=listbox]");
    this.#completion = new Completion({ field: this.#field, list, sources: [people({ members, me }), emoji] });
    this.#field.enterKeyHint = isTouched() ? "enter" : "send";
    this.#listen();
    this.#restore();
  }

  /** Let people write, or not: `why` is said in words. */
  enable(on, why = "") {
    const first = on && this.#field.disabled;
    for (const control of this.#form.querySelectorAll(".writing textarea, .writing button")) control.disabled = !on;
    const reason = this.#part("why");
    reason.hidden = on || !why;
    reason.textContent = why;
    const free = document.activeElement === document.body;
    // With a mouse at hand a keyboard is too; on a phone it would jump up unasked.
    if (first && free && !isTouched()) this.focus();
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** What is written next answers this message. */
  reply(message) {
    this.#leaveEdit();
    const { seq, sender, text } = message;
    this.#reply = { seq, sender: { name: sender.name }, text: text.slice(0, QUOTED) };
    this.#save();
    this.#show();
    this.focus();
  }

  /** What is written takes the place of the text of this message. */
  edit(message) {
    this.#before ??= { text: this.#field.value, reply: this.#reply };
    this.#editing = message;
    this.#reply = null;
    this.#set(message.text);
    this.#show();
    this.focus();
  }

  /** No answer after all; or no edit, and what was written before comes back. @returns {boolean} whether there was one */
  cancel() {
    const was = this.#editing !== null || this.#reply !== null;
    if (this.#editing) this.#leaveEdit();
    else this.#reply = null;
    this.#save();
    this.#show();
    return was;
  }

  /** Put this where the caret is. */
  insert(text) {
    replace(this.#field, this.#field.selectionStart, this.#field.selectionEnd, text);
  }

  #part(name) {
    return this.#form.querySelector(`.${name}`);
  }

  #listen() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener("input", () => this.#typed());
    this.#field.addEventListener("keydown", (event) => this.#press(event));
    this.#form.querySelector("[data-cancel]").addEventListener("click", () => {
      this.cancel();
      this.focus();
    });
    this.#form.querySelector("[data-emoji]").addEventListener("click", ({ currentTarget }) => this.#pick(currentTarget));
  }

  async #pick(button) {
    const { selectionStart, selectionEnd } = this.#field;
    const picked = await pickEmoji(button);
    if (picked) replace(this.#field, selectionStart, selectionEnd, picked);
  }

  // Keys

  #press(event) {
    // While an input method composes a character, its keys are its own.
    if (event.isComposing || event.keyCode === 229 || this.#completion.press(event)) return;
    const mark = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && MARKS.get(event.key.toLowerCase());
    if (mark) this.#take(event, () => toggleMark(this.#field, mark));
    else if (event.key === "Enter" && this.#sends(event)) this.#take(event, () => this.#form.requestSubmit());
    else if (event.key === "Escape" && (this.#editing || this.#reply)) this.#take(event, () => this.cancel());
    else if (event.key === "ArrowUp" && !this.#field.value && !this.#editing) this.#take(event, this.#on.editLast);
  }

  #take(event, act) {
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  #sends({ shiftKey, ctrlKey, metaKey, altKey }) {
    return ctrlKey || metaKey || (!shiftKey && !altKey && !isTouched());
  }

  // What is written

  #typed() {
    this.#measure();
    this.#save();
    if (this.#field.value && !this.#editing) this.#on.type();
  }

  #set(text) {
    this.#field.value = text;
    this.#completion.close();
    this.#measure();
  }

  #save() {
    if (this.#editing) return; // the draft is what comes back afterwards
    const { value: text } = this.#field;
    if (text.trim() || this.#reply) this.#draft.save({ text, reply: this.#reply });
    else this.#draft.drop();
  }

  #restore() {
    const draft = this.#draft.load();
    this.#reply = draft?.reply ?? null;
    this.#set(draft?.text ?? "");
    this.#show();
  }

  #leaveEdit() {
    if (!this.#editing) return;
    this.#editing = null;
    this.#reply = this.#before.reply;
    this.#set(this.#before.text);
    this.#before = null;
  }

  #send() {
    const text = this.#field.value.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();
    if (this.#field.disabled || !text) return;
    if (this.#excess(text) > 0) {
      this.#refuse();
    } else if (this.#editing) {
      const { seq, text: before } = this.#editing;
      this.cancel();
      if (text !== before) this.#on.edit(seq, text);
    } else {
      const replyTo = this.#reply?.seq;
      this.#reply = null;
      this.#set("");
      this.#draft.drop();
      this.#show();
      this.#on.send(text, { replyTo });
    }
    this.focus();
  }

  // How it looks

  /** Whose message is answered, or that one is edited. */
  #show() {
    const message = this.#editing ?? this.#reply;
    this.#part("context").hidden = !message;
    this.#form.classList.toggle("editing", this.#editing !== null);
    if (!message) return;
    const { name } = message.sender;
    const what = this.#editing ? gettext("Editing:") : interpolate(gettext("Reply to %(name)s:"), { name });
    this.#part("what").textContent = what;
    this.#part("excerpt").textContent = excerpt(message.text);
  }

  /** How tall it is, and how much more may be written. */
  #measure() {
    if (!CSS.supports("field-sizing", "content")) {
      this.#field.style.height = "auto";
      this.#field.style.height = `${Math.min(this.#field.scrollHeight + 2, innerHeight * TALLEST)}px`;
    }
    const left = -this.#excess(this.#field.value);
    this.#field.ariaInvalid = left < 0 ? "true" : null;
    this.#form.querySelector("#left").textContent = left > Math.min(NEAR, this.#most / 2) ? "" : count(left);
    if (left >= 0) this.#part("refusal").textContent = "";
  }

  /** How many characters are too many, counted as the server counts. */
  #excess(text) {
    const most = this.#most;
    return (text.length <= most - NEAR ? text.length : [...text].length) - most;
  }

  /** Nothing is cut off: whoever wrote it decides what to leave out. */
  #refuse() {
    const words = gettext("This is too long: a message may have %(most)s characters.");
    this.#part("refusal").textContent = interpolate(words, { most: this.#most });
  }
}

const isTouched = () => matchMedia("(pointer: coarse)").matches;

function count(left) {
  if (left >= 0) return interpolate(ngettext("%(left)s character left", "%(left)s characters left", left), { left });
  return interpolate(ngettext("%(left)s character too many", "%(left)s characters too many", -left), { left: -left });
}
