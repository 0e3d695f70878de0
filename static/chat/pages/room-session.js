// A page whose sign-in is over. With a new password, say, the browser has got another one of the same person, and the
// page goes on with that. Its answer may still be on the way to the tab in which that was done.

import { loadDocument } from "../lib/load-document.js";

const LOOKS = [500, 1_500, 4_000]; // milliseconds before each look

/** Load the page anew as soon as it would be the same one, of the same person. Else it stays as it is. */
export async function comeAgain() {
  const { me } = document.documentElement.dataset;
  for (const pause of LOOKS) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const page = await loadDocument(location.pathname).catch(() => null);
    if (page?.getElementById("chat") && page.documentElement.dataset.me === me) {
      location.reload();
      return;
    }
  }
}
