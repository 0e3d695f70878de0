// Caches the `most` results that were used last, by key.

export class LruCache {
  #most;
  #made = new Map(); // least recently used first

  constructor(most) {
    this.#most = most;
  }

  /** The result of `make(key)`, from the cache if it is there. */
  getOrMake(key, make) {
    const made = this.#made.has(key) ? this.#made.get(key) : make(key);
    this.#made.delete(key);
    this.#made.set(key, made);
    if (this.#made.size > this.#most) this.#made.delete(this.#made.keys().next().value);
    return made;
  }
}
