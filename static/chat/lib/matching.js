// How well a name fits what was typed: for the lists from which people choose while they type. Pure.

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * The items whose names have `wanted` at the beginning, followed by those that have it at the beginning of a later word,
 * each in their order. With `anywhere`, those that have it inside a word come last. Case and accents do not count.
 *
 * @template T
 * @param {T[]} items
 * @param {string} wanted
 * @param {{ nameOf: (item: T) => string, anywhere?: boolean }} how
 * @returns {T[]}
 */
export function findMatching(items, wanted, { nameOf, anywhere = false }) {
  const start = plain(wanted);
  const ranks = Map.groupBy(items, (item) => {
    const name = plain(nameOf(item));
    if (name.startsWith(start)) return 0;
    if (name.includes(` ${start}`)) return 1;
    return anywhere && name.includes(start) ? 2 : 3;
  });
  return [0, 1, 2].flatMap((rank) => ranks.get(rank) ?? []);
}
