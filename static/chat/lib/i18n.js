// Texts in the language of the page: Django's catalogue (/i18n.js), or English where there is none.
const catalogue = globalThis.django ?? {};
export const gettext = catalogue.gettext ?? ((text) => text);
/** Marks a text that is translated where it is shown. */
export const gettext_noop = (text) => text;
export const ngettext = catalogue.ngettext ?? ((one, many, count) => (count === 1 ? one : many));
/** Put `values` in for %(name)s. */
export function interpolate(text, values) {
  return text.replace(/%\((\w+)\)s/g, (whole, name) => String(values[name] ?? whole));
}
