"""What has a background alone is seen where the system sets all colors."""

import pytest
from playwright.sync_api import Locator, expect

from tests.ui.conftest import NewUi
from tests.ui.kit import UiPage

SHEETS = "".join(
    f'<link rel="stylesheet" href="/static/chat/{name}.css">'
    for name in ("menu", "sidebar", "room", "panel", "pages")
)
BODY = f"""{SHEETS}
<p class="text">It was <button type="button" class="spoiler" id="spoiler"><span>him</span></button></p>
<p class="text">It was <span class="spoiler shown" id="shown">him</span></p>
<p class="text"><span class="mention me" id="mention">@Ann</span></p>
<span class="count" id="count">@1</span>
<span class="count chatter" id="chatter">2</span>
<span class="badge" id="badge">locked</span>
<span class="avatar" data-initials="A" id="avatar"></span>
<p class="notice" id="notice">You are muted</p>
<p class="fault" id="fault">It failed</p>
<p class="done" id="done">Saved</p>
<article class="message mentions" id="mentions">@Ann</article>
<article class="message target" id="target">this one</article>
<button type="button" class="chip" aria-pressed="true"><span class="pill" id="pressed">👍 1</span></button>
<button type="button" class="chip" aria-pressed="false"><span class="pill" id="unpressed">👍 1</span></button>
<div class="panel"><div class="tabs">
  <button type="button" aria-pressed="true" id="tab">Waiting</button>
</div></div>
<div class="look-choices"><button type="button" aria-pressed="true" id="look">Dark</button></div>
<nav class="sidebar">
  <a class="sidebar-home" href="/saved" aria-current="page" id="home">Saved</a>
  <a class="entry" href="/room/1" aria-current="page" id="entry">Tea</a>
</nav>
<div class="switcher">
  <ul role="listbox"><li role="option" aria-selected="true" id="option">Tea</li></ul>
</div>
<ul class="suggestions"><li aria-selected="true" id="suggestion">Ann</li></ul>"""
ALONE = (
    *("spoiler", "shown", "mention", "count", "chatter", "badge", "avatar", "notice", "fault", "done"),
    *("mentions", "target", "tab", "look", "home", "entry", "option", "suggestion"),
)
LINE = """(element) => {
    const style = getComputedStyle(element);
    const border = style.borderInlineStartStyle !== "none" && parseFloat(style.borderInlineStartWidth);
    const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth);
    return Number(border) + Number(outline);
}"""
BACKGROUND = "(element, part) => getComputedStyle(element, part).backgroundColor"


@pytest.fixture
def forced(new_ui: NewUi) -> UiPage:
    return new_ui(forced_colors="active").open(BODY)


def line(element: Locator) -> float:
    """How thick the line around the element is."""
    return float(element.evaluate(LINE))


def test_each_has_a_line_of_its_own(forced: UiPage) -> None:
    for name in ALONE:
        assert line(forced.page.locator(f"#{name}")) >= 1, name


def test_pressed_is_not_only_a_color(forced: UiPage) -> None:
    pressed, other = [line(forced.page.locator(f"#{name}")) for name in ("pressed", "unpressed")]
    assert pressed > other


def test_dots_are_filled(forced: UiPage) -> None:
    page = forced.page
    page.evaluate("document.getElementById('avatar').classList.add('online')")
    canvas = page.locator("body").evaluate(BACKGROUND, None)
    assert page.locator("#avatar").evaluate(BACKGROUND, "::after") != canvas


def test_spoiler_can_have_the_focus_and_shows_it(forced: UiPage) -> None:
    spoiler = forced.page.locator("#spoiler")
    before = line(spoiler)
    forced.page.keyboard.press("Tab")
    expect(spoiler).to_be_focused()
    assert line(spoiler) > before


def test_elsewhere_there_are_no_such_lines(new_ui: NewUi) -> None:
    page = new_ui().open(BODY).page
    for name in ("spoiler", "count", "badge", "avatar", "mentions", "target", "entry"):
        assert line(page.locator(f"#{name}")) == 0, name
