// What is said about the room: the connection, who is writing, why something is not possible.

import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { describeFailure } from "../text/refusals.js";

const MOST = 99; // messages are counted on a button
const SHOWN = 8_000; // milliseconds for which something that was done is said

const find = (id) => document.getElementById(id);

const STATES = {
  connecting: () => gettext("Connecting …"),
  "catching-up": () => gettext("Catching up …"),
  connected: () => gettext("Connected."),
  waiting: () => gettext("Offline, trying again …"),
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

/** "connecting", "catching-up", "connected", "waiting" or "ended". Only what is not as it should be is to be seen. */
export function showState(next) {
  state = next;
  find("state").dataset.state = state;
  sayState();
}

/** How many things wait to be sent. */
export function showUnsentCount(count) {
  waiting = count;
  if (state !== "connected") sayState();
}

function sayState() {
  const parts = [STATES[state]()];
  const waits = ngettext("%(count)s message waits to be sent.", "%(count)s messages wait to be sent.", waiting);
  if (waiting && state !== "connected" && state !== "ended") parts.push(interpolate(waits, { count: waiting }));
  const text = parts.join(" ");
  if (find("state").textContent !== text) find("state").textContent = text;
}

/** @param {{ name: string }[]} writing */
export function showTyping(writing) {
  const [one, other] = writing.map(({ name }) => name);
  const words = {
    0: "",
    1: gettext("%(one)s is typing …"),
    2: gettext("%(one)s and %(other)s are typing …"),
  };
  find("typing").textContent = interpolate(words[writing.length] ?? gettext("Several people are typing …"), { one, other });
}

/** On the button that leads back to the end stands how many messages are unread. */
export function showJumpButton(button, away, count) {
  button.hidden = !away;
  button.classList.toggle("quiet", count === 0);
  const words = ngettext("%(count)s new message", "%(count)s new messages", count);
  const number = count > MOST ? `${MOST}+` : count;
  const text = count ? interpolate(words, { count: number }) : gettext("To the latest messages");
  if (button.firstElementChild.textContent !== text) button.firstElementChild.textContent = text;
}

/** Why the room is over, as a reason for `notice`. @param {number} code of the refusal or of the close */
export const endReasonOf = (code) => END_REASONS.get(code) ?? "refused";

/** Say why something is not possible for now or any more, in the words of the template of this name; null: it is. */
export function showNotice(why) {
  const place = find("notice");
  place.hidden = why === null;
  place.replaceChildren(...(why === null ? [] : [find(`why-${why}`).content.cloneNode(true)]));
}

/** Say what was done, or why it was not, for a while. */
export function showOutcome(text) {
  clearTimeout(clear);
  find("outcome").textContent = text;
  if (text) clear = setTimeout(() => showOutcome(""), SHOWN);
}

/** Do something that may be refused, and say what came of it. `done`: what to say if it was done. */
export async function attempt(act, done) {
  try {
    await act();
    if (done) showOutcome(done);
  } catch (error) {
    showOutcome(describeFailure(error));
  }
}
