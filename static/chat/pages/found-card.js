// The card of a person outside of rooms, with what can be done to them everywhere.

import { blockPerson } from "../aside/blocking.js";
import { Card } from "../aside/card.js";
import { PopupMenu } from "../lib/popup-menu.js";
import { describeFailure } from "../text/refusals.js";
import { connect } from "./connection.js";

const find = (id) => document.getElementById(id);

/** @param {import("./places.js").Site} site */
export function makeCard(site) {
  const who = find("sidebar").dataset;
  const { client } = connect(site, who);

  /** What is done is seen: the messages are folded, or not. */
  async function attempt(act, done) {
    try {
      await act();
      find("announced").textContent = done;
      site.go(location.href);
    } catch (error) {
      find("told").textContent = describeFailure(error);
    }
  }

  return new Card({
    menu: new PopupMenu(find("menu")),
    template: find("card"),
    isMe: (name) => name === who.name,
    roleOf: () => undefined,
    listMeasures: () => [],
    onBlock: (person) => blockPerson(person, { client, dialog: find("ask"), attempt }),
  });
}
