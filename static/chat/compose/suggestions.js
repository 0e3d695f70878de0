// Sources of suggestions for the composer: members after "@", emoji after ":".

import { findMatching } from "../lib/matching.js";
import { showPerson } from "../text/people.js";

const MOST = 8;
const TYPING = 150; // milliseconds without a key, after which the server is asked

/**
 * Members, and below them those `absent(wanted)` finds: people who can be mentioned and are not here now.
 *
 * @param {{ members: () => Named[], absent?: (wanted: string) => Promise<Named[]>, me: () => string }} who
 * @typedef {{ name: string, color?: string }} Named
 */
export function suggestPeople({ members, absent, me }) {
  let turn = 0; // of the latest word: what is asked for earlier ones is dropped before it is sent
  const match = (people, wanted) => {
    const others = people.filter(({ name }) => name !== me());
    others.sort((one, other) => one.name.localeCompare(other.name));
    return findMatching(others, wanted, { nameOf: ({ name }) => name }).slice(0, MOST);
  };
  return {
    pattern: /(?:^|[^\p{L}\p{N}_@])(?<word>@(?<wanted>[^@\n]{0,50}))$/u,
    find: (wanted) => match(members(), wanted).map(person),
    more: async (wanted) => {
      const mine = (turn += 1);
      const here = match(members(), wanted).map(({ name }) => name);
      if (!absent || !wanted.trim() || here.length === MOST) return [];
      await new Promise((resolve) => setTimeout(resolve, TYPING));
      if (mine !== turn) return [];
      const found = match(await absent(wanted).catch(() => []), wanted);
      const others = found.filter(({ name }) => !here.includes(name));
      return others.slice(0, MOST - here.length).map(person);
    },
  };
}

export const suggestEmoji = {
  pattern: /(?:^|[\s(])(?<word>:(?<wanted>[\p{L}\d_+-]{2,30}))$/u,
  async find(wanted) {
    try {
      const { searchEmoji } = await import("../lib/emoji-data.js"); // loaded on demand, as few people need it
      return (await searchEmoji(wanted.replaceAll("_", " "))).slice(0, MOST).map(face);
    } catch {
      return []; // they could not be loaded
    }
  },
};

function person(who) {
  const [shown, avatar, name] = [document.createElement("span"), document.createElement("span"), document.createElement("bdi")];
  shown.className = "suggested";
  avatar.className = "avatar";
  avatar.setAttribute("aria-hidden", "true");
  name.className = "name";
  shown.append(avatar, name);
  showPerson(shown, who);
  return { insert: `@${who.name} `, shown };
}

function face({ emoji: character, name }) {
  const shown = document.createElement("span");
  const picture = document.createElement("span");
  picture.className = "face";
  picture.setAttribute("aria-hidden", "true");
  picture.textContent = character;
  shown.append(picture, ` ${name}`);
  return { insert: `${character} `, shown };
}
