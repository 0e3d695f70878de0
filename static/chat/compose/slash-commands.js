// Commands that are written in the message box, such as "/me waves": one table, for the composer, its suggestions and the help.
// Loaded for the first "/".

import { key } from "../../sdk/names.js";
import { gettext, interpolate } from "../lib/i18n.js";

const MINUTES = 60; // seconds
// With a unit or a sign it is no number of minutes, but it is meant for one; "3rd warning" is a reason.
const MUTE = /^(?:(?<minutes>-?\d[\d.,:]*(?:[smhdw]|secs?|mins?|minutes?|hours?|days?|weeks?)?)(?=\s|$))?\s*(?<reason>[^]*)$/i;
const WHOLE = /^0*[1-9]\d{0,5}$/;
const COMMAND = /^\/(?<name>[a-z]+)(?:\s+(?<rest>[^]*))?$/;

/**
 * @typedef {object} SlashCommand
 * @property {string} name
 * @property {string} usage
 * @property {string} label what it does
 * @property {boolean} [inRooms] not in direct conversations
 * @property {boolean} [runs] only for those who run the room
 * @property {(rest: string) => string} [write] the message that it becomes
 * @property {(rest: string, deeds: Deeds) => Promise<unknown>} [act] what it does instead
 *
 * @typedef {object} Deeds
 * @property {(text: string) => Promise<unknown>} describe
 * @property {(name: string, options: { seconds?: number, reason?: string, verified: boolean }) => Promise<unknown>} mute
 * @property {(name: string) => Promise<unknown>} invite
 * @property {() => { name: string, verified: boolean }[]} members who are present
 */

/** @returns {SlashCommand[]} */
const makeTable = () => [
  { name: "me", usage: gettext("/me text"), label: gettext("Say what you do"), write: (rest) => emphasize(need(rest)) },
  { name: "shrug", usage: gettext("/shrug text"), label: gettext("Add a shrug"), write: (rest) => `${rest} ¯\\_(ツ)_/¯`.trim() },
  {
    name: "topic",
    usage: gettext("/topic text"),
    label: gettext("Change the description of the room"),
    inRooms: true,
    runs: true,
    act: (rest, { describe }) => describe(need(rest)),
  },
  {
    name: "mute",
    usage: gettext("/mute @name minutes reason"),
    label: gettext("Mute a member"),
    inRooms: true,
    runs: true,
    act: (rest, { mute, members }) => {
      const { who, more } = readMember(need(rest), members());
      const { minutes, reason } = MUTE.exec(more).groups;
      if (minutes && !WHOLE.test(minutes)) throw new Error(gettext("the time must be in whole minutes, such as 10"));
      const seconds = minutes ? Number(minutes) * MINUTES : undefined;
      return mute(who.name, { seconds, reason: reason || undefined, verified: who.verified });
    },
  },
  {
    name: "invite",
    usage: gettext("/invite @name"),
    label: gettext("Send someone the address of the room"),
    inRooms: true,
    act: (rest, { invite }) => invite(need(rest).replace(/^@/, "")),
  },
];

/** The commands that can be used here. @param {{ direct: boolean, moderator: boolean }} where */
export function listCommands({ direct, moderator }) {
  return makeTable().filter(({ inRooms, runs }) => !(inRooms && direct) && !(runs && !moderator));
}

/** Suggestions for a command, at the beginning of a message. @param {{ direct: boolean, moderator: boolean }} where */
export function suggestCommands(wanted, where) {
  return listCommands(where).filter(({ name }) => name.startsWith(wanted)).map(makeSuggestion);
}

/**
 * Read a text that may be a command. Another text, such as a path, is a message as it is.
 *
 * @param {string} text
 * @param {{ direct: boolean, moderator: boolean }} where
 * @param {Deeds} deeds
 * @returns {{ text: string } | { act: () => Promise<unknown> }}
 */
export function readCommand(text, where, deeds) {
  const { name, rest = "" } = COMMAND.exec(text)?.groups ?? {};
  const command = makeTable().find((each) => each.name === name);
  if (!command || (command.inRooms && where.direct)) return { text };
  const act = async () => {
    if (command.runs && !where.moderator) throw new Error(gettext("only moderators can do that"));
    return command.act(rest.trim(), deeds);
  };
  if (command.act) return { act };
  return rest.trim() || name === "shrug" ? { text: command.write(rest.trim()) } : { act: async () => need("") };
}

/** By the mark that the text has not: "2*3" ends no emphasis of underscores. */
function emphasize(text) {
  const mark = text.includes("*") ? "_" : "*";
  return `${mark}${text}${mark}`;
}

function need(rest) {
  if (!rest) throw new Error(gettext("something is missing after the command"));
  return rest;
}

/** The member whom a text begins with, "@" or not, and what follows: of names within names the longest, of one name its owner. */
function readMember(text, members) {
  const plain = text.replace(/^@/, "");
  const begins = ({ name }) => key(plain.slice(0, name.length)) === key(name) && /^(\s|$)/.test(plain.slice(name.length));
  const order = (one, other) => other.name.length - one.name.length || other.verified - one.verified;
  const who = members.filter(begins).sort(order)[0];
  if (!who) throw new Error(gettext("no member has this name now"));
  return { who, more: plain.slice(who.name.length).trim() };
}

function makeSuggestion({ name, usage, label }) {
  const [shown, keys, meaning] = [document.createElement("span"), document.createElement("kbd"), document.createElement("span")];
  shown.className = "suggested";
  keys.textContent = usage;
  meaning.textContent = label;
  shown.append(keys, meaning);
  return { insert: `/${name} `, shown };
}

/** The message that invites to a room. */
export function writeInvitation({ title, address }) {
  return interpolate(gettext("Join me in %(title)s: %(address)s"), { title, address });
}
