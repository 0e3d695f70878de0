// Links where no Markdown makes them: "example.com", and addresses in other scripts ("https://пример.example").

// Endings that are not also those of files: "main.py" and "setup.sh" are no addresses, unless a path follows.
const ENDINGS =
  "com|org|net|edu|gov|int|info|biz|io|dev|app|eu|at|au|be|br|ca|ch|cn|cz|de|dk|es|fi|fr|gr|hu|ie|il|in|it|jp|kr|mx|nl|no|nz|pt|ro|ru|se|tr|tw|ua|uk|us|za|рф|укр|бел|срб|бг|ευ|ελ|中国|中國|香港|台灣|台湾|한국|ไทย|भारत|مصر|السعودية|امارات";
const LABEL = "[\\p{L}\\p{N}](?:[\\p{L}\\p{N}\\p{M}-]{0,61}[\\p{L}\\p{N}\\p{M}])?";
const HOST = new RegExp(
  `(?<![\\p{L}\\p{N}\\p{M}_@./:\\\\-])(?<scheme>https?://)?(?<host>(?:${LABEL}\\.){1,8}(?<ending>[\\p{L}\\p{M}]{2,24}))(?<port>:\\d{1,5})?(?![\\p{L}\\p{N}\\p{M}_@-])(?<path>[/?#][^\\s<>]*)?`,
  "giu",
);
// In lower case: "That is it.In the morning" lacks a space, and is no address.
const KNOWN = new RegExp(`^(?:${ENDINGS})$`);
const isKnown = (ending, host) => KNOWN.test(host === host.toUpperCase() ? ending.toLowerCase() : ending);
// Letters that look alike: what is shown would not be where the link leads. A name between two dots is of one script, and
// not of Cyrillic or Greek letters alone that all have a Latin twin (those that Chromium takes for twins).
const MIXED = /(?=.*\p{sc=Latin})(?=.*[\p{sc=Cyrillic}\p{sc=Greek}])/u;
const TWINS = /^(?=.*[^\d-])(?:[асԁеһіјӏорԛѕԝхуъьҽпгѵѡ\d-]+|[αικνρυωηοτ\d-]+)$/iu;
/** Whether a host, as it is written, may be taken for another one. */
export const isDoubtful = (host) => host.split(".").some((label) => MIXED.test(label) || TWINS.test(label));
const CANDIDATE = /[\p{L}\p{N}\p{M}]\.[\p{L}]/u;

/** Whether a text may have such an address. */
export const mayHaveHosts = (text) => CANDIDATE.test(text);

/**
 * Find the addresses in a text, in order.
 *
 * @param {string} text
 * @returns {{ start: number, end: number, href: string }[]}
 */
export function findHosts(text) {
  const found = [];
  for (const match of text.matchAll(HOST)) {
    const { scheme, host, ending, path } = match.groups;
    if (isDoubtful(host) || !(scheme || path?.startsWith("/") || isKnown(ending, host))) continue;
    const shown = trimEnd(match[0]);
    const href = `${scheme ? "" : "https://"}${shown}`;
    if (URL.canParse(href)) found.push({ start: match.index, end: match.index + shown.length, href: new URL(href).href });
  }
  return found;
}

/** Without the punctuation of the sentence around it. */
function trimEnd(address) {
  let end = address.replace(/[?!.,:;*_~'"’”»…]+$/u, "");
  while (end.endsWith(")") && end.split(")").length > end.split("(").length) end = end.slice(0, -1);
  return end === address ? end : trimEnd(end);
}
