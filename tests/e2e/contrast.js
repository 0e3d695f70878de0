// What axe cannot see: whether words and icons can be read while the pointer or the keyboard is at them. Called in the
// page with an element; returns a line for each part of it with too little contrast to its background.
(element) => {
  const TEXT = 4.5;
  const LARGE = 3; // and icons, and what is disabled
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = canvas.getContext("2d", { willReadFrequently: true });

  function parse(color) {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
    return { rgb: [red, green, blue], alpha: alpha / 255 };
  }

  const over = ({ rgb, alpha }, paper) => rgb.map((part, i) => part * alpha + paper[i] * (1 - alpha));

  function luminance(rgb) {
    const [red, green, blue] = rgb.map((part) => {
      const share = Math.min(255, part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  const parents = (of) => (of ? [...parents(of.parentElement), of] : []); // from the root down to it

  /** The ink of an element's text and the paper under it, after all filters and opacities. */
  function colours(of) {
    let paper = [255, 255, 255];
    let ink = null;
    const effects = [];
    for (const each of parents(of)) {
      const { backgroundColor, opacity, filter, color } = getComputedStyle(each);
      effects.push({ behind: paper, opacity: Number(opacity), light: Number(/brightness\(([\d.]+)\)/.exec(filter)?.[1] ?? 1) });
      paper = over(parse(backgroundColor), paper);
      ink = over(parse(color), paper);
    }
    for (const { behind, opacity, light } of effects.reverse()) {
      const lit = (rgb) => over({ rgb: rgb.map((part) => Math.min(255, part * light)), alpha: opacity }, behind);
      [ink, paper] = [lit(ink), lit(paper)];
    }
    return [ink, paper];
  }

  function least(of, isIcon) {
    const { fontSize, fontWeight } = getComputedStyle(of);
    const size = parseFloat(fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
    return isIcon || large || of.closest(":disabled") ? LARGE : TEXT;
  }

  const shown = (each) => each.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !each.closest(".sr-only");
  const isText = (each) => [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const isIcon = (each) => each.localName === "svg" && each.closest("button, a, summary");
  const faults = [];
  for (const each of [element, ...element.querySelectorAll("*")]) {
    if (!shown(each) || !(isText(each) || isIcon(each))) continue;
    const [ink, paper] = colours(each);
    const found = contrast(ink, paper);
    if (found < least(each, isIcon(each)))
      faults.push(`${found.toFixed(2)}:1, ${each.outerHTML.slice(0, 120)}`);
  }
  return faults;
}
