// A gate that opens and shuts: callers wait until it is open, or get an error once it has ended.

/** @template T what a caller gets: here, the connection to send commands on */
export class Gate {
  /** @type {T | null} */
  #value = null;
  #error = null;
  #waiting = [];

  /** The value of the open gate, or null while it is shut. */
  get value() {
    return this.#value;
  }

  /** Resolves to the value as soon as the gate is open; rejects once it has ended. @returns {Promise<T>} */
  pass() {
    if (this.#error) return Promise.reject(this.#error);
    if (this.#value !== null) return Promise.resolve(this.#value);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** @param {T} value */
  open(value) {
    if (this.#error) return;
    this.#value = value;
    for (const { resolve } of this.#waiting.splice(0)) resolve(value);
  }

  shut() {
    this.#value = null;
  }

  /** End the gate: all callers get this error. @param {Error} error */
  end(error) {
    this.#error ??= error;
    this.#value = null;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#error);
  }
}
