// What was made lately, so that it need not be made again: the latest `most`, by key.

export class LruCache {
  #most;
  #made = new Map(); // the one asked for longest ago first

  constructor(most) {
    this.#most = most;
  }

  /** What `make(key)` made of it. */
  getOrMake(key, make) {
    const made = this.#made.has(key) ? this.#made.get(key) : make(key);
    this.#made.delete(key);
    this.#made.set(key, made);
    if (this.#made.size > this.#most) this.#made.delete(this.#made.keys().next().value);
    return made;
  }
}
