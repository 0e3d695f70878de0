// Read marks: what was in sight of somebody who looks is read. The server is told, but not of each message.

export class Reading {
  #tell;
  #pause;
  #told = 0;
  #seen = 0;
  #timer = 0;

  /** `tell(seq)` is called at most once in so many milliseconds. */
  constructor({ tell, pause = 1_000 }) {
    this.#tell = tell;
    this.#pause = pause;
  }

  /** All up to this seq was in sight. */
  seen(seq) {
    this.#seen = Math.max(this.#seen, seq);
    if (!this.#timer) this.#say();
  }

  /** It is known already that all up to this seq was read. */
  known(seq) {
    this.#told = Math.max(this.#told, seq);
  }

  #say() {
    this.#timer = 0;
    if (this.#seen <= this.#told) return;
    this.#told = this.#seen;
    this.#tell(this.#seen);
    this.#timer = setTimeout(() => this.#say(), this.#pause);
  }
}
