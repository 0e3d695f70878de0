// What a page keeps over a reload: in this tab, or on this device. Both have the methods of the browser's Storage, take
// any JSON value, and never throw: where nothing can be kept, nothing is.

import { nameOfSite } from "./addresses.js";

const PREFIX = nameOfSite();
const MONTH = 30 * 24 * 60 * 60_000; // milliseconds

class SafeStorage {
  #area = null;

  constructor(open) {
    try {
      this.#area = open();
    } catch {
      // The browser is set to store nothing for this site.
    }
  }

  /** What was kept under a name, or null. */
  getItem(name) {
    return this.#read(`${PREFIX}:${name}`)?.value ?? null;
  }

  /** When that was kept, in milliseconds; 0 if nothing was. */
  timeOf(name) {
    return this.#read(`${PREFIX}:${name}`)?.at ?? 0;
  }

  setItem(name, value) {
    try {
      this.#area?.setItem(`${PREFIX}:${name}`, JSON.stringify({ value, at: Date.now() }));
    } catch {
      // It is full. What is on the page is there all the same.
    }
  }

  removeItem(name) {
    this.#area?.removeItem(`${PREFIX}:${name}`);
  }

  /** Remove what was kept a month ago or earlier, such as drafts in rooms that were never visited again. */
  removeOld() {
    for (const key of Object.keys(this.#area ?? {})) {
      if (key.startsWith(`${PREFIX}:`) && !(this.#read(key)?.at > Date.now() - MONTH)) this.#area.removeItem(key);
    }
  }

  /** Remove all that the pages of this site keep. */
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

export const tab = new SafeStorage(() => sessionStorage);
export const device = new SafeStorage(() => localStorage);
