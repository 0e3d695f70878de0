// Bulk deletion of a sender's messages: asks first, then shows the progress of each in the room, with a button to stop it.

import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { describeFailure } from "../text/refusals.js";

const LOOK_AGAIN = 1_000; // milliseconds

export class BulkDeletion {
  #dialog;
  #bar;
  #room;
  #say;
  #underWay = new Set(); // ids
  #watching = false;

  /**
   * `dialog` has `.question`, `.unowned` and a form; `bar` shows the progress. `room()` is the Room, `say(text)` shows an
   * outcome.
   */
  constructor({ dialog, bar, room, say }) {
    this.#dialog = dialog;
    this.#bar = bar;
    this.#room = room;
    this.#say = say;
    bar.querySelector("button").addEventListener("click", () => this.#stop());
  }

  /** Ask which messages to delete, delete them, and show the progress. @param {import("../../sdk/types.js").Message} message */
  async ask({ seq, sender }) {
    const since = await this.#question(sender);
    if (!since) return;
    try {
      this.#underWay.add((await this.#room().deleteAll({ target: seq }, { since })).id);
    } catch (error) {
      this.#say(describeFailure(error));
      return;
    }
    await this.watch();
  }

  /** Show the progress of all that is under way, whoever began it, until nothing is. */
  async watch() {
    if (this.#watching) return;
    this.#watching = true;
    try {
      while (this.#show(await this.#room().deletions())) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
    } catch (error) {
      if (this.#underWay.size) this.#say(describeFailure(error));
    } finally {
      this.#watching = false;
      this.#bar.hidden = true;
    }
  }

  /** Resolves to the chosen time span; "" if the user cancels. */
  #question({ name, verified }) {
    const dialog = this.#dialog;
    dialog.querySelector(".question").textContent = interpolate(gettext("Delete all messages from %(name)s?"), { name });
    dialog.querySelector(".unowned").hidden = verified;
    dialog.querySelector("form").reset();
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) =>
      dialog.addEventListener(
        "close",
        () => resolve(dialog.returnValue === "yes" ? dialog.querySelector("[name=since]:checked").value : ""),
        { once: true },
      ),
    );
  }

  /** Show the first of these that is under way, and say what became of those that were. Returns whether one is. */
  #show(deletions) {
    const now = deletions.findLast(({ state }) => state === "deleting");
    for (const each of deletions) {
      if (each.state === "deleting") this.#underWay.add(each.id);
      else if (this.#underWay.delete(each.id)) this.#say(describeEnd(each));
    }
    this.#bar.hidden = !now;
    if (now) this.#draw(now);
    return Boolean(now);
  }

  #draw(now) {
    const progress = this.#bar.querySelector("progress");
    const text = describeProgress(now);
    this.#bar.querySelector(".far").textContent = text;
    this.#bar.dataset.id = now.id;
    progress.setAttribute("aria-label", text);
    progress.max = now.total ?? 1;
    if (now.total === null) progress.removeAttribute("value");
    else progress.value = now.deleted;
  }

  async #stop() {
    const button = this.#bar.querySelector("button");
    button.disabled = true;
    try {
      const stopped = await this.#room().stopDeletion(Number(this.#bar.dataset.id));
      this.#underWay.delete(stopped.id);
      this.#bar.hidden = true; // until the next look, if there are more
      this.#say(describeEnd(stopped));
    } catch (error) {
      this.#say(describeFailure(error));
    } finally {
      button.disabled = false;
    }
  }
}

function describeProgress({ name, deleted, total }) {
  const words =
    total === null ? gettext("Deleting messages from %(name)s: %(deleted)s") : gettext("Deleting messages from %(name)s: %(deleted)s of %(total)s");
  return interpolate(words, { name, deleted, total });
}

function describeEnd({ name, deleted, state, refusal }) {
  if (state === "refused") return describeFailure(new Error(refusal));
  const words =
    state === "stopped"
      ? ngettext("Stopped after deleting %(deleted)s message from %(name)s", "Stopped after deleting %(deleted)s messages from %(name)s", deleted)
      : ngettext("%(deleted)s message from %(name)s deleted", "%(deleted)s messages from %(name)s deleted", deleted);
  return interpolate(words, { name, deleted });
}
