// Moderation of a member, from their menu and from the menus of their messages: mute, kick, ban, make a moderator.

import { gettext, interpolate } from "../lib/i18n.js";
import { key } from "../../sdk/names.js";
import { describeFailure } from "../text/refusals.js";

const endOf = (until) => (until ? Date.parse(until) : Infinity);

const MUTES = () => [
  { seconds: 600, label: gettext("Mute for 10 minutes") },
  { seconds: 3600, label: gettext("Mute for 1 hour") },
  { seconds: 86400, label: gettext("Mute for 1 day") },
  { seconds: undefined, label: gettext("Mute until further notice") },
];

export class Moderation {
  #menu;
  #room;
  #isMe;
  #attempt;
  #removal;
  #mutes = new Map(); // key of the name -> { until, reason }
  #onMutes;

  /**
   * `menu` is the popup for further choices, `dialog` the one of `_removal.html`, `room()` the Room, `isMe(name)` tells
   * whether a name is the user's own, and `attempt(act, done)` shows the outcome of an action. `onMutes()` is called
   * when others are muted than before.
   */
  constructor({ menu, dialog, room, isMe, attempt, onMutes }) {
    this.#onMutes = onMutes;
    this.#menu = menu;
    this.#room = room;
    this.#isMe = isMe;
    this.#attempt = attempt;
    this.#removal = new RemovalDialog(dialog, room);
  }

  /**
   * List what the user may do to a member, as choices of a menu. `anchor`: where a further menu opens.
   *
   * @param {{ name: string, verified: boolean, role?: "owner" | "moderator" }} who
   * @returns {import("../lib/popup-menu.js").Choice[]}
   */
  listChoices(who, anchor) {
    const rights = this.#room().info ?? {};
    const label = (words) => interpolate(words, who);
    const mute = this.muteOf(who.name);
    const acts = {
      mute: mute
        ? { label: label(gettext("Unmute %(name)s")), run: () => this.#mute(who.name, { on: false }) }
        : { label: label(gettext("Mute %(name)s…")), run: () => this.#askToMute(who, anchor) },
      kick: { label: label(gettext("Kick %(name)s…")), run: () => this.#removal.askToKick(who) },
      ban: { label: label(gettext("Ban %(name)s…")), grave: true, run: () => this.#removal.askToBan(who) },
      promote: { label: gettext("Make moderator"), run: () => this.#setModerator(who.name, true) },
      demote: { label: gettext("Remove as moderator"), run: () => this.#setModerator(who.name, false) },
    };
    return listMeasures(who, { ...rights, me: this.#isMe(who.name), only: mute?.only }).map((name) => acts[name]);
  }

  /** Learn who is muted. Resolves to false if that failed. */
  async refreshMutes() {
    const mutes = await this.#room().mutes().catch(() => null);
    if (!mutes) return false;
    this.#mutes = new Map(mutes.map(({ name, until, reason, only }) => [key(name), { until, reason, only }]));
    this.#onMutes();
    return true;
  }

  /** Note an event `muted`. It does not tell who can lift the mute, as the list of mutes does. */
  async noteMuted({ name, on, until, reason }) {
    if (on && (await this.refreshMutes())) return;
    if (on) this.#mutes.set(key(name), { until, reason });
    else this.#mutes.delete(key(name));
    this.#onMutes();
  }

  /** The mute of a member; undefined if there is none. @returns {{ until: string | null, reason: string, only?: "owner" | "staff" | null } | undefined} */
  muteOf(name) {
    const mute = this.#mutes.get(key(name));
    return mute && endOf(mute.until) > Date.now() ? mute : undefined;
  }

  /** When the mute of a name ends, in milliseconds; undefined if there is none. */
  muteEnd(name) {
    const mute = this.muteOf(name);
    return mute && endOf(mute.until);
  }

  #askToMute({ name, verified }, anchor) {
    const choices = MUTES().map(({ seconds, label }) => ({ label, run: () => this.#mute(name, { seconds, verified }) }));
    choices.push({ label: gettext("Mute with a reason…"), run: () => this.#removal.askToMute({ name, verified }) });
    this.#menu.show({ anchor, label: name, choices });
  }

  async #mute(name, options) {
    const done = options.on === false ? gettext("%(name)s is no longer muted") : gettext("%(name)s is muted");
    await this.#attempt(() => this.#room().mute(name, options), interpolate(done, { name }));
  }

  async #setModerator(name, on) {
    const done = on ? gettext("%(name)s is now a moderator") : gettext("%(name)s is no longer a moderator");
    await this.#attempt(() => this.#room().setModerator(name, on), interpolate(done, { name }));
  }
}

/**
 * List the measures that the server would allow. Pure. Moderators cannot remove the owner or other moderators; the owner
 * and staff, whose `rights` have `owner`, can remove everyone.
 *
 * @param {{ verified: boolean, role?: "owner" | "moderator" }} who
 * @param {{ moderator?: boolean, owner?: boolean, me: boolean, only?: "owner" | "staff" | null }} rights `only`: who alone can
 *   change the mute of the member
 * @returns {string[]}
 */
export function listMeasures({ verified, role }, { moderator = false, owner = false, me, only = null }) {
  if (!moderator || me) return [];
  const names = owner && verified && role !== "owner";
  const offered = {
    mute: !only && (owner || !role),
    kick: owner || !role,
    promote: names && role !== "moderator",
    demote: names && role === "moderator",
    ban: owner || !role,
  };
  return Object.keys(offered).filter((name) => offered[name]);
}

/** Ask before a kick, a ban, or a mute with a reason. The dialog stays open until the server has done it. */
class RemovalDialog {
  #dialog;
  #form;
  #error;
  #room;
  #remove = null; // what the button does

  constructor(dialog, room) {
    this.#dialog = dialog;
    this.#room = room;
    if (!dialog) return; // as in a direct conversation
    this.#form = dialog.querySelector("form");
    this.#error = dialog.querySelector("[role=alert]");
    dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
    this.#form.addEventListener("submit", (event) => this.#submit(event));
  }

  askToKick({ name, verified }) {
    this.#show({
      title: interpolate(gettext("Kick %(name)s"), { name }),
      consequence: interpolate(gettext("%(name)s is removed from the room, and can come back after a few seconds."), { name }),
      button: gettext("Kick"),
      remove: ({ reason }) => this.#room().kick(name, { reason, verified }),
    });
  }

  askToBan({ name, verified }) {
    this.#show({
      title: interpolate(gettext("Ban %(name)s"), { name }),
      consequence: interpolate(gettext("%(name)s is removed from the room, and can't come back until the ban ends or is lifted."), { name }),
      button: gettext("Ban"),
      timed: true,
      ban: true,
      remove: (options) => this.#room().ban({ name }, { ...options, verified }),
    });
  }

  askToMute({ name, verified }) {
    this.#show({
      title: interpolate(gettext("Mute %(name)s"), { name }),
      consequence: interpolate(gettext("%(name)s stays in the room, and can't post until the mute ends or is lifted."), { name }),
      button: gettext("Mute"),
      timed: true,
      remove: ({ seconds, reason }) => this.#room().mute(name, { seconds, reason, verified }),
    });
  }

  /** `timed`: it is for some time; `ban`: it has a note and can cover addresses. `remove(options)` does it. */
  #show({ title, consequence, button, timed = false, ban = false, remove }) {
    this.#form.reset();
    this.#error.textContent = "";
    this.#dialog.querySelector("h2").textContent = title;
    this.#dialog.querySelector(".consequence").textContent = consequence;
    this.#dialog.querySelector("[type=submit]").textContent = button;
    for (const element of this.#dialog.querySelectorAll("[data-timed]")) element.hidden = !timed;
    for (const element of this.#dialog.querySelectorAll("[data-ban]")) element.hidden = !ban;
    this.#remove = remove;
    this.#busy = false;
    this.#dialog.showModal();
  }

  async #submit(event) {
    event.preventDefault();
    const remove = this.#remove;
    const { seconds, reason, note, address } = this.#form.elements;
    const options = {
      seconds: Number(seconds.value) || undefined,
      address: address.checked || undefined,
      reason: reason.value.trim() || undefined,
      note: note.value.trim() || undefined,
    };
    this.#busy = true;
    try {
      await remove(options);
      if (this.#remove === remove) this.#dialog.close();
    } catch (error) {
      if (this.#remove === remove) this.#error.textContent = describeFailure(error);
    } finally {
      if (this.#remove === remove) this.#busy = false;
    }
  }

  set #busy(busy) {
    this.#dialog.querySelector("[type=submit]").disabled = busy;
  }
}
