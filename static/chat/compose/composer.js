// The composer. Enter sends and Shift+Enter begins a new line; on a touch screen Enter begins a new line, and the
// button sends.

import { Completion } from "./completion.js";
import { Draft } from "./draft.js";
import { pickEmoji } from "../lib/emoji.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { describeError, describeFailure } from "../text/refusals.js";
import { suggestEmoji, suggestPeople } from "./suggestions.js";
import { replaceText } from "./field-text.js";
import { FormatBar } from "./format-bar.js";
import { makeExcerpt } from "../text/message-text.js";

const BLOCK = "block"; // of code
const NEAR = 200; // characters left: from here on the number is shown
const QUOTED = 500; // characters of the original of a reply that are kept with the draft
const TALLEST = 0.4; // of the window
const PATIENCE = 2_000; // milliseconds after which the user is told that an edit is not saved yet
const NO_SUCH_MESSAGE = 205;

export class Composer {
  #form;
  #field;
  #on;
  #draft;
  #completion;
  #formats;
  #offer = null; // to make a block of the code that was just pasted
  #most;
  #reply = null; // the message that this one replies to
  #editing = null; // the message that is edited
  #before = null; // what was in the field before the edit
  #saving = false; // whether the server is saving the edit
  #running = ""; // the command that is carried out
  #waiting = ""; // the text that is sent after it
  #gone = new Set(); // messages that the server no longer has, by seq
  #find;
  #readCommand;
  #pace;
  #ask;
  #left = false; // whether the page shows another place

  /**
   * @param {object} parts
   * @param {HTMLFormElement} parts.form of templates/chat/_composer.html
   * @param {string | number} parts.room for which drafts are kept
   * @param {() => string} parts.me our name
   * @param {() => { name: string, color?: string }[]} parts.members who can be mentioned
   * @param {(wanted: string) => Promise<{ name: string, color?: string }[]>} [parts.absent] who else of these names can be
   * @param {(text: string, replyTo?: number) => Promise<unknown> | null} [parts.keep] keeps the draft on the server: see `Draft`
   * @param {{ waits: boolean, onEnd: () => void }} [parts.pace] whether slow mode has the user wait
   * @param {{ read: (text: string) => Promise<{ text: string } | { act: () => Promise<unknown> }>,
   *   source: import("./completion.js").Source }} [parts.commands] those that begin with "/"
   * @param {(text: string) => Promise<boolean> | null} [parts.mayAsk] whether the user wants to send this; null: it needs no question
   * @param {(text: string, options: { replyTo?: number }) => void} parts.onSend
   * @param {(seq: number, text: string) => Promise<unknown>} parts.onEdit rejects if the edit is refused
   * @param {(seq: number) => import("../../sdk/types.js").Message | undefined | null} [parts.find] a message as it is now;
   *   undefined if it is not known yet, null if it is no longer there
   * @param {() => void} [parts.onEditLast] the user wants to edit their last message
   * @param {() => void} [parts.onType]
   */
  constructor({ form, room, me, members, absent, commands, keep, find, pace, mayAsk = () => null, onSend, onEdit, onEditLast = () => {}, onType = () => {} }) {
    this.#form = form;
    this.#field = form.querySelector("textarea");
    this.#most = Number(form.dataset.most);
    this.#on = { send: onSend, edit: onEdit, editLast: onEditLast, type: onType };
    this.#find = find ?? (() => undefined);
    this.#pace = pace;
    this.#ask = mayAsk;
    if (pace) pace.onEnd = () => this.#part("refusal").textContent === tooSoon() && this.#refuse("");
    this.#draft = new Draft(`${me()}:${room}`, keep);
    this.#readCommand = commands?.read;
    const list = form.querySelector("[role=listbox]");
    this.#completion = new Completion({ field: this.#field, list, sources: [...(commands ? [commands.source] : []), suggestPeople({ members, absent, me }), suggestEmoji] });
    this.#formats = new FormatBar(form);
    this.#field.enterKeyHint = isTouched() ? "enter" : "send";
    this.#listen();
    this.#restore();
  }

  /** Turn the composer on or off; `why` says the reason in words. */
  enable(on, why = "") {
    const first = on && this.#field.disabled;
    const controls = this.#form.querySelectorAll(".writing textarea, .writing button, [data-anew]");
    for (const control of controls) control.disabled = !on;
    const reason = this.#part("why");
    reason.hidden = on || !why;
    reason.textContent = why;
    const free = document.activeElement.matches("body, h1"); // the heading has it after a change of places
    // With a mouse at hand a keyboard is too; on a phone it would jump up unasked.
    if (first && free && !isTouched()) this.focus();
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** Begin a reply to a message. */
  reply(message) {
    if (this.#isHeld()) return;
    this.#leaveEdit();
    this.#reply = briefly(message);
    this.#save();
    this.#show();
    this.focus();
  }

  /** Begin to edit a message. */
  edit(message) {
    if (this.#isHeld()) return;
    this.#before ??= { text: this.#field.value, reply: this.#reply };
    this.#editing = { ...briefly(message), text: message.text };
    this.#reply = null;
    this.#set(message.text);
    this.#save();
    this.#show();
    this.focus();
  }

  /** Cancel the reply or the edit, and bring back the text before the edit. @returns {boolean} whether there was one */
  cancel() {
    const was = this.#editing !== null || this.#reply !== null;
    if (this.#editing) this.#leaveEdit();
    else this.#reply = null;
    this.#save();
    this.#show();
    return was;
  }

  /** Show the message that is edited or replied to as it is now: it may have changed, or be deleted. */
  refresh() {
    this.#show();
  }

  /** Compare the draft with the one that the server has now. @param {import("../../sdk/types.js").Unfinished} [kept] */
  meetDraft({ text, reply_to: seq, at } = { text: "" }) {
    const reply = seq === undefined ? null : { seq, sender: { name: "…" }, text: "", unknown: true };
    if (!this.#draft.meet({ text, reply, at })) return;
    if (this.#before) {
      this.#before = { text, reply };
    } else {
      this.#reply = reply;
      this.#set(text);
    }
    this.#save();
    this.#show();
  }

  /** Keep the draft on the server, without the pause after the last key. */
  keepDraft() {
    this.#draft.flush();
  }

  /** Remove the draft, an edit included: the user leaves the room for good, and a later save would bring the draft back. */
  discard() {
    this.#leaveEdit();
    this.#reply = null;
    this.#empty();
  }

  /** The page shows another place. */
  leave() {
    this.#left = true;
    this.#draft.leave();
  }

  /** Put a refused message below what the field has. During an edit it waits with what was in the field before. */
  rewrite(text, answered = null) {
    const held = this.#isHeld();
    if (!held) this.#leaveEdit();
    const { text: before, reply } = this.#unsent;
    const both = { text: before.trim() ? `${before}\n${text}` : text, reply: reply ?? (answered && briefly(answered)) };
    if (held) {
      this.#before = both;
    } else {
      this.#reply = both.reply;
      this.#set(both.text);
    }
    this.#save();
    this.#show();
    this.focus();
  }

  /** Insert a text at the caret, and focus the field. */
  insert(text) {
    replaceText(this.#field, this.#field.selectionStart, this.#field.selectionEnd, text);
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
    this.#field.addEventListener("paste", (event) => this.#pasted(event));
    this.#form.querySelector("[data-cancel]").addEventListener("click", () => {
      this.cancel();
      this.focus();
    });
    this.#form.querySelector("[data-anew]").addEventListener("click", () => this.#sendAnew());
    this.#form.querySelector("[data-emoji]").addEventListener("click", ({ currentTarget }) => this.#pick(currentTarget));
  }

  async #pick(button) {
    const picked = await pickEmoji(button);
    if (picked) this.insert(picked);
  }

  // Keys

  #press(event) {
    // While an input method composes a character, keys belong to it.
    if (event.isComposing || event.keyCode === 229 || this.#completion.press(event)) return;
    const format = this.#formats.formatOf(event);
    if (format === BLOCK && this.#offer) this.#take(event, this.#offer.accept);
    else if (format) this.#take(event, () => this.#formats.apply(format));
    else if (event.key === "Enter" && this.#sends(event)) this.#take(event, () => this.#form.requestSubmit());
    else if (event.key === "Escape" && (this.#editing || this.#reply)) this.#take(event, () => this.cancel());
    else if (event.key === "ArrowUp" && !event.altKey && !this.#field.value && !this.#editing) this.#take(event, this.#on.editLast);
  }

  #take(event, act) {
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /** Code is offered to become a block. It is pasted as text all the same. */
  async #pasted({ clipboardData }) {
    const text = clipboardData?.getData("text/plain").replace(/\r\n?/g, "\n") ?? "";
    if (!text.includes("\n")) return;
    const start = this.#field.selectionStart;
    await new Promise((resolve) => this.#field.addEventListener("input", resolve, { once: true }));
    const { offerBlock } = await import("./paste-code.js");
    this.#offer = offerBlock({
      field: this.#field,
      place: this.#part("offer"),
      start,
      text,
      keys: this.#formats.keysOf(BLOCK),
      onEnd: () => (this.#offer = null),
    });
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
    this.#offer?.withdraw();
    this.#completion.close();
    this.#measure();
  }

  #save() {
    const { text, reply } = this.#unsent;
    const edit = this.#editing && { message: this.#editing, text: this.#field.value };
    this.#draft.save({ text, reply, edit });
  }

  /** What was written besides an edit. */
  get #unsent() {
    return this.#before ?? { text: this.#field.value, reply: this.#reply };
  }

  #restore() {
    const { text, reply, edit } = this.#draft.load();
    this.#reply = edit ? null : reply;
    this.#editing = edit?.message ?? null;
    this.#before = edit && { text, reply };
    this.#set(edit?.text ?? text);
    this.#show();
  }

  #leaveEdit() {
    if (!this.#editing) return;
    this.#editing = null;
    this.#saving = false;
    this.#reply = this.#before.reply;
    this.#set(this.#before.text);
    this.#before = null;
  }

  /** Whether there are unsaved changes of an edit, which must not be lost; if so, say it. */
  #isHeld() {
    const held = this.#editing !== null && this.#words !== this.#editing.text;
    if (held) this.#refuse(gettext("You're still editing a message. Save or cancel it first."));
    if (held) this.focus();
    return held;
  }

  get #words() {
    return wordsOf(this.#field.value);
  }

  #send() {
    const text = this.#words;
    if (this.#field.disabled || !text || this.#isTooLong(text)) return;
    if (this.#editing) {
      this.#saveEdit(text);
    } else if (this.#running) {
      if (text !== this.#running) this.#waiting = text; // else Enter was pressed twice
    } else if (this.#pace?.waits) {
      this.#refuse(tooSoon());
    } else if (this.#readCommand && text.startsWith("/")) {
      this.#run(text);
    } else {
      this.#sendNew(text);
    }
    this.focus();
  }

  /** Send a message, if the user wants to: for `typed`, which was in the field as an answer to `reply`. */
  async #sendNew(text, { typed = text, reply = this.#reply } = {}) {
    const question = this.#ask(text);
    if (question && !(await question)) return;
    if (this.#left) return; // it is still the draft
    this.#clear(typed, reply);
    this.#on.send(text, { replyTo: this.#isGone(reply) ? undefined : reply?.seq });
  }

  /** What was done leaves the composer. By now it may have another text or reply, or an edit may have begun. */
  #clear(typed, reply) {
    const { text, reply: chosen } = this.#unsent;
    const left = { text: wordsOf(text) === typed ? "" : text, reply: chosen?.seq === reply?.seq ? null : chosen };
    if (this.#before) {
      this.#before = left;
    } else {
      this.#reply = left.reply;
      if (!left.text) this.#set("");
    }
    if (left.text || left.reply || this.#before) this.#save();
    else this.#draft.drop();
    this.#show();
  }

  #empty() {
    this.#set("");
    this.#draft.drop();
    this.#show();
  }

  /** Do what a command says, if the text is one. It stays in the field until that is done. */
  async #run(text) {
    const reply = this.#reply;
    this.#running = text;
    this.#waiting = "";
    this.#refuse("");
    let done = false;
    try {
      const { text: words, act } = await this.#readCommand(text);
      await act?.();
      if (act) this.#clear(text, null);
      else await this.#sendNew(words, { typed: text, reply });
      done = true;
    } catch (error) {
      this.#refuse(describeFailure(error));
    } finally {
      this.#running = "";
    }
    if (done && this.#waiting && this.#words === this.#waiting) this.#send();
  }

  /** Save the edit. The text stays in the field until the server has confirmed it. */
  async #saveEdit(text) {
    const message = this.#editing;
    if (this.#isGone(message)) this.#sayMessageGone();
    else if (text === message.text) this.cancel();
    if (this.#isGone(message) || text === message.text || this.#saving) return;
    this.#saving = true;
    this.#show();
    const slow = setTimeout(() => this.#editing === message && this.#refuse(gettext("Not saved yet. Retrying until the server responds…")), PATIENCE);
    try {
      await this.#on.edit(message.seq, text);
      if (this.#editing === message) this.#saved(text);
    } catch (error) {
      if (this.#editing === message) this.#refused(error);
    } finally {
      clearTimeout(slow);
    }
  }

  #saved(text) {
    this.#saving = false;
    if (this.#words === text) this.#leaveEdit();
    else this.#editing = { ...this.#editing, text }; // more was typed since
    this.#refuse("");
    this.#save();
    this.#show();
  }

  #refused(error) {
    this.#saving = false;
    if (error.code === NO_SUCH_MESSAGE) this.#gone.add(this.#editing.seq);
    else this.#refuse(interpolate(gettext("Not saved: %(reason)s"), { reason: describeError(error) }));
    this.#show();
  }

  /** The edited message was deleted: send its new text as a new message. */
  async #sendAnew() {
    const text = this.#words;
    if (!text || this.#isTooLong(text)) return;
    if (this.#pace?.waits) {
      this.#refuse(tooSoon());
      return;
    }
    const question = this.#ask(text);
    if (question && !(await question)) return;
    this.cancel();
    this.#on.send(text, {});
    this.focus();
  }

  #isGone(message) {
    if (!message) return false;
    const now = this.#find(message.seq);
    return this.#gone.has(message.seq) || now === null || Boolean(now?.erased);
  }

  // How it looks

  /** Show which message is edited or replied to. */
  #show() {
    this.#learnReply();
    const message = this.#editing ?? this.#reply;
    const gone = this.#isGone(message);
    const anew = this.#form.querySelector("[data-anew]");
    const news = gone && this.#editing !== null && anew.hidden;
    this.#part("context").hidden = !message;
    this.#form.classList.toggle("editing", this.#editing !== null);
    this.#form.querySelector(".send span").textContent = this.#editing ? gettext("Save") : gettext("Send");
    anew.hidden = !(gone && this.#editing);
    if (!message) return;
    this.#part("what").textContent = this.#what(message, gone);
    this.#part("excerpt").textContent = gone ? "" : makeExcerpt(message.text, undefined, { again: () => this.#show() });
    if (news) this.#sayMessageGone();
  }

  /** Of the reply in a draft of another browser, the message is known later than its number. */
  #learnReply() {
    const found = this.#reply?.unknown && this.#find(this.#reply.seq);
    if (!found) return;
    this.#reply = briefly(found);
    this.#save();
  }

  #what({ sender: { name } }, gone) {
    if (gone && this.#editing) return gettext("This message was deleted.");
    if (gone) return gettext("Original message was deleted");
    if (this.#saving) return gettext("Saving:");
    return this.#editing ? gettext("Editing:") : interpolate(gettext("Reply to %(name)s:"), { name });
  }

  #sayMessageGone() {
    this.#refuse(gettext("The message you're editing was deleted. You can send your text as a new message."));
  }

  /** Fit the height of the field, and show how many characters are left. */
  #measure() {
    if (!CSS.supports("field-sizing", "content")) {
      this.#field.style.height = "auto";
      this.#field.style.height = `${Math.min(this.#field.scrollHeight + 2, innerHeight * TALLEST)}px`;
    }
    const left = -this.#excess(this.#field.value);
    this.#field.ariaInvalid = left < 0 ? "true" : null;
    this.#form.querySelector("#left").textContent = left > Math.min(NEAR, this.#most / 2) ? "" : count(left);
    if (left >= 0) this.#refuse("");
  }

  /** The number of characters over the limit, counted as the server counts. */
  #excess(text) {
    const most = this.#most;
    return (text.length <= most - NEAR ? text.length : [...text].length) - most;
  }

  /** Too long a text is not cut off: its author decides what to leave out. */
  #isTooLong(text) {
    const tooLong = this.#excess(text) > 0;
    const words = gettext("Too long: the limit is %(most)s characters");
    if (tooLong) this.#refuse(interpolate(words, { most: this.#most }));
    return tooLong;
  }

  /** Say why the text cannot be sent or saved; an empty reason: it can. */
  #refuse(why) {
    this.#part("refusal").textContent = why;
  }
}

/** What is kept of a message that is edited or replied to. */
function briefly({ seq, sender, text }) {
  return { seq, sender: { name: sender.name }, text: text.slice(0, QUOTED) };
}

/** The text to send: without empty lines around it. */
function wordsOf(text) {
  return text.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();
}

const tooSoon = () => gettext("Not sent yet: this room is in slow mode.");
const isTouched = () => matchMedia("(pointer: coarse)").matches;

function count(left) {
  if (left >= 0) return interpolate(ngettext("%(left)s character left", "%(left)s characters left", left), { left });
  return interpolate(gettext("%(left)s over"), { left: -left });
}
