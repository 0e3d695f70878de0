// The people who have joined a room and are not in it now: the server tells (chat/web/switcher.py).

import { rootOfSite } from "./addresses.js";
import { loadDocument } from "./load-document.js";

/**
 * Load those with a word of their name that begins with `q`; without it, all but those who run the room, a page of them after
 * the name `after`. `more`: how many follow.
 *
 * @param {{ room: string, q?: string, after?: string }} asked
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ people: import("../../sdk/types.js").Person[], more: number }>}
 */
export async function loadAway(asked, signal) {
  const found = await loadDocument(`${rootOfSite()}names?${new URLSearchParams(asked)}`, signal);
  const { children, dataset } = found.getElementById("names");
  const people = [...children].map(({ dataset: { name, color } }) => ({ name, color, verified: true }));
  return { people, more: Number(dataset.more ?? 0) };
}
