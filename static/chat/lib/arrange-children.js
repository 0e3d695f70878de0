// Bringing the children of an element into order, without touching those that are in order already.

/**
 * Have `parent` contain these elements, in this order, and nothing else. What stays in its place keeps its focus,
 * its selection and where it was scrolled to.
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
