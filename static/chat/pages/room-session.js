// Staying in the room and leaving it: the page again after a new sign-in, and a question before the user leaves for good.

import { askInDialog } from "../lib/ask-in-dialog.js";
import { gettext } from "../lib/i18n.js";
import { loadDocument } from "../lib/load-document.js";

const RELOAD_DELAYS = [500, 1_500, 4_000]; // milliseconds before each try

/**
 * After the sign-in of this page is over, reload it as soon as that would show the same page to the same participant;
 * otherwise it stays as it is. With a new password, for example, the browser has another session of the same
 * account, but the answer may still be on the way to the tab where the password was changed.
 */
export async function reloadAfterSignIn(signal) {
  const { me } = document.documentElement.dataset;
  for (const delay of RELOAD_DELAYS) {
    await new Promise((resolve) => setTimeout(resolve, delay));
    const page = await loadDocument(location.pathname).catch(() => null);
    if (signal.aborted) return;
    if (page?.getElementById("chat") && page.documentElement.dataset.me === me) {
      location.reload();
      return;
    }
  }
}

/**
 * `form` posts to leave; there is none in a conversation. `onLeave` is called before.
 *
 * @param {{ form: HTMLFormElement | null, dialog: HTMLDialogElement, onLeave: () => void }} parts
 */
export function askBeforeLeaving({ form, dialog, onLeave }) {
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const question = gettext("Leave this room? It is removed from your rooms, in every browser.");
    if (!(await askInDialog(dialog, { question, yes: gettext("Leave room") }))) return;
    onLeave();
    form.submit();
  });
}
