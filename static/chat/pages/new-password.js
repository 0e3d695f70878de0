// Pages with a field for a new password: a hint how strong it is. The server decides what is accepted.

import { gettext } from "../lib/i18n.js";

const PAUSE = 400; // milliseconds: screen readers announce it when typing stops, not at each key

// What attackers try first counts as one character, wherever it is.
const FAMOUS = /pass?w[o0]r[dt]|qwert[yz]\w*|azerty|asdf\w*|letmein|welcome|willkommen|admin|iloveyou|abc123/g;
const KINDS = [
  [/\p{Ll}/u, 26],
  [/\p{Lu}/u, 26],
  [/\d/, 10],
  [/[^\p{L}\d]/u, 33],
];
const ENOUGH = [30, 42, 60]; // bits, for each level above 1

/**
 * Rate a password from 0, too short, to 4.
 *
 * @param {string} password
 * @param {number} least
 */
export function rateStrength(password, least) {
  const letters = [...password];
  if (letters.length < least) return 0;
  const kinds = KINDS.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 0);
  const bits = [...password.toLowerCase().replace(FAMOUS, "*")].filter(isNew).length * Math.log2(kinds || 100);
  return 1 + ENOUGH.filter((enough) => bits >= enough).length;
}

/** Whether a character is neither a repetition of the one before it nor the next in a sequence: aaa, 123, cba. */
function isNew(letter, place, letters) {
  const step = place && letter.codePointAt(0) - letters[place - 1].codePointAt(0);
  return !place || Math.abs(step) > 1;
}

function words(level) {
  return [
    gettext("Too short"),
    gettext("Very easy to guess"),
    gettext("Easy to guess"),
    gettext("Good"),
    gettext("Very good"),
  ][level];
}

/** @param {HTMLElement} hint with `data-strength`, the id of the field */
export function open(hint) {
  const input = document.getElementById(hint.dataset.strength);
  const meter = hint.querySelector("meter");
  const text = hint.querySelector("[role=status]");
  const least = input.minLength > 0 ? input.minLength : 8;
  let pause = 0;
  input.addEventListener("input", () => {
    const level = rateStrength(input.value, least);
    meter.value = level;
    hint.classList.toggle("idle", !input.value);
    clearTimeout(pause);
    pause = setTimeout(() => (text.textContent = input.value ? words(level) : ""), PAUSE);
  });
  hint.hidden = false;
}
