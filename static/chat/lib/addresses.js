// Addresses of conversations, people and messages, as the server makes them (`chat/web/addresses.py`). Pure.

/** Where the site begins: `/`, or the path that a proxy gives it. With a slash at its end. */
export function rootOfSite() {
  return globalThis.document?.documentElement.dataset.root ?? "/";
}

/** What the site is called where browsers keep one store for a host, on which there may be several: `wschat`, `wschat/path`. */
export function nameOfSite() {
  return `wschat${rootOfSite()}`.replace(/\/$/, "");
}

/** The page of the direct conversation with `name`. Browsers and proxies would change some names in a path. */
export function addressOfConversation(name) {
  const odd = name.includes("\\") || name.split("/").some((part) => ["", ".", ".."].includes(part));
  return rootOfSite() + (odd ? "direct?name=" : "direct/") + encodeURIComponent(name);
}

/** The page of a room that its number names. */
export function addressOfRoom(number) {
  return `${rootOfSite()}room/${number}`;
}

/**
 * The page of a person, found by name, or by a message that they wrote (`of`) or that mentions them (`mentionedIn`). The name
 * that stands there may belong to someone else by now. It goes into the query, where any name fits.
 *
 * @param {string} name
 * @param {{ of?: { room: number, seq: number }, mentionedIn?: { room: number, seq: number } }} [where]
 */
export function addressOfPerson(name, { of, mentionedIn } = {}) {
  const { room, seq } = of ?? mentionedIn ?? {};
  const place = seq && { room, seq, ...(!of && { mentioned: "" }) };
  return `${rootOfSite()}person?${new URLSearchParams({ name, ...place })}`;
}

/** The address of a message. @param {string} page any address of the room */
export function addressOfMessage(seq, page) {
  const address = new URL(page);
  const title = address.searchParams.get("title"); // of a hidden room: without it there would be no page
  address.hash = `m${seq}`;
  address.search = title === null ? "" : `${new URLSearchParams({ title })}`;
  return address.href;
}

/** The seq of the message that an address names; null if it names none. @param {string} hash with its # */
export function seqInHash(hash) {
  const found = /^#m([1-9]\d{0,14})$/.exec(hash);
  return found ? Number(found[1]) : null;
}
