// Times and days, in the user's locale.

import { gettext } from "../lib/i18n.js";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const thisYear = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const anyYear = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const brief = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const briefYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

/** The time of day. @param {Date} at */
export const formatTime = (at) => clock.format(at);

/** Day and time, in full. @param {Date} at */
export const formatFullTime = (at) => full.format(at);

/** The day, as a heading. @param {Date} at */
export function formatDay(at, now = new Date()) {
  if (isSameDay(at, now)) return gettext("Today");
  if (isSameDay(at, new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1))) return gettext("Yesterday");
  return (at.getFullYear() === now.getFullYear() ? thisYear : anyYear).format(at);
}

/** The time if it is today, otherwise the day. @param {Date} at */
export function formatBriefly(at, now = new Date()) {
  if (isSameDay(at, now)) return formatTime(at);
  return (at.getFullYear() === now.getFullYear() ? brief : briefYear).format(at);
}

function isSameDay(one, other) {
  return one.toDateString() === other.toDateString();
}
