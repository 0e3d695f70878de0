"""axe-core: accessibility faults of a page, as far as a program can find them."""

from functools import cache
from typing import Any, Final

from playwright.sync_api import Page

from tests.support.server import ROOT

# All that axe has rules for, WCAG 2.2 AA and good practice alike; nothing is left out.
_RUN: Final = "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)"


@cache
def _source() -> str:
    return (ROOT / "tests/vendor/axe-core/axe.min.js").read_text("utf-8")


def faults_of(page: Page) -> list[str]:
    """What axe finds on the page as it is now: rule, element and what is wrong with it, a line each.

    The script comes by the browser's debugger: the page's own policy lets nothing in.
    """
    page.evaluate(_source())
    violations: list[dict[str, Any]] = page.evaluate(_RUN)
    return [
        f"{rule['id']}: {node['html'][:200]} {' '.join(node['failureSummary'].split())}"
        for rule in violations
        for node in rule["nodes"]
    ]


# What answers to the pointer or the keyboard. Of those that look the same one is enough.
_REACTING: Final = "a[href], button, summary, select, label.choice, [role=option]"
# What closes when something else is clicked. While it is open, it alone is looked at.
_OPEN: Final = "dialog[open], :popover-open, details[open], [role=listbox]"
_EACH: Final = """([selector, open]) => {
    const looks = ({ localName, className, parentElement, disabled, ariaSelected, ariaPressed }) =>
        [localName, className, parentElement.className, disabled, ariaSelected, ariaPressed].join();
    const scope = [...document.querySelectorAll(open)].findLast((one) => one.checkVisibility()) ?? document;
    return Object.fromEntries([...scope.querySelectorAll(selector)].filter((one) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        const hit = document.elementFromPoint(x + width / 2, y + height / 2);
        return hit && (one.contains(hit) || hit.contains(one));
    }).map((one) => [looks(one), one]));
}"""
_MIDDLE: Final = """(one) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
}"""


@cache
def _contrast() -> str:
    return (ROOT / "tests/e2e/contrast.js").read_text("utf-8")


def faults_under_pointer(page: Page, known: set[str] | None = None) -> list[str]:
    """What cannot be read on the page as it is, or while the pointer or the keyboard is at it.

    axe looks at pages at rest, leaves out what is disabled, and passes ink in the colour of its paper.
    Nothing is clicked: what is open stays so. What looks like something in `known` was looked at before.
    """
    known = set() if known is None else known
    faults = [f"at rest: {fault}" for fault in page.evaluate(f"({_contrast()})(document.body)")]
    things = page.evaluate_handle(_EACH, [_REACTING, _OPEN]).get_properties()
    for looks, thing in things.items():
        one = thing.as_element()
        if one is None or looks in known:
            continue
        known.add(looks)
        x, y = one.evaluate(_MIDDLE)
        page.mouse.move(x, y)
        faults += [f"hovered: {fault}" for fault in one.evaluate(_contrast())]
        page.mouse.down()
        faults += [f"pressed: {fault}" for fault in one.evaluate(_contrast())]
        page.mouse.move(0, 0)
        page.mouse.up()
        page.keyboard.press("Shift")  # so that the focus is the keyboard's
        one.evaluate("(one) => one.focus()")
        if not one.evaluate("(one) => one.isConnected"):
            known.discard(looks)  # the page has drawn it anew meanwhile: it is for another time
        faults += [f"focused: {fault}" for fault in one.evaluate(_contrast())]
    return faults
