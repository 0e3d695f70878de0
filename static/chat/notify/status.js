// The status of the room's page: the connection, who is typing, why something is not possible, what an action did.

import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { loadDocument } from "../lib/load-document.js";
import { describeFailure } from "../text/refusals.js";

const MOST = 99; // messages, as counted on the button
const SHOWN = 8_000; // milliseconds for which the outcome of an action is shown
const LONG = 20_000; // milliseconds without a connection, after which the page says what may be wrong; and looks again

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
  [303, "signed-out"], // a hello from which the server knows no one
  [104, "token"],
  [119, "left"],
  [401, "token"],
  [402, "token"],
  [403, "token"],
  [202, "name"],
  [204, "other-name"],
  [920, "kicked"],
  [921, "banned"],
  [922, "newcomers"],
]);
const BANNED_FROM_SITE = "banned"; // the reason that the server closes the connection with

let state = "connecting";
let waiting = 0;
let clear = 0;
let worry = 0; // the timer of a lost connection
let trouble = ""; // what may be wrong if it is lost for long, and what the user can do

/** "connecting", "catching-up", "connected", "waiting" or "ended". Only problems are visible. */
export function showState(next) {
  state = next;
  find("state").dataset.state = state;
  if (state === "connected" || state === "ended") {
    clearTimeout(worry);
    worry = 0;
    trouble = "";
  } else {
    worry ||= setTimeout(explain, LONG);
  }
  sayState();
}

async function explain() {
  const timer = worry;
  const found = await findTrouble();
  if (worry !== timer) return; // the connection is back
  trouble = found;
  worry = setTimeout(explain, LONG);
  if (find("state")) sayState();
}

/** What may be wrong, and what the user can do. */
async function findTrouble() {
  if (!navigator.onLine) return gettext("Your device has no network. Check its Wi-Fi or mobile data.");
  const page = await loadDocument(location.pathname).catch(() => null);
  if (!page) return gettext("The server can't be reached. If other sites open, it may be down: keep this page open. If not, check your network.");
  const { me } = document.documentElement.dataset;
  if (page.documentElement.dataset.me !== me) return gettext("You may be signed out. Reload the page to sign in or join again.");
  return gettext("The server answers, but something on the way blocks the chat, such as a proxy without WebSockets. Try another network, or turn off your VPN or proxy.");
}

/** Show the number of messages that wait to be sent. */
export function showUnsentCount(count) {
  waiting = count;
  if (state !== "connected") sayState();
}

function sayState() {
  const parts = [STATES[state]()];
  const waits = ngettext("%(count)s message waiting to be sent", "%(count)s messages waiting to be sent", waiting);
  if (trouble) parts.push(trouble);
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

/** Show on the buttons that lead to the reports how many wait. */
export function showReportCount(count) {
  const words = ngettext("%(count)s report is waiting", "%(count)s reports are waiting", count);
  const shown = count > MOST ? `${MOST}+` : String(count);
  for (const badge of document.querySelectorAll("[data-reports-count]")) {
    const [number, spoken] = [document.createElement("span"), document.createElement("span")];
    number.setAttribute("aria-hidden", "true");
    number.textContent = shown;
    spoken.className = "sr-only";
    spoken.textContent = interpolate(words, { count: shown });
    badge.replaceChildren(number, spoken);
    badge.hidden = !count;
  }
}

/** Why the room has ended, as a reason for `showNotice`. `code` is that of the refusal or of the close. */
export function endReasonOf({ code, reason }) {
  if (code === 4403 && reason === BANNED_FROM_SITE) return "banned-from-site";
  return END_REASONS.get(code) ?? "refused";
}

/**
 * Show why something is not possible: the template of this reason, with `details` if it has a place for them. Null: hide the
 * notice.
 */
export function showNotice(why, details = "") {
  const place = find("notice");
  place.hidden = why === null;
  place.replaceChildren(...(why === null ? [] : [find(`why-${why}`).content.cloneNode(true)]));
  const more = place.querySelector(".details");
  if (more) more.textContent = details;
}

/** Show for a while what an action did, or why it failed. */
export function showOutcome(text) {
  clearTimeout(clear);
  if (!find("outcome")) return; // the page shows no room any more
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
