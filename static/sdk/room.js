// One room as its client knows it: what was seen, who is there, what is not yet sent. No network here.

const NONCE_BYTES = 16;

/** Two spellings of one name are one person: the server compares names alike. */
const key = (name) => name.normalize("NFKC").toLowerCase();

/** Unlike crypto.randomUUID, this works on a page that came over plain HTTP. */
function newNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Room {
  #seen = 0; // the seq of the last event that was passed on
  #last;
  #members = new Map();
  #moves = null; // who came and went since we asked to join, until the answer is here
  #unsent = new Map(); // nonce -> { nonce, text, resolve, reject }, in the order of saying

  /**
   * `last`: how many of the latest events to begin with. `onEvent` gets each event of the log once, in
   * order; `onMembers` the list of those who are in the room; `onUnsent` how many messages wait.
   */
  constructor(id, { token = "", last = 100, onEvent, onMembers = () => {}, onUnsent = () => {} }) {
    this.id = id;
    this.token = token;
    /** How far the room's log was when we last joined. */
    this.latest = 0;
    this.#last = last;
    this.onEvent = onEvent;
    this.onMembers = onMembers;
    this.onUnsent = onUnsent;
  }

  /** The command that joins: with the latest events at first, then with all that was missed. */
  joinCommand() {
    this.#moves = [];
    const from = this.#seen ? { since: this.#seen } : { last: this.#last };
    return { type: "join", room: this.id, token: this.token, ...from };
  }

  /** The answer to the join. Who came and went meanwhile may or may not be in its list already. */
  joined({ seq, members }) {
    this.latest = seq;
    this.#members = new Map(members.map((who) => [key(who.name), who]));
    for (const event of this.#moves) this.#move(event);
    this.#moves = null;
    this.#showMembers();
  }

  /** Take an event of this room. Those of the log that were seen before are dropped. */
  receive(event) {
    if (event.type === "joined" || event.type === "left") {
      this.#takeMove(event);
      return;
    }
    // A room that keeps nothing numbers nothing: its messages all bear seq 0.
    if (event.seq) {
      if (event.seq <= this.#seen) return;
      this.#seen = event.seq;
    }
    this.onEvent(event);
    if (event.nonce) this.settle(event.nonce, event.seq); // its `ok` may have been lost with a connection
  }

  /** Note a message to be sent. Its promise resolves when the server has it, and rejects if it refuses. */
  say(text) {
    const message = { nonce: newNonce(), text };
    const said = new Promise((resolve, reject) => Object.assign(message, { resolve, reject }));
    this.#unsent.set(message.nonce, message);
    this.onUnsent(this.#unsent.size);
    return { message, said };
  }

  /** The messages that the server has not confirmed. */
  unsent() {
    return [...this.#unsent.values()];
  }

  /** The server has the message. */
  settle(nonce, seq) {
    this.#take(nonce)?.resolve(seq);
  }

  /** The server will never take the message. */
  fail(nonce, error) {
    this.#take(nonce)?.reject(error);
  }

  #take(nonce) {
    const message = this.#unsent.get(nonce);
    if (this.#unsent.delete(nonce)) this.onUnsent(this.#unsent.size);
    return message;
  }

  #takeMove(event) {
    if (this.#moves) {
      this.#moves.push(event);
      return;
    }
    this.#move(event);
    this.#showMembers();
  }

  #move({ type, who }) {
    if (type === "joined") this.#members.set(key(who.name), who);
    else this.#members.delete(key(who.name));
  }

  #showMembers() {
    this.onMembers([...this.#members.values()]);
  }
}
