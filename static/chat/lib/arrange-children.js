// Arranges the children of an element without touching those that are in order already.

/**
 * Make these elements the only children of `parent`, in this order. Elements that stay in place keep the focus, the
 * selection and their scroll position.
 *
 * @param {Element} parent
 * @param {readonly Element[]} elements
 */
export function arrangeChildren(parent, elements) {
  const wanted = new Set(elements);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let place = parent.firstElementChild;
  for (const element of elements) {
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
}
