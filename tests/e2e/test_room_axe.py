"""axe finds nothing on the room page, in either theme, with any menu open or element hovered."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.axe import faults_of, faults_under_pointer
from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.states import MINE, OVERLAYS, STATES, enter_full_room, forget_drafts, open_menu
from tests.e2e.test_screens import PHONE
from tests.support.server import ServerProcess

SCREENS: dict[str, dict[str, Any]] = {"desktop": {}, "phone": PHONE}
# The one of the templates that is said in `#notice` counts as open.
OPEN = """(overlays) => [...document.querySelectorAll(overlays)]
    .map((each) => ({ name: each.id || each.className || each.localName, open: each.checkVisibility() ||
        each.content?.textContent.trim() === document.getElementById("notice").textContent.trim() }))"""


@pytest.fixture
def ann(server: ServerProcess, new_visitor: NewVisitor, request: pytest.FixtureRequest) -> Visitor:
    """A moderator, in a room that has something of everything. Carol is there, too."""
    screen = SCREENS[getattr(request, "param", "desktop")]
    ann, carol = new_visitor(server.url, **screen), new_visitor(server.url)
    enter_full_room(ann, carol, server.ws_url)
    return ann


def look(page: Page, known: dict[str, set[str]]) -> list[str]:
    """What is wrong with what is open now, in both themes. `known`: what was under the pointer already."""
    found = []
    opened = page.evaluate(OPEN, OVERLAYS)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        faults = *faults_of(page), *faults_under_pointer(page, known.setdefault(theme, set()))
        found += [f"{theme}: {fault}" for fault in faults]
        assert page.evaluate(OPEN, OVERLAYS) == opened, "looking has closed something"
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("ann", SCREENS, indirect=True)
def test_axe_finds_nothing_with_any_menu_open(ann: Visitor, request: pytest.FixtureRequest) -> None:
    screen = request.node.callspec.params["ann"]
    found: dict[str, list[str]] = {}
    there: dict[str, bool] = {}
    known: dict[str, set[str]] = {}
    for state in STATES:
        if screen not in state.on:
            continue
        forget_drafts(ann)
        ann.page.reload()
        ann.is_connected()
        state.open(ann)
        for each in ann.page.evaluate(OPEN, OVERLAYS):
            there[each["name"]] = there.get(each["name"], False) or each["open"]
        assert ann.fits_the_width(), state.name
        if faults := look(ann.page, known):
            found[state.name] = faults
    assert found == {}
    assert sorted(name for name, opened in there.items() if not opened) == [], "no state opens these"


@pytest.mark.parametrize(
    "rule",
    [
        ".popup .choice-of-menu.grave { color: var(--bad); background: var(--bad) }",
        ".popup .choice-of-menu:hover { color: var(--shade) }",
        ".popup .choice-of-menu:focus-visible { background: var(--ink) }",
        ".popup .choice-of-menu:active { filter: brightness(9) }",
        ".popup .choice-of-menu { opacity: 0.5 }",
    ],
)
def test_low_contrast_in_a_menu_is_found(ann: Visitor, rule: str) -> None:
    open_menu(ann, MINE)
    assert look(ann.page, {}) == []
    ann.page.evaluate(
        """(rule) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(rule);
            document.adoptedStyleSheets.push(sheet);
        }""",
        rule,
    )
    assert look(ann.page, {}) != []


def test_chosen_colours_are_those_of_the_system(ann: Visitor) -> None:
    """So one walk is enough for both."""
    colours = """() => [...document.styleSheets].flatMap(({ cssRules }) => [...cssRules])
        .flatMap((rule) => [rule, ...(rule.cssRules ?? [])])
        .flatMap(({ style }) => [...(style ?? [])].filter((name) => name.startsWith("--")))
        .map((name) => [name, getComputedStyle(document.documentElement).getPropertyValue(name)])"""
    seen = {}
    for chosen, system in (("", "light"), ("light", "dark"), ("", "dark"), ("dark", "light")):
        ann.page.emulate_media(color_scheme=system)  # type: ignore[arg-type]
        ann.page.evaluate("(chosen) => { document.documentElement.dataset.theme = chosen; }", chosen)
        seen[chosen, system] = dict(ann.page.evaluate(colours))
    assert seen["", "light"] == seen["light", "dark"]
    assert seen["", "dark"] == seen["dark", "light"]
    assert seen["", "light"] != seen["", "dark"]
