// Emoji to pick from: a few at once, and all of them in a dialog that is loaded when it is first wanted.

export const QUICK = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

/**
 * Have an emoji picked, in a dialog beside `anchor`. Resolves to null if none is.
 *
 * @param {HTMLElement} anchor
 * @returns {Promise<string | null>}
 */
export async function pickEmoji(anchor) {
  const { openPicker } = await import("./emoji-picker.js");
  return openPicker(anchor);
}
