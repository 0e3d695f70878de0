// The status of the room's page: the connection, who is typing, why something is not possible, what an action did.

import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { describeFailure } from "../text/refusals.js";

const MOST = 99; // messages, as counted on the button
const SHOWN = 8_000; // milliseconds for which the outcome of an action is shown

const find = (id) => document.getElementById(id);

const STATES = {
  connecting: () => gettext("Connecting…"),
  "catching-up": () => gettext("Catching up…"),
  connected: () => gettext("Connected."),
  waiting: () => gettext("Offline. Trying again…"),
  ended: () => gettext("Not connected."),
};

// Which template says why the room is over, by the code of the refusal or of the close.
const END_REASONS = new Map([
  [101, "deleted"],
  [4404, "deleted"],
  [4403, "signed-out"],
  [104, "token"],
  [401, "token"],
  [402, "token"],
  [403, "token"],
  [202, "name"],
  [204, "other-name"],
]);

let state = "connecting";
let waiting = 0;
let clear = 0;

/** "connecting", "catching-up", "connected", "waiting" or "ended". Only problems are visible. */
export function showState(next) {
  state = next;
  find("state").dataset.state = state;
  sayState();
}

/** Show the number of messages that wait to be sent. */
export function showUnsentCount(count) {
  waiting = count;
  if (state !== "connected") sayState();
}

function sayState() {
  const parts = [STATES[state]()];
  const waits = ngettext("%(count)s message waiting to be sent", "%(count)s messages waiting to be sent", waiting);
  if (waiting && state !== "connected" && state !== "ended") parts.push(interpolate(waits, { count: waiting }));
  const text = parts.join(" ");
  if (find("state").textContent !== text) find("state").textContent = text;
}

/** @param {{ name: string }[]} writing */
export function showTyping(writing) {
  const [one, other] = writing.map(({ name }) => name);
  const words = {
    0: "",
    1: gettext("%(one)s is typing…"),
    2: gettext("%(one)s and %(other)s are typing…"),
  };
  find("typing").textContent = interpolate(words[writing.length] ?? gettext("Several people are typing…"), { one, other });
}

/** Show the button that leads to the end, with the number of unread messages. */
export function showJumpButton(button, away, count) {
  button.hidden = !away;
  button.classList.toggle("quiet", count === 0);
  const words = ngettext("%(count)s new message", "%(count)s new messages", count);
  const number = count > MOST ? `${MOST}+` : count;
  const text = count ? interpolate(words, { count: number }) : gettext("Go to latest messages");
  if (button.firstElementChild.textContent !== text) button.firstElementChild.textContent = text;
}

/** Why the room is over, as a reason for `notice`. @param {number} code of the refusal or of the close */
export const endReasonOf = (code) => END_REASONS.get(code) ?? "refused";

/** Show why something is not possible now or any more: the template of this reason. Null: hide the notice. */
export function showNotice(why) {
  const place = find("notice");
  place.hidden = why === null;
  place.replaceChildren(...(why === null ? [] : [find(`why-${why}`).content.cloneNode(true)]));
}

/** Show for a while what an action did, or why it failed. */
export function showOutcome(text) {
  clearTimeout(clear);
  find("outcome").textContent = text;
  if (text) clear = setTimeout(() => showOutcome(""), SHOWN);
}

/** Try an action that may be refused, and show the outcome. `done`: what to show when it succeeds. */
export async function attempt(act, done) {
  try {
    await act();
    if (done) showOutcome(done);
  } catch (error) {
    showOutcome(describeFailure(error));
  }
}
