// A way that is open at times: whoever comes waits until it is, or hears that it never will be again.

/** @template T what one gets who passes: the connection that commands go to, here */
export class Gate {
  /** @type {T | null} */
  #value = null;
  #error = null;
  #waiting = [];

  /** What is behind the gate now, or null while it is shut. */
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

  /** Nobody passes any more. @param {Error} error */
  end(error) {
    this.#error ??= error;
    this.#value = null;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#error);
  }
}
