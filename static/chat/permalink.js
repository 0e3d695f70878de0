// Addresses of messages: that of the room, and which message in it. Pure.

/** The seq of the message that an address names; null if it names none. @param {string} hash with its # */
export function seqOf(hash) {
  const found = /^#m([1-9]\d{0,14})$/.exec(hash);
  return found ? Number(found[1]) : null;
}

/** The address of a message. @param {string} page any address of the room */
export function linkTo(seq, page) {
  const address = new URL(page);
  address.hash = `m${seq}`;
  address.search = "";
  return address.href;
}
