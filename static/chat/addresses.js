// Addresses of pages, as the server makes them (`chat/web/addresses.py`). Pure.

/** The page of the conversation with somebody. Some names would be another address, to browsers and proxies. */
export function talkWith(name) {
  const odd = name === "." || name === ".." || /[/\\]/.test(name);
  return (odd ? "/direct?name=" : "/direct/") + encodeURIComponent(name);
}
