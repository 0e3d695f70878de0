// Texts in the language of the page: Django's catalogue (/i18n.js), or English where there is none.
const catalogue = globalThis.django ?? {};
export const gettext = catalogue.gettext ?? ((text) => text);
/** Marks a text that is translated where it is shown. */
export const gettext_noop = (text) => text;
export const ngettext = catalogue.ngettext ?? ((one, many, count) => (count === 1 ? one : many));
/** Put `values` in for %(name)s, numbers as the page's language writes them. */
export function interpolate(text, values) {
  const language = document.documentElement.lang || undefined;
  return text.replace(/%\((\w+)\)s/g, (whole, name) => (values[name] ?? whole).toLocaleString(language));
}
