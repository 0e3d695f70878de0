// A draft: what the user began to write, kept until it is sent. It is kept in this tab, on this device, and on the server for
// the user's other browsers.
//
// Each tab has its own, so that two tabs do not overwrite each other's; a new tab begins with the latest. The server's replaces
// that of a tab only while this is what the server was last known to have, the `base`: nothing that the user has changed is lost.

import { device, tab } from "../lib/storage.js";

const PAUSE = 1_000; // milliseconds after the last key, until the server is told
const LATER = 5_000; // milliseconds, if the server can keep nothing now and does not say until when
const NOTHING = { text: "", reply: null, edit: null };

/** What the server keeps of a draft, in a form to compare. An edit is not kept, nor is a reply without a text. */
function formOf({ text, reply } = NOTHING) {
  return text.trim() && JSON.stringify([text, reply?.seq ?? null]);
}

export class Draft {
  #name;
  #keep;
  #draft = NOTHING;
  #base = ""; // a form, as are those below
  #asked = ""; // what the server has or was asked to keep; null: it is not known
  #told = new Set(); // what it was asked to keep and has not confirmed: it may have any of these
  #stored = "null"; // what this tab has put into storage, to recognize it
  #at = Infinity; // when another tab wrote this draft; Infinity: it is this tab's own
  #timer = 0;

  /**
   * @param {string} name of whose draft it is, and for which room
   * @param {(text: string, replyTo?: number) => Promise<unknown> | null} [keep] has the server keep a text, or (null) cannot now
   */
  constructor(name, keep = () => null) {
    this.#name = `draft:${name}`;
    this.#keep = keep;
    device.removeOld();
  }

  /** @returns {{ text: string, reply: object | null, edit: object | null }} */
  load() {
    const own = tab.getItem(this.#name);
    const entry = own ?? device.getItem(this.#name);
    this.#stored = JSON.stringify(entry);
    if (!own) this.#at = device.timeOf(this.#name);
    const { base, told, ...draft } = { base: "", told: [], ...NOTHING, ...entry };
    this.#draft = draft;
    this.#base = this.#asked = base;
    this.#told = new Set(told);
    return draft;
  }

  /** @param {{ text: string, reply: object | null, edit: object | null }} draft */
  save(draft) {
    const isNew = JSON.stringify(draft) !== JSON.stringify(this.#draft);
    this.#draft = draft;
    if (isNew) this.#at = Infinity;
    this.#store();
    clearTimeout(this.#timer);
    if (formOf(draft) !== this.#asked) this.#timer = setTimeout(() => this.flush(), PAUSE);
  }

  /** Remove the draft, after it was sent. What another tab has begun since then stays. */
  drop() {
    this.save(NOTHING);
    this.flush();
  }

  /**
   * Compare the draft with the server's. @param {{ text: string, reply?: { seq: number } | null, at?: string } | undefined} theirs
   * @returns {boolean} whether to show theirs now; the user has changed nothing here, or before theirs
   */
  meet(theirs) {
    const [here, there] = [formOf(this.#draft), formOf(theirs)];
    const isUntouched = here === this.#base && (here || !this.#draft.reply);
    if (here === there) {
      // One that the server refused was sent before the server was known: the sidebar forgets it, too (pages/drafts.js).
      if (!here && this.#told.size) this.#keep("")?.catch(() => {});
      this.#settle(there);
    } else if (there === this.#base || this.#told.has(there)) {
      this.#asked = null;
      this.flush(); // what the server has is an earlier one of ours, whatever the clocks say
    } else if (isUntouched || Date.parse(theirs?.at) > this.#at) {
      clearTimeout(this.#timer);
      this.#base = this.#asked = there;
      return true;
    } else {
      this.#asked = there && here; // both were changed: neither replaces the other before the next key
    }
    return false;
  }

  /** Tell the server now. One that was told before a later text has it in this order: they go over one connection. */
  flush() {
    clearTimeout(this.#timer);
    const form = formOf(this.#draft);
    if (form === this.#asked) return;
    const kept = this.#keep(form && this.#draft.text, this.#draft.reply?.seq);
    if (!kept) return; // `meet` follows with the next connection
    this.#asked = form;
    this.#told.add(form);
    this.#store({ latest: false });
    kept.then(
      () => this.#asked === form && this.#settle(form),
      ({ retry, retryAfter = retry ? LATER : 0 }) => {
        if (this.#asked !== form) return;
        this.#asked = null;
        clearTimeout(this.#timer);
        if (retryAfter) this.#timer = setTimeout(() => this.flush(), retryAfter);
      },
    );
  }

  /** The page shows another place. */
  leave() {
    this.flush();
    this.#keep = () => null;
  }

  /** The server has this. */
  #settle(form) {
    this.#base = this.#asked = form;
    this.#told.clear();
    this.#store({ latest: false });
  }

  /** `latest`: the user has just written this. If not, nothing of another tab, and nothing that was cleared, is replaced. */
  #store({ latest = true } = {}) {
    const { text, reply, edit } = this.#draft;
    const isEmpty = !text.trim() && !reply && !edit;
    // That a draft was sent is kept until the server knows, or it would come back from there.
    const entry = isEmpty && !this.#base && !this.#told.size ? null : { text, reply, edit, base: this.#base, told: [...this.#told] };
    const stored = JSON.stringify(entry);
    if (stored === this.#stored) return;
    for (const area of [tab, device]) {
      if ((isEmpty || !latest) && JSON.stringify(area.getItem(this.#name)) !== this.#stored) continue;
      if (entry) area.setItem(this.#name, entry);
      else area.removeItem(this.#name);
    }
    this.#stored = stored;
  }
}
