// Where messages that are not sent yet outlive the page that they were written on.
//
// A place belongs to one client. Two of them in one place would send, and forget, what is the other's.

import { tell } from "./tell.js";

/**
 * A place in a storage of the browser. `sessionStorage` is the one to use: it outlives a reload, and each tab has its
 * own. `owner`: whose messages these are, a name say, so that nobody sends what somebody else left there.
 *
 * @param {Storage} storage
 * @param {string} owner
 * @returns {import("./types.js").Place}
 */
export function keepIn(storage, owner) {
  const key = (room) => `wschat unsent ${room} ${owner}`;
  return {
    load: (room) => JSON.parse(storage.getItem(key(room)) ?? "[]"),
    save(room, commands) {
      if (commands.length) storage.setItem(key(room), JSON.stringify(commands));
      else storage.removeItem(key(room));
    },
  };
}

/** The messages of one room in such a place. What goes wrong there keeps nobody from sending. */
export class Kept {
  #place;
  #room;
  #any = false; // whether any are there now

  /** @param {import("./types.js").Place | undefined} place @param {number} room */
  constructor(place, room) {
    this.#place = place;
    this.#room = room;
  }

  /** What an earlier page has left. @returns {import("./types.js").Command[]} */
  load() {
    const found = tell(this.#place && ((room) => this.#place.load(room)), this.#room);
    const kept = (Array.isArray(found) ? found : []).filter(isMessage);
    this.#any = kept.length > 0;
    return kept.map(({ text, nonce, reply_to }) => ({ type: "send", text, nonce, reply_to, room: this.#room }));
  }

  /** Only messages are kept: they alone can be sent again at any time without doing more than was meant. */
  save(unsent) {
    if (!this.#place) return;
    const messages = unsent.filter(isMessage);
    if (messages.length || this.#any) tell((...what) => this.#place.save(...what), this.#room, messages);
    this.#any = messages.length > 0;
  }
}

function isMessage(command) {
  return command?.type === "send" && typeof command.text === "string" && typeof command.nonce === "string";
}
