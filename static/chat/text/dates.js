// Times and days, in the user's locale.

import { gettext } from "../lib/i18n.js";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const second = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const thisYear = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const anyYear = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const brief = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const briefYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const briefTime = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
const UNITS = [
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** The time of day. @param {Date} at */
export const formatTime = (at) => clock.format(at);

/** Day and time, in full. @param {Date} at */
export const formatFullTime = (at) => full.format(at);

/** The time of day, with seconds. @param {Date} at */
export const formatSecond = (at) => second.format(at);

/** A number of seconds in words, in the largest unit that it is a whole number of. @param {number} seconds */
export function formatPause(seconds) {
  const [unit, size] = UNITS.find(([, length]) => seconds % length === 0);
  const style = { style: "unit", unit, unitDisplay: "long" };
  return new Intl.NumberFormat(document.documentElement.lang || undefined, style).format(seconds / size);
}

/** The time that is left, as on a clock: 0:05, 1:00:00. @param {number} ms */
export function formatCountdown(ms) {
  const left = Math.ceil(ms / 1000);
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  const padded = [minutes, seconds].map((part) => String(part).padStart(2, "0"));
  return hours ? [hours, ...padded].join(":") : `${minutes}:${padded[1]}`;
}

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

/** The time if it is today, otherwise the day and the time. @param {Date} at */
export function formatMoment(at, now = new Date()) {
  return isSameDay(at, now) ? formatTime(at) : briefTime.format(at);
}

/** Call `work` when a new day has begun, at midnight or when the device wakes up later. @param {() => void} work @param {AbortSignal} signal */
export function onNewDay(work, signal) {
  let [day, timer] = [new Date(), 0];
  const look = () => {
    const now = new Date();
    if (!isSameDay(day, now)) work();
    day = now;
    clearTimeout(timer);
    timer = setTimeout(look, new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1) - now);
  };
  look();
  document.addEventListener("visibilitychange", look, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
}

function isSameDay(one, other) {
  return one.toDateString() === other.toDateString();
}
