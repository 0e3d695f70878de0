// The colors of names, made readable on our backgrounds. What is not a color is ignored.

const ENOUGH = 4.5; // contrast for text, WCAG 2.2 AA
const STEPS = 20;
const canvas = document.createElement("canvas").getContext("2d");

/** The color as [red, green, blue]; null if it is not a color or not opaque. */
function parse(color) {
  canvas.fillStyle = "#000001"; // unlikely to be chosen: if it is still there, `color` is not a color
  canvas.fillStyle = color;
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/.exec(canvas.fillStyle);
  if (!hex || canvas.fillStyle === "#000001") return null;
  return hex.slice(1).map((part) => parseInt(part, 16));
}

/** Relative luminance, WCAG 2.2. */
function luminance(rgb) {
  const [red, green, blue] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** The color, mixed with `ink` just as far as needed to be readable on `paper`. */
function readable(rgb, paper, ink) {
  for (let step = 0; step <= STEPS; step += 1) {
    const mixed = rgb.map((part, i) => Math.round(part + ((ink[i] - part) * step) / STEPS));
    if (contrast(mixed, paper) >= ENOUGH) return `rgb(${mixed.join(" ")})`;
  }
  return "";
}

// The backgrounds of names with the least contrast: --tint in base.css, light and dark.
const BLACK = [0, 0, 0];
const WHITE = [255, 255, 255];
const DAY = [228, 239, 249];
const NIGHT = [29, 52, 71];

/** Give an avatar the color of its owner, and letters that are readable on it: black or white, one of them always is. */
export function paintAvatar(element, color) {
  const rgb = color ? parse(color) : null;
  const ink = rgb && contrast(rgb, WHITE) >= ENOUGH ? WHITE : BLACK;
  element.style.background = rgb ? `rgb(${rgb.join(" ")})` : "";
  element.style.color = rgb ? `rgb(${ink.join(" ")})` : "";
}

/** Give a name the color of its owner, for the light and the dark theme; room.css picks one of the two. */
export function paintName(element, color) {
  const rgb = color ? parse(color) : null;
  element.style.setProperty("--day", rgb ? readable(rgb, DAY, BLACK) : "");
  element.style.setProperty("--night", rgb ? readable(rgb, NIGHT, WHITE) : "");
}
