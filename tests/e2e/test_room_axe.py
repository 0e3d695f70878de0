"""What axe-core finds on the page of a room: nothing, in either theme, whatever is open."""

from typing import Any

import pytest

from tests.e2e.conftest import NewVisitor
from tests.e2e.programs import ask, number, program
from tests.e2e.test_actions import message
from tests.e2e.test_screens import PHONE
from tests.e2e.visitor import Visitor
from tests.support.server import ROOT, ServerProcess

AXE = ROOT / "tests/vendor/axe-core/axe.min.js"
RUN = """async () => {
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html.slice(0, 200))]);
}"""


def nothing_is_found(visitor: Visitor) -> None:
    assert visitor.page.evaluate(RUN) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(
    server: ServerProcess, room: str, new_visitor: NewVisitor, screen: dict[str, Any], theme: str
) -> None:
    ann = new_visitor(server.url, color_scheme=theme, **screen)
    ann.page.add_init_script(path=AXE)
    with program(server.ws_url, room, "Carol") as carol:
        where = number(room)
        for n in range(60):
            ask(carol, type="send", room=where, text=f"whale {n}")
        ask(carol, type="send", room=where, text="an answer", reply_to=59)
        ask(carol, type="react", room=where, target=61, emoji="👍")
        ask(carol, type="edit", room=where, target=60, text="whale, edited")
        ask(carol, type="delete", room=where, target=58)
        ann.enter(room, "Ann")
        nothing_is_found(ann)
        message(ann, 61).locator(".chip").click()
        message(ann, 60).focus()
        nothing_is_found(ann)
        ann.page.keyboard.press("m")
        nothing_is_found(ann)
        ann.page.keyboard.press("Escape")
        ann.page.keyboard.press("?")
        nothing_is_found(ann)
        ann.page.keyboard.press("Escape")
        ann.page.locator("#search-button").click()
        ann.page.keyboard.type("whale")
        ann.page.keyboard.press("Enter")
        ann.page.locator("#search .hits li").first.wait_for()
        nothing_is_found(ann)
        ann.page.keyboard.press("Escape")
        ann.page.locator("#messages").evaluate("list => list.scrollTo(0, 0)")
        ann.page.locator("#to-end").wait_for()
        nothing_is_found(ann)
