// A draft: what the user began to write, kept until it is sent.
//
// Each tab has its own, so that two tabs do not overwrite each other's; a new tab begins with the latest.

import { device, tab } from "../lib/storage.js";

export class Draft {
  #name;
  #saved = null; // as text, to recognize it

  /** @param {string} name of whose draft it is, and for which room */
  constructor(name) {
    this.#name = `draft:${name}`;
    device.removeOld();
  }

  /** @returns {{ text: string, reply: object | null } | null} */
  load() {
    const draft = tab.getItem(this.#name) ?? device.getItem(this.#name);
    this.#saved = JSON.stringify(draft);
    return draft;
  }

  /** @param {{ text: string, reply: object | null }} draft */
  save(draft) {
    const saved = JSON.stringify(draft);
    if (saved === this.#saved) return;
    this.#saved = saved;
    tab.setItem(this.#name, draft);
    device.setItem(this.#name, draft);
  }

  /** Remove the draft, after it was sent or cleared. What another tab has begun since then stays. */
  drop() {
    tab.removeItem(this.#name);
    if (JSON.stringify(device.getItem(this.#name)) === this.#saved) device.removeItem(this.#name);
    this.#saved = null;
  }
}
