// Blocking a person, from their card: after a question, because it changes what both can do.

import { askInDialog } from "../lib/ask-in-dialog.js";
import { gettext, interpolate } from "../lib/i18n.js";

/**
 * Block a person, if the user still wants that, or unblock them.
 *
 * @param {{ name: string, participant: number, on: boolean }} person
 * @param {{ client: import("../../sdk/client.js").Client, dialog: HTMLDialogElement,
 *   attempt: (act: () => Promise<unknown>, done: string) => Promise<void> }} page `attempt` shows the outcome
 */
export async function blockPerson({ name, participant, on }, { client, dialog, attempt }) {
  const words = gettext("Block %(name)s? Neither of you can send direct messages to the other. Their mentions no longer notify you, and their messages in rooms are hidden until you show them. They are not told.");
  if (on && !(await askInDialog(dialog, { question: interpolate(words, { name }), yes: gettext("Block") }))) return;
  const done = on ? gettext("%(name)s is blocked") : gettext("%(name)s is no longer blocked");
  await attempt(() => client.block(participant, on), interpolate(done, { name }));
}
