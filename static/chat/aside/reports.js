// The panel of reports: those of the room, which moderators decide by button or key, and the user's own.

import { formatBriefly, formatFullTime } from "../text/dates.js";
import { gettext, interpolate } from "../lib/i18n.js";
import "../text/formatting.js"; // excerpts are made at once
import { makeExcerpt } from "../text/message-text.js";
import { describeFailure } from "../text/refusals.js";
import { showPerson } from "../text/people.js";
import { describeOutcome, nameReason } from "../text/reports.js";

const LENGTH = 280; // characters shown of each message
const DAY = 24 * 3600;
const CONFLICT = 914;

// `held`: of held messages; `both`: of held messages, too.
const DEEDS = () => [
  { deed: "approve", key: "a", label: gettext("Approve"), held: true },
  { deed: "reject", key: "r", label: gettext("Reject"), held: true },
  { deed: "nothing", key: "n", label: gettext("Nothing to do") },
  { deed: "delete", key: "d", label: gettext("Delete") },
  { deed: "mute", key: "m", label: gettext("Mute…"), timed: true, both: true },
  { deed: "kick", key: "k", label: gettext("Kick"), both: true },
  { deed: "ban", key: "b", label: gettext("Ban…"), timed: true, both: true },
  { deed: "done", key: "e", label: gettext("Dealt with in another way") },
];
const TIMES = () => [
  { seconds: 3600, label: gettext("For 1 hour") },
  { seconds: DAY, label: gettext("For 1 day") },
  { seconds: 7 * DAY, label: gettext("For 1 week") },
  { seconds: undefined, label: gettext("Until further notice") },
];

export class Reports {
  #element;
  #list;
  #status;
  #more;
  #template;
  #menu;
  #room;
  #isMe;
  #load;
  #claim;
  #decide;
  #onJump;
  #view = "";
  #shown = new Map(); // id -> report
  #turn = 0;

  /**
   * `element` is the section of the panel. `room()` is `{ id, moderator }`, `isMe(name)` tells whether a name is the user's own. `load(asked)` resolves to a page of
   * reports; `claim(id, on, options)` and `decide(id, decision, options)` resolve when the server has done it. `onJump(seq)` goes to a
   * message.
   */
  constructor({ element, template, menu, room, isMe, load, claim, decide, onJump }) {
    this.#element = element;
    this.#list = element.querySelector("ol");
    this.#status = element.querySelector("[role=status]");
    this.#more = element.querySelector("[data-more]");
    this.#template = template;
    this.#menu = menu;
    this.#room = room;
    this.#isMe = isMe;
    this.#load = load;
    this.#claim = claim;
    this.#decide = decide;
    this.#onJump = onJump;
    this.#list.addEventListener("click", ({ target }) => this.#click(target.closest("button")));
    this.#list.addEventListener("keydown", (event) => this.#press(event));
    this.#more.addEventListener("click", () => this.#read([...this.#shown.keys()].at(-1)));
    for (const tab of this.#tabs) tab.addEventListener("click", () => this.show(tab.dataset.view));
  }

  /** Load and show the reports of this view: "waiting", "done" or "mine". */
  show(view = this.#view || "waiting") {
    const { moderator } = this.#room();
    this.#view = moderator ? view : "mine";
    this.#element.querySelector(".tabs").hidden = !moderator;
    for (const tab of this.#tabs) tab.setAttribute("aria-pressed", String(tab.dataset.view === this.#view));
    this.#shown.clear();
    this.#list.replaceChildren();
    this.#more.hidden = true;
    return this.#read();
  }

  get #tabs() {
    return [...this.#element.querySelectorAll("[data-view]")];
  }

  async #read(before) {
    const turn = (this.#turn += 1);
    const which = this.#view === "mine" ? { mine: true } : { room: this.#room().id, done: this.#view === "done" };
    try {
      const { reports, more } = await this.#load({ ...which, before });
      if (turn !== this.#turn) return;
      for (const report of reports) this.#shown.set(report.id, report);
      this.#list.append(...reports.map((report) => this.#draw(report)));
      this.#more.hidden = !more;
      this.#sayEmpty();
    } catch (error) {
      if (turn === this.#turn) this.#status.textContent = describeFailure(error);
    }
  }

  #sayEmpty() {
    const empty = { waiting: gettext("No reports are waiting."), done: gettext("No reports yet."), mine: gettext("You haven't reported anything.") };
    this.#status.textContent = this.#shown.size ? "" : empty[this.#view];
  }

  #draw(report) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    const fill = (name, text) => {
      const place = element.querySelector(name);
      place.textContent = text;
      place.hidden = !text;
    };
    const mine = this.#view === "mine";
    const time = element.querySelector("time");
    const about = report.by ? report.messages.find(({ seq }) => seq === report.target) : report.messages[0];
    const who = mine ? gettext("About %(about)s in %(place)s") : gettext("About %(about)s, reported by %(by)s");
    const place = report.title || gettext("a direct conversation");
    element.dataset.id = report.id;
    time.dateTime = report.at;
    time.textContent = formatBriefly(new Date(report.at));
    time.title = formatFullTime(new Date(report.at));
    fill(".reason", nameReason(report));
    fill(".who", interpolate(report.by ? who : gettext("From %(about)s"), { ...report, place }));
    showPerson(element.querySelector(".about-person"), { name: report.about, color: "", verified: false });
    fill(".reported", makeExcerpt(about?.text ?? "", LENGTH, { whole: true }));
    fill(".note", report.note);
    fill(".state", mine ? describeOutcome(report) : this.#describeState(report));
    element.querySelector(".deeds").append(...this.#buttons(report));
    element.setAttribute("aria-label", `${nameReason(report)}: ${report.about}`);
    return element;
  }

  #describeState({ state, handler, ...report }) {
    if (state === "claimed") return interpolate(gettext("Claimed by %(handler)s"), { handler });
    if (state === "done") return [describeOutcome({ state, ...report }), handler && `(${handler})`].filter(Boolean).join(" ");
    return "";
  }

  #buttons(report) {
    const buttons = [];
    if (report.target !== null && report.room === this.#room().id) {
      buttons.push(makeButton({ deed: "jump", key: "g", label: gettext("Go to message") }));
    }
    if (this.#view !== "waiting") return buttons;
    const claim = this.#isMine(report)
      ? { deed: "release", key: "c", label: gettext("Release") }
      : { deed: "claim", key: "c", label: report.state === "claimed" ? gettext("Take over") : gettext("Claim") };
    const deeds = DEEDS().filter((each) => fits(each, report));
    return [...buttons, ...[claim, ...deeds].map(makeButton)];
  }

  #isMine({ state, handler }) {
    return state === "claimed" && this.#isMe(handler);
  }

  #click(button) {
    const element = button?.closest("li");
    if (element) this.#do(element, button.dataset.deed, button);
  }

  #press(event) {
    const element = event.target.closest("li");
    if (!element || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = event.key === "ArrowDown" ? element.nextElementSibling : element.previousElementSibling;
      next?.focus();
    } else {
      const button = element.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key.toLowerCase())}"]`);
      if (!button) return;
      this.#do(element, button.dataset.deed, button);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #do(element, deed, button) {
    const report = this.#shown.get(Number(element.dataset.id));
    if (deed === "jump") this.#onJump(report.target);
    else if (deed === "claim" || deed === "release") this.#try(element, () => this.#claim(report.id, deed === "claim", { handler: report.handler }));
    else if (DEEDS().find((each) => each.deed === deed).timed) this.#askForHowLong(element, report, deed, button);
    else this.#end(element, report, deed);
  }

  #askForHowLong(element, report, deed, anchor) {
    const choices = TIMES().map(({ label, seconds }) => ({ label, run: () => this.#end(element, report, deed, { seconds }) }));
    this.#menu.show({ anchor, label: anchor.textContent, choices });
  }

  #end(element, report, deed, options) {
    return this.#try(element, () => this.#decide(report.id, deed, options));
  }

  /**
   * Do it, and reload the list: a decision ends all reports of the same message. The focus stays at the same place, unless the
   * user has gone elsewhere meanwhile: keys that they type there would decide the next report.
   */
  async #try(element, act) {
    const place = [...this.#list.children].indexOf(element);
    const isHere = () => this.#list.contains(document.activeElement) || document.activeElement === document.body;
    const focused = isHere();
    try {
      await act();
      const stays = focused && isHere();
      await this.show();
      if (!stays || !isHere()) return;
      const next = this.#list.children[Math.min(place, this.#list.children.length - 1)];
      (next ?? this.#element.querySelector("h2")).focus();
    } catch (error) {
      if (error.code === CONFLICT) await this.show(); // another moderator was faster: say whose it is
      this.#status.textContent = describeFailure(error);
    }
  }
}

function fits({ deed, held = false, both = false }, report) {
  if (!both && held !== Boolean(report.held)) return false;
  return deed !== "delete" || report.target !== null;
}

function makeButton({ deed, key, label }) {
  const button = document.createElement("button");
  const hint = document.createElement("kbd");
  button.type = "button";
  button.className = "quiet";
  button.dataset.deed = deed;
  button.setAttribute("aria-keyshortcuts", key);
  hint.textContent = key;
  hint.setAttribute("aria-hidden", "true");
  button.append(label, " ", hint);
  return button;
}
