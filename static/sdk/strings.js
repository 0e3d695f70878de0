// Makes strings that can be sent.

const encoder = new TextEncoder();
const UNQUALIFIED = /(?![0-9#*]|\p{Emoji_Presentation})\p{Emoji}(?!\p{Emoji_Modifier})|[0-9#*](?=\u20e3)/gu;

/**
 * The text with U+FFFD for each half of a character, which has no UTF-8: cut off by `slice`, say.
 *
 * @param {string} text
 */
export function wellFormed(text) {
  return text.toWellFormed?.() ?? text.replace(/\p{Surrogate}/gu, "\ufffd");
}

/**
 * The one spelling of an emoji, which the server stores: NFC, with the variation selectors of its fully-qualified form.
 *
 * @param {string} emoji
 */
export function qualifyEmoji(emoji) {
  const plain = emoji.normalize("NFC").replace(/[\ufe0e\ufe0f]/gu, "");
  return plain.replace(UNQUALIFIED, "$&\ufe0f");
}

/** A command with strings that can be sent. @template T @param {T} command @returns {T} */
export function mend(command) {
  const mended = ([name, value]) => [name, typeof value === "string" ? wellFormed(value) : value];
  return Object.fromEntries(Object.entries(command).map(mended));
}

/** How many bytes it is on the wire. @param {string} frame */
export const sizeOf = (frame) => encoder.encode(frame).length;
