// Addresses of conversations and of messages, as the server makes them (`chat/web/addresses.py`). Pure.

/** The page of the direct conversation with `name`. Browsers and proxies would change some names in a path. */
export function addressOfConversation(name) {
  const odd = name.includes("\\") || name.split("/").some((part) => ["", ".", ".."].includes(part));
  return (odd ? "/direct?name=" : "/direct/") + encodeURIComponent(name);
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
