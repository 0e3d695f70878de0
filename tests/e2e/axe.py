"""axe-core: what a page has that is in the way of people with disabilities, as far as a program can tell."""

from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.support.server import ROOT

# All that axe has rules for, WCAG 2.2 AA and good practice alike; nothing is left out.
_RUN = "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)"


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
