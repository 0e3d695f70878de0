// Addresses of messages: that of the room, and which message in it. Pure.

/** The seq of the message that an address names; null if it names none. @param {string} hash with its # */
export function seqOf(hash) {
  const found = /^#m([1-9]\d{0,14})$/.exec(hash);
  return found ? Number(found[1]) : null;
}

/** The address of a message. @param {string} page any address of the room */
export function linkTo(seq, page) {
  const address = new URL(page);
  const title = address.searchParams.get("title"); // of a hidden room: without it there would be no page
  address.hash = `m${seq}`;
  address.search = title === null ? "" : `${new URLSearchParams({ title })}`;
  return address.href;
}
