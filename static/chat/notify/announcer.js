// Announcements for screen readers, gathered, so that a busy room can be followed.

import { gettext, interpolate, ngettext } from "../lib/i18n.js";

const GATHER = 300; // milliseconds
const APART = 3_000; // milliseconds between one announcement and the next
const MOST_NAMES = 3;

export class Announcer {
  #region;
  #isMe;
  #words = [];
  #messages = []; // { name, text }
  #timer = null;
  #last = -Infinity;

  /**
   * @param {HTMLElement} region that is aria-live="polite", or role="status"
   * @param {{ isMe?: (name: string) => boolean }} options
   */
  constructor(region, { isMe = () => false } = {}) {
    this.#region = region;
    this.#isMe = isMe;
  }

  /** Announce a text, together with what else is waiting. */
  announce(text) {
    this.#words.push(text);
    this.#soon();
  }

  /** Announce a message, unless it is our own. `text` is an excerpt. */
  announceMessage(name, text) {
    if (this.#isMe(name)) return;
    this.#messages.push({ name, text });
    this.#soon();
  }

  #soon() {
    this.#timer ??= setTimeout(() => this.#speak(), Math.max(GATHER, this.#last + APART - performance.now()));
  }

  #speak() {
    this.#timer = null;
    this.#last = performance.now();
    const words = [...this.#words, ...(this.#messages.length ? [describeMessages(this.#messages)] : [])];
    this.#words = [];
    this.#messages = [];
    // A new element each time: a live region is silent when the same words are set again.
    const line = document.createElement("span");
    line.textContent = words.join(" · ");
    this.#region.replaceChildren(line);
  }
}

/** One message word for word, several as a number. Pure. @param {{ name: string, text: string }[]} messages */
export function describeMessages(messages) {
  if (messages.length === 1) return interpolate(gettext("%(name)s: %(text)s"), messages[0]);
  const names = [...new Set(messages.map(({ name }) => name))];
  const count = messages.length;
  const words = ngettext("%(count)s new message, from %(names)s", "%(count)s new messages, from %(names)s", count);
  return interpolate(words, { count, names: joinNames(names) });
}

function joinNames(names) {
  const rest = names.length - MOST_NAMES;
  if (rest > 0) {
    const first = names.slice(0, MOST_NAMES).join(", ");
    const words = ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", rest);
    return interpolate(words, { names: first, count: rest });
  }
  if (names.length === 1) return names[0];
  const last = names.at(-1);
  return interpolate(gettext("%(names)s and %(last)s"), { names: names.slice(0, -1).join(", "), last });
}
