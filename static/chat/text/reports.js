// Reports in words.

import { gettext } from "../lib/i18n.js";

const REASONS = () => ({
  spam: gettext("Spam"),
  harassment: gettext("Harassment"),
  hate: gettext("Hate"),
  sexual: gettext("Sexual content"),
  illegal: gettext("Illegal"),
  other: gettext("Something else"),
  newcomer: gettext("Newcomer"),
  filter: gettext("Caught by a filter"),
  evasion: gettext("Possible ban evasion"),
});

const OUTCOMES = () => ({
  nothing: gettext("Decided: nothing to do"),
  delete: gettext("Decided: the message was deleted"),
  mute: gettext("Decided: the sender was muted"),
  kick: gettext("Decided: the sender was removed from the room"),
  ban: gettext("Decided: the sender was banned"),
  done: gettext("Decided: dealt with in another way"),
  approve: gettext("Decided: the message was approved"),
  reject: gettext("Decided: the message was rejected"),
  expired: gettext("Dropped: it waited too long"),
});

/** @param {import("../../sdk/types.js").Report} report */
export const nameReason = ({ reason }) => REASONS()[reason] ?? reason;

/** Describe the outcome of a report, for the reporter. @param {import("../../sdk/types.js").Report} report */
export function describeOutcome({ state, decision }) {
  return state === "done" ? (OUTCOMES()[decision] ?? decision) : gettext("Waiting for a decision");
}
