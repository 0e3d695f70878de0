// The only place where HTML becomes elements: the Content-Security-Policy of our pages allows no other.

import DOMPurify from "../../vendor/dompurify/purify.js";

// The values that an attribute may have where it is allowed at all.
const SAID = {
  class: /^(?:spoiler|language-[\w+#.-]{1,30}|hljs-[\w -]{1,60})$/,
  start: /^\d{1,9}$/,
  value: /^\d{1,9}$/,
  href: /^(?:https?|mailto):/i,
};

DOMPurify.addHook("uponSanitizeAttribute", (node, attribute) => {
  attribute.keepAttr = SAID[attribute.attrName]?.test(attribute.attrValue) ?? false;
});

/**
 * Turn HTML into elements, leaving out what is not allowed.
 *
 * @param {string} html
 * @param {{ ALLOWED_TAGS: string[], ALLOWED_ATTR: (keyof typeof SAID)[] }} allowed
 * @returns {DocumentFragment}
 */
export function sanitizeHtml(html, allowed) {
  return DOMPurify.sanitize(html, {
    ...allowed,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ADD_URI_SAFE_ATTR: ["class", "start", "value"], // they hold no addresses
    ALLOWED_URI_REGEXP: SAID.href,
    RETURN_DOM_FRAGMENT: true,
  });
}
