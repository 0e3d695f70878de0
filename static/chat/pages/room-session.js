// Staying in the room as long as its page is open: a fresh room token from time to time, and the page again after a new
// sign-in.

import { loadDocument } from "../lib/load-document.js";

const MOST_DELAY = 2 ** 31 - 1; // what a timer takes, in milliseconds
const RELOAD_DELAYS = [500, 1_500, 4_000]; // milliseconds before each try

/**
 * Renew the room token again and again, as the page says. It ends after a while, and a lost connection would
 * cost the password again.
 */
export function keepRenewingToken(room, { renew, renewAfter }) {
  const milliseconds = Math.min(Number(renewAfter) * 1000, MOST_DELAY);
  if (milliseconds) setInterval(() => renewToken(room, renew), milliseconds);
}

async function renewToken(room, url) {
  const csrf = document.querySelector("[name=csrfmiddlewaretoken]").value;
  try {
    const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf } });
    if (answer.ok) room.token = (await answer.json()).token;
  } catch {
    // Offline. The present token is good for a while, and then the page says what to do.
  }
}

/**
 * After the sign-in of this page is over, reload it as soon as that would show the same page to the same participant;
 * otherwise it stays as it is. With a new password, for example, the browser has another session of the same
 * account, but the answer may still be on the way to the tab where the password was changed.
 */
export async function reloadAfterSignIn() {
  const { me } = document.documentElement.dataset;
  for (const delay of RELOAD_DELAYS) {
    await new Promise((resolve) => setTimeout(resolve, delay));
    const page = await loadDocument(location.pathname).catch(() => null);
    if (page?.getElementById("chat") && page.documentElement.dataset.me === me) {
      location.reload();
      return;
    }
  }
}
