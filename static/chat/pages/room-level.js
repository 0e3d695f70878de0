// What calls the user in the room of the page: all messages, mentions or nothing, for a time or until they change it.

import { gettext, interpolate } from "../lib/i18n.js";
import { formatMoment } from "../text/dates.js";

const LONGEST_TIMER = 2 ** 31 - 1; // milliseconds

/**
 * @param {HTMLFormElement} form with `data-level` and `data-until`
 * @param {{ set: (level: string, seconds?: number) => Promise<boolean>, onChange: (level: string) => void, signal: AbortSignal }} parts
 *   `set` resolves to whether the server has it. `onChange` is called with the level of the start and with each other one
 * @returns {(change: { level: string, level_until: string | null }) => void} shows what was set in another browser
 */
export function openLevelForm(form, { set, onChange, signal }) {
  const what = form.querySelector("#level-what");
  const time = form.querySelector("#level-seconds");
  const note = form.querySelector(".until");
  let timer = 0;
  let turn = 0; // of the latest choice: answers to earlier ones come too late

  function show(level, until) {
    clearTimeout(timer);
    form.dataset.level = what.value = level;
    for (const element of form.querySelectorAll(".for-a-time")) element.hidden = level === "all";
    note.hidden = !until;
    note.textContent = until ? interpolate(gettext("Until %(time)s"), { time: formatMoment(until) }) : "";
    if (until) timer = setTimeout(() => show("all", null), Math.min(until - Date.now(), LONGEST_TIMER));
    onChange(level);
  }

  async function change() {
    const [level, mine] = [what.value, (turn += 1)];
    if (level === "all") time.value = "0";
    const seconds = Number(time.value);
    const done = await set(level, seconds || undefined);
    if (signal.aborted || mine !== turn) return;
    if (done) show(level, seconds ? new Date(Date.now() + 1000 * seconds) : null);
    else what.value = form.dataset.level;
  }

  form.addEventListener("change", change);
  form.addEventListener("submit", (event) => event.preventDefault());
  signal.addEventListener("abort", () => clearTimeout(timer));
  const { level, until } = form.dataset;
  show(level, until ? new Date(until) : null);
  return (change) => show(change.level, change.level_until && new Date(change.level_until));
}
