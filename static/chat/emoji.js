// Emoji to react with.

export const QUICK = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

/** @returns {Promise<string | null>} */
export async function pickEmoji() {
  return null;
}
