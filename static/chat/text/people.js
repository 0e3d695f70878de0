// How a person is shown wherever a name is: the name, and an avatar with its initials, in one color for a person.

import { paintAvatar, paintName } from "./name-color.js";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const shown = new WeakMap(); // element -> the person that it shows
const colors = new Map(); // name -> color: of verified people, the latest that we know

/**
 * Show a person in the parts `.name` and `.avatar` of an element. `of`: the message of which they are the sender,
 * `mentionedIn`: the one that mentions them.
 *
 * @param {HTMLElement} element
 * @param {import("../../sdk/types.js").Person & { of?: { room: number, seq: number }, mentionedIn?: { room: number, seq: number } }} person
 */
export function showPerson(element, person) {
  const name = element.querySelector(".name");
  const avatar = element.querySelector(".avatar");
  shown.set(element, person);
  element.dataset.person = person.name;
  if (name) name.textContent = person.name;
  // Drawn by the style sheet: not part of the text that is read, found or copied.
  if (avatar) avatar.dataset.initials = initialsOf(person.name);
  paint(element);
}

/** The person that an element shows. @returns {import("../../sdk/types.js").Person | undefined} */
export function personOf(element) {
  return shown.get(element);
}

/** Take a click that chooses a person: the element that shows them. Links with a modifier key are left to the browser. @param {MouseEvent} event */
export function takeChosen(event) {
  const chosen = event.target.closest("button.person, a.person, a.mention");
  const elsewhere = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!chosen || (chosen.matches("a") && elsewhere)) return null;
  event.preventDefault();
  return chosen;
}

/**
 * Show these people in these colors from now on, on the whole page. With `older`, the colors may be from earlier: they
 * count only for people of whom no other is known.
 *
 * @param {Iterable<import("../../sdk/types.js").Person>} people
 * @param {{ older?: boolean }} how
 */
export function learnColors(people, { older = false } = {}) {
  const changed = new Set();
  for (const { name, color, verified } of people) {
    if (!verified || colors.get(name) === color || (older && colors.has(name))) continue;
    if (colors.has(name)) changed.add(name);
    colors.set(name, color);
  }
  if (!changed.size) return;
  for (const element of document.querySelectorAll("[data-person]")) if (changed.has(element.dataset.person)) paint(element);
}

/** Draw the avatars that the server sent: `data-avatar` has the name, `data-color` the color; `data-unverified`: anyone can use it. */
export function drawAvatars(root) {
  for (const { parentElement, dataset } of root.querySelectorAll("[data-avatar]")) {
    showPerson(parentElement, { name: dataset.avatar, color: dataset.color, verified: !("unverified" in dataset) });
  }
}

function paint(element) {
  const { name, color, verified } = shown.get(element) ?? {};
  const current = (verified && colors.get(name)) || color;
  const [label, avatar] = [element.querySelector(".name"), element.querySelector(".avatar")];
  if (label) paintName(label, current);
  if (avatar) paintAvatar(avatar, current);
}

/** The first letters of the first and the last word, or of the only one. Pure. */
export function initialsOf(name) {
  const words = name.split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map(firstLetter).join("").toLocaleUpperCase();
}

/** The first letter or digit of a word; if it has none, what it begins with. */
function firstLetter(word) {
  const characters = [...graphemes.segment(word)].map(({ segment }) => segment);
  return characters.find((character) => /^[\p{L}\p{N}]/u.test(character)) ?? characters[0];
}
