// Whom the user has blocked, as the server says: it holds in all tabs. The page of a room brings the list along, so that nothing
// of theirs is shown before it is known.

export class Blocks {
  #client;
  #heard = 0; // changes
  #people = new Map(); // number -> name; "" until it is known

  /** @param {import("../../sdk/client.js").Client} client */
  constructor(client) {
    this.#client = client;
    /** Called after each change. */
    this.onChange = () => {};
    client.listen({ onBlocked: (event) => this.#note(event) });
  }

  /** The numbers that the server has put into a page. @param {string} numbers */
  begin(numbers = "") {
    for (const number of numbers.split(" ").filter(Boolean).map(Number)) {
      if (!this.#people.has(number)) this.#people.set(number, "");
    }
  }

  /** Ask the server: what changed while there was no connection was not heard. */
  async load() {
    const heard = this.#heard;
    const people = await this.#client.blocked().catch(() => null);
    if (!people) return;
    if (heard !== this.#heard) return this.load(); // the answer may be older than what was heard
    this.#people = new Map(people.map(({ participant, name }) => [participant, name]));
    this.onChange();
  }

  /** Whether the participant of this number is blocked. @param {number | undefined} participant */
  has(participant) {
    return this.#people.has(participant);
  }

  /** The number of the blocked person who has this name now; undefined if there is none. @param {string} name */
  find(name) {
    return [...this.#people].find((person) => person[1] === name)?.[0];
  }

  #note({ participant, name, on }) {
    this.#heard += 1;
    if (on) this.#people.set(participant, name);
    else this.#people.delete(participant);
    this.onChange();
  }
}
