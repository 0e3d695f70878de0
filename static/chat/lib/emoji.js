// Emoji to pick from: a few at once, and all of them in a dialog that is loaded on demand.

export const QUICK = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

/**
 * Let the user pick an emoji, in a dialog next to `anchor`. Resolves to null if none is picked.
 *
 * @param {HTMLElement} anchor
 * @returns {Promise<string | null>}
 */
export async function pickEmoji(anchor) {
  const { openPicker } = await import("./emoji-picker.js");
  return openPicker(anchor);
}
