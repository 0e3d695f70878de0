// The emoji: their names, groups and skin tones, and which ones the user picks most. Loaded on demand.

let database = null;

/** @typedef {{ emoji: string, name: string, base: string }} Emoji `base`: without a skin tone */

/** The groups, in their order; the third of Unicode's has only parts of others. */
export const GROUPS = [0, 1, 3, 4, 5, 6, 7, 8, 9];

/** Find the emoji with all these words in their names or tags, those with matching names first. */
export async function searchEmoji(words) {
  const found = await list((all) => all.getEmojiBySearchQuery(words));
  const called = ({ name }) => ` ${name.toLowerCase()}`.includes(` ${words.toLowerCase()}`);
  return [...found.filter(called), ...found.filter((emoji) => !called(emoji))];
}

export const loadGroup = (group) => list((all) => all.getEmojiByGroup(group));
export const loadFavorites = (most) => list((all) => all.getTopFavoriteEmoji(most));

/** The user's skin tone: 0 (yellow) to 5. */
export const loadTone = async () => (await open()).getPreferredSkinTone();
export const saveTone = async (chosen) => (await open()).setPreferredSkinTone(chosen);

/** Count a use, for the favorites. @param {string} base */
export const countUse = async (base) => (await open()).incrementFavoriteEmojiCount(base);

/** Rejects if the data cannot be loaded; the next call tries again. */
async function open() {
  database ??= load();
  try {
    return await database;
  } catch (error) {
    database = null;
    throw error;
  }
}

async function load() {
  const { default: Database } = await import("../../vendor/emoji/database.js");
  // The name of the file has a hash, which the template knows.
  const opened = new Database({ dataSource: document.getElementById("emoji-picker").dataset.source });
  await opened.ready();
  opened._lazyUpdate?.catch(() => {}); // offline: the data from before will do
  return opened;
}

async function list(ask) {
  const all = await open();
  const [found, chosen] = await Promise.all([ask(all), all.getPreferredSkinTone()]);
  return found.map(({ unicode, annotation, skins }) => ({
    emoji: skins?.find(({ tone: has }) => has === chosen)?.unicode ?? unicode,
    name: annotation,
    base: unicode,
  }));
}
