// Slow mode: shows how long the user has to wait between two messages, and counts down after each.

import { gettext, interpolate } from "../lib/i18n.js";
import { formatCountdown, formatPause } from "../text/dates.js";

const TICK = 1_000; // milliseconds

export class Pace {
  #element;
  #pause = 0; // milliseconds between two messages; 0: no slow mode
  #last = 0; // when the last accepted message was sent, by the clock of the browser
  #timer = 0;
  #waited = false; // whether the user had to wait when it was shown last
  onEnd = () => {}; // called when the user need not wait any more

  /** @param {HTMLElement} element where it is shown */
  constructor(element) {
    this.#element = element;
  }

  /** Set the pause. @param {number} seconds 0: no slow mode */
  set(seconds) {
    if (this.#pause === 0) this.#last = 0; // the server counts from here on
    this.#pause = seconds * 1_000;
    this.#show();
  }

  /** Note when the user sent a message. A time in the future, by a server's clock that is ahead, counts as now. */
  noteSent(at = Date.now()) {
    this.#last = Math.max(this.#last, Math.min(at, Date.now()));
    this.#show();
  }

  /** The server refused a message as too soon: count down this many milliseconds. */
  wait(ms) {
    this.#last = Date.now() + ms - this.#pause;
    this.#show();
  }

  /** The message was refused for another reason: the user need not wait. */
  reset() {
    this.#last = 0;
    this.#show();
  }

  /** Whether the user has to wait. */
  get waits() {
    return this.#left > 0;
  }

  get #left() {
    return this.#pause && this.#last + this.#pause - Date.now();
  }

  #show() {
    clearTimeout(this.#timer);
    this.#element.hidden = this.#pause === 0;
    if (this.waits) this.#timer = setTimeout(() => this.#show(), this.#left % TICK || TICK);
    this.#element.textContent = this.waits ? this.#sayWait() : this.#sayPause();
    const ends = this.#waited && !this.waits;
    this.#waited = this.waits;
    if (ends) this.onEnd();
  }

  #sayWait() {
    return interpolate(gettext("Slow mode: next message in %(time)s"), { time: formatCountdown(this.#left) });
  }

  #sayPause() {
    return interpolate(gettext("Slow mode: %(pause)s between messages"), { pause: formatPause(this.#pause / 1_000) });
  }
}
