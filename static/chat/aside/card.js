// The card of a person, which a name opens from anywhere: who they are, the rooms in common, and what one may do. It is a menu
// with a heading. What the page does not know, the page of the person does (chat/web/person.py).

import { addressOfConversation, addressOfPerson, rootOfSite } from "../lib/addresses.js";
import { gettext } from "../lib/i18n.js";
import { loadDocument } from "../lib/load-document.js";
import { showPerson } from "../text/people.js";

const SPARE = 160; // pixels for blocking and the rooms in common, which come later
const GONE = 404; // the status of a page
const ROLES = () => ({ owner: gettext("Owner"), moderator: gettext("Moderator") });

export class Card {
  #menu;
  #template;
  #isMe;
  #roleOf;
  #listMeasures;
  #describeMute;
  #onMention;
  #canMention;
  #onReport;
  #onBlock;
  #direct;

  /**
   * `menu` is the PopupMenu, `roleOf(person)` their role in the room,
   * `listMeasures(who, anchor)` lists what the user may do to them, as choices of a menu. `describeMute(name)` says until when and why they
   * are muted. `onMention(name)` writes to them, if the user `canMention()`; `onReport({ name, verified })` reports them: a page
   * without a room has none of these. `onBlock({ name, participant, on })` blocks
   * or unblocks them. `direct`: the page shows the conversation with them.
   *
   * @param {{ template: HTMLTemplateElement, [part: string]: unknown }} parts
   */
  constructor({ menu, template, isMe, roleOf, listMeasures, describeMute = () => "", onMention, canMention = () => false, onReport, onBlock, direct = false }) {
    this.#menu = menu;
    this.#template = template;
    this.#isMe = isMe;
    this.#roleOf = roleOf;
    this.#listMeasures = listMeasures;
    this.#describeMute = describeMute;
    this.#onMention = onMention;
    this.#canMention = canMention;
    this.#onReport = onReport;
    this.#onBlock = onBlock;
    this.#direct = direct;
  }

  /** @param {import("../../sdk/types.js").Person & { of?: { room: number, seq: number }, mentionedIn?: { room: number, seq: number } }} person @param {HTMLElement} anchor */
  async show(person, anchor) {
    const { name, verified } = person;
    const role = this.#roleOf(person);
    const me = this.#isMe(name) && verified;
    const head = this.#head(person, me ? gettext("you") : ROLES()[role]);
    const choices = me ? [{ label: gettext("Change name or colour"), href: `${rootOfSite()}profile` }] : this.#choices(person, role, anchor);
    this.#menu.show({ anchor, label: name, head, choices, spare: verified && !me ? SPARE : 0 });
    if (!verified) return;
    const page = await loadDocument(addressOfPerson(name, person)).catch(({ status }) => status);
    if (!head.isConnected) return;
    if (page === GONE) this.#showGone(person, role, anchor);
    if (!page?.body) return;
    const now = page.querySelector("#person-heading bdi").textContent;
    if (now !== name) {
      this.show({ ...person, name: now }, anchor); // what can be done to them goes by their name
      return;
    }
    const { color = person.color } = page.querySelector("h1 [data-avatar]")?.dataset ?? {};
    showPerson(head, { ...person, color }); // a mention has none
    head.querySelector(".about").replaceChildren(...(page.getElementById("about-person")?.childNodes ?? []));
    const form = page.getElementById("block");
    if (form) this.#menu.addChoices([this.#blockChoice(name, form.dataset)]);
    const links = [...page.querySelectorAll("#common a")];
    const rooms = links.map((link) => ({ label: link.textContent.trim(), href: link.getAttribute("href") }));
    if (rooms.length && !me) this.#menu.addGroup(page.querySelector("#common h2").textContent, rooms);
  }

  /** A guest who was deleted, or an account that was closed: they cannot be written to. */
  #showGone(person, role, anchor) {
    const head = this.#head(person, ROLES()[role]);
    head.querySelector(".about").textContent = gettext("This person is no longer here.");
    const choices = [...this.#listDeeds(person, role, anchor), { label: gettext("Close"), run: () => {} }];
    this.#menu.show({ anchor, label: person.name, head, choices });
  }

  #blockChoice(name, { participant, blocked }) {
    const on = blocked === undefined;
    return { label: on ? gettext("Block…") : gettext("Unblock"), run: () => this.#onBlock({ name, participant: Number(participant), on }) };
  }

  #head(person, note) {
    const head = this.#template.content.firstElementChild.cloneNode(true);
    showPerson(head, person);
    head.querySelector(".role").textContent = note ?? "";
    head.querySelector(".about").textContent = person.verified ? "" : gettext("This name is unverified: anyone can use it.");
    const [mute, words] = [head.querySelector(".mute"), this.#describeMute(person.name)];
    mute.textContent = words;
    mute.hidden = !words;
    return head;
  }

  #choices(person, role, anchor) {
    const { name, verified } = person;
    const mention = { label: gettext("Mention"), run: () => this.#onMention(name) };
    return [
      ...(this.#canMention() && !this.#direct ? [mention] : []),
      ...(verified && !this.#direct ? [{ label: gettext("Send direct message"), href: addressOfConversation(name) }] : []),
      ...this.#listDeeds(person, role, anchor),
    ];
  }

  /** What can be done about them, here or not. */
  #listDeeds({ name, verified }, role, anchor) {
    return [
      ...this.#listMeasures({ name, verified, role }, anchor),
      ...(this.#onReport ? [{ label: gettext("Report…"), run: () => this.#onReport({ name, verified }) }] : []),
    ];
  }
}
