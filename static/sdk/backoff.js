// How long to wait before the next try: exponential backoff with full jitter, so that the clients of a
// server that restarts do not all reconnect at once.

export class Backoff {
  #first;
  #most;
  #random;
  #failures = 0;

  /** Times in milliseconds; `random` returns numbers from 0 to 1. */
  constructor({ first = 500, most = 30_000, random = Math.random } = {}) {
    this.#first = first;
    this.#most = most;
    this.#random = random;
  }

  /** The wait after another failure. */
  next() {
    const ceiling = Math.min(this.#most, this.#first * 2 ** this.#failures);
    this.#failures += 1;
    return this.#random() * ceiling;
  }

  /** Start over after a success. */
  reset() {
    this.#failures = 0;
  }
}
