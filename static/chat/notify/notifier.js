// Calls the user back to the page: a number in the title, a dot on the icon, desktop notifications, a sound if wanted.

import { gettext } from "../lib/i18n.js";
import { device } from "../lib/storage.js";
import { playChime } from "./chime.js";

const SILENT = "notifications-off";
const SOUND = "notification-sound";
const MOST = 99;

export class Notifier {
  #title;
  #favicon;
  #plain;
  #marked = null; // the icon with its mark, once drawn
  #count = 0;
  #bell = null;

  /** @param {{ title: string, favicon: HTMLLinkElement | null, bell?: HTMLButtonElement | null }} parts */
  constructor({ title, favicon, bell = null }) {
    this.#title = title;
    this.#favicon = favicon;
    this.#plain = favicon?.href;
    this.bell = bell;
  }

  /** The button that turns notifications on and off. */
  set bell(bell) {
    this.#bell = bell;
    bell?.addEventListener("click", () => this.#toggle());
    this.#showBell();
  }

  /** The checkbox that turns the sound on and off, in this browser. */
  set soundBox(box) {
    if (!box) return;
    box.checked = Boolean(device.getItem(SOUND));
    box.addEventListener("change", () => {
      if (!box.checked) return device.removeItem(SOUND);
      device.setItem(SOUND, true);
      playChime(); // so that the user knows it
    });
  }

  set title(title) {
    this.#title = title;
    this.#showCount();
  }

  /** Show the number of unread messages. */
  showUnreadCount(number) {
    if (number === this.#count) return;
    this.#count = number;
    this.#showCount();
    this.#showIcon();
  }

  /** Whether notifications are shown while the page is not in view. */
  get allowed() {
    return state() === "on";
  }

  /**
   * Show a notification, if that is allowed and the user is not looking at the page.
   *
   * @param {{ title: string, body?: string, tag?: string, onClick?: () => void }} what
   *   `tag`: a notification replaces an earlier one with the same tag
   */
  notify({ title, body = "", tag, onClick = () => {} }) {
    if (!document.hidden && document.hasFocus()) return;
    if (device.getItem(SOUND)) playChime();
    if (!this.allowed) return;
    try {
      const notification = new Notification(title, { body, tag, icon: this.#plain });
      notification.addEventListener("click", () => {
        window.focus();
        notification.close();
        onClick();
      });
    } catch {
      // Mobile browsers have the class, but allow notifications in service workers only.
    }
  }

  /** Ask for permission to show notifications. Browsers ignore this except after a click. */
  async requestPermission() {
    if ("Notification" in globalThis) await Notification.requestPermission();
    this.#showBell();
    return this.allowed;
  }

  #toggle() {
    const now = state();
    if (now === "on") device.setItem(SILENT, true);
    else device.removeItem(SILENT);
    if (now === "unasked") this.requestPermission();
    else this.#showBell();
  }

  #showBell() {
    if (!this.#bell) return;
    const now = state();
    const blocked = gettext("Notifications are blocked in your browser's settings");
    const words = now === "denied" ? blocked : gettext("Notify me of direct messages and mentions");
    this.#bell.hidden = now === "impossible";
    this.#bell.disabled = now === "denied";
    this.#bell.setAttribute("aria-pressed", String(now === "on"));
    this.#bell.title = words;
    this.#bell.querySelector(".words").textContent = words;
  }

  #showCount() {
    const number = this.#count > MOST ? `${MOST}+` : this.#count;
    document.title = this.#count ? `(${number}) ${this.#title}` : this.#title;
  }

  async #showIcon() {
    if (!this.#favicon) return;
    if (this.#count) this.#marked ??= await drawDot(this.#plain);
    const icon = this.#count ? (this.#marked ?? this.#plain) : this.#plain;
    if (this.#favicon.href !== icon) this.#favicon.href = icon;
  }
}

/** "on", "off" by choice, "unasked", "denied", or "impossible" in this browser. */
function state() {
  if (!("Notification" in globalThis)) return "impossible";
  if (Notification.permission === "granted") return device.getItem(SILENT) ? "off" : "on";
  return Notification.permission === "denied" ? "denied" : "unasked";
}

/** The icon with a red dot in its corner, as a data URL; null if it cannot be loaded. */
async function drawDot(address) {
  try {
    const svg = await (await fetch(address)).text();
    const [, , , width, height] = /viewBox="(\S+) (\S+) (\S+) (\S+)"/.exec(svg).map(Number);
    const [x, y, radius] = [width * 0.74, height * 0.26, width * 0.24];
    const dot = `<circle cx="${x}" cy="${y}" r="${radius}" fill="#d92d20" stroke="#fff" stroke-width="${width / 20}"/>`;
    return `data:image/svg+xml,${encodeURIComponent(svg.replace("</svg>", `${dot}</svg>`))}`;
  } catch {
    return null; // offline, or no such icon: the number in the title remains
  }
}
