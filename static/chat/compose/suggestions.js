// Sources of suggestions for the composer: people after "@", emoji after ":".

import { paintName } from "../text/name-color.js";

const MOST = 8;

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** @param {{ members: () => { name: string, color?: string }[], me: () => string }} who */
export function suggestPeople({ members, me }) {
  return {
    pattern: /(?:^|[^\p{L}\p{N}_@])(?<word>@(?<wanted>[^@\n]{0,50}))$/u,
    find: (wanted) => findMatching(members().filter(({ name }) => name !== me()), wanted).map(person),
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

/** Members whose name begins with `wanted`, followed by those with a later word that does. */
function findMatching(members, wanted) {
  const start = plain(wanted);
  const rank = ({ name }) => {
    const whole = plain(name);
    if (whole.startsWith(start)) return 0;
    return whole.includes(` ${start}`) ? 1 : 2;
  };
  return members
    .map((member) => ({ member, at: rank(member) }))
    .filter(({ at }) => at < 2)
    .sort((one, other) => one.at - other.at || one.member.name.localeCompare(other.member.name))
    .slice(0, MOST)
    .map(({ member }) => member);
}

function person({ name, color }) {
  const shown = document.createElement("bdi");
  shown.className = "name";
  shown.textContent = name;
  paintName(shown, color);
  return { insert: `@${name} `, shown };
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
