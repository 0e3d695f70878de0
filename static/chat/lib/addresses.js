// Addresses of pages, as the server makes them (`chat/web/addresses.py`). Pure.

/** The page of the conversation with somebody. Browsers and proxies would change some names. */
export function talkWith(name) {
  const odd = name.includes("\\") || name.split("/").some((part) => ["", ".", ".."].includes(part));
  return (odd ? "/direct?name=" : "/direct/") + encodeURIComponent(name);
}
