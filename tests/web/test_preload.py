"""The page of a room names the modules that it needs."""

from tests.support.server import ROOT
from tests.web.preload import modules_of, preloads


def test_all_modules_of_the_room_are_fetched_at_once_and_no_others() -> None:
    written = (ROOT / "templates/chat/_preload.html").read_text("utf-8")
    assert written == preloads("chat/pages/room.js"), "run `python -m tests.web.preload`"


def test_modules_are_found_over_several_lines_and_folders() -> None:
    found = modules_of("chat/list/viewport.js")
    assert found[0] == "chat/list/viewport.js"
    assert "vendor/virtual-core/virtual-core.js" in found
    assert "chat/lib/arrange.js" in found
