// What a page keeps over a reload: in this tab, or on this device. Where nothing can be kept, nothing is.

const PREFIX = "wschat";
const MONTH = 30 * 24 * 60 * 60_000; // milliseconds

class Place {
  #area = null;

  constructor(open) {
    try {
      this.#area = open();
    } catch {
      // The browser is told to keep nothing.
    }
  }

  /** What was kept under a name, or null. */
  get(name) {
    return this.#read(`${PREFIX}:${name}`)?.value ?? null;
  }

  /** Keep a value (null: keep it no more). */
  set(name, value) {
    try {
      if (value === null) this.#area?.removeItem(`${PREFIX}:${name}`);
      else this.#area?.setItem(`${PREFIX}:${name}`, JSON.stringify({ value, at: Date.now() }));
    } catch {
      // It is full. What is on the page is there all the same.
    }
  }

  /** Throw away what nobody came back for. */
  tidy() {
    for (const key of Object.keys(this.#area ?? {})) {
      if (key.startsWith(`${PREFIX}:`) && !(this.#read(key)?.at > Date.now() - MONTH)) this.#area.removeItem(key);
    }
  }

  /** Keep nothing of what was kept. */
  clear() {
    for (const key of Object.keys(this.#area ?? {})) if (key.startsWith(`${PREFIX}:`)) this.#area.removeItem(key);
  }

  #read(key) {
    try {
      return JSON.parse(this.#area?.getItem(key) ?? "null");
    } catch {
      return null; // not ours
    }
  }
}

export const tab = new Place(() => sessionStorage);
export const device = new Place(() => localStorage);
