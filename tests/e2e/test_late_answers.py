"""An answer that comes late leaves alone what the user has typed, chosen or turned to meanwhile."""

import re
import uuid

import pytest
from playwright.sync_api import Route, WebSocketRoute, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import ask, number, program
from tests.e2e.test_actions import choose, message
from tests.e2e.test_reports import file, open_reports
from tests.support.server import ServerProcess


class SlowLine:
    """A visitor's socket, on which the server's answers can be held up. Load the page after this."""

    def __init__(self, visitor: Visitor) -> None:
        self.held: list[str | bytes] | None = None
        visitor.page.route_web_socket("**/ws", self._connect)

    def _connect(self, here: WebSocketRoute) -> None:
        there = here.connect_to_server()
        self.here = here

        def pass_on(text: str | bytes) -> None:
            if self.held is None:
                here.send(text)
            else:
                self.held.append(text)

        there.on_message(pass_on)

    def hold(self) -> None:
        self.held = []

    def release(self) -> None:
        held, self.held = self.held or [], None
        for text in held:
            self.here.send(text)


@pytest.fixture
def ann(new_visitor: NewVisitor, server: ServerProcess) -> Visitor:
    return new_visitor(server.url)


@pytest.fixture
def line(ann: Visitor) -> SlowLine:
    return SlowLine(ann)


@pytest.fixture
def room(ann: Visitor, line: SlowLine) -> str:
    """A room of Ann's, in which she is."""
    room = ann.create_room(f"Room {uuid.uuid4().hex[:8]}")
    ann.enter(room, "Ann")
    return room


def hold_module(visitor: Visitor, name: str) -> list[Route]:
    held: list[Route] = []
    visitor.page.route(f"**/{name}*.js", lambda route: held.append(route))
    return held


def test_decision_leaves_the_focus_where_the_user_writes(
    server: ServerProcess, ann: Visitor, line: SlowLine, room: str, new_visitor: NewVisitor
) -> None:
    bob = new_visitor(server.url)
    bob.enter(room, "Bob")
    with program(server.ws_url, room, "Eve") as eve:
        for text in ("buy this", "and this"):
            ask(eve, type="send", room=number(room), text=text)
        file(bob, 1, "Spam")
        file(bob, 2, "Spam")
        entries = open_reports(ann)
        expect(entries).to_have_count(2)
        entries.last.focus()
        line.hold()
        ann.page.keyboard.press("c")
        ann.writing.focus()
        line.release()
        expect(entries.last).to_contain_text("Claimed by Ann")
        ann.page.keyboard.type("dear all")  # "d" deletes the message of a report
        expect(ann.writing).to_have_value("dear all")
        expect(entries).to_have_count(2)


def test_report_begun_while_another_dialog_loads_is_not_answered_with_it(
    server: ServerProcess, ann: Visitor, room: str
) -> None:
    held = hold_module(ann, "report-dialog")
    with program(server.ws_url, room, "Eve") as eve:
        for text in ("one", "two"):
            ask(eve, type="send", room=number(room), text=text)
        for seq in (1, 2):
            choose(ann, seq, "Report…")
        for route in held:
            route.continue_()
        dialog = ann.page.locator("#report")
        expect(dialog.locator(".reported")).to_have_text(re.compile("one|two"))
        dialog.get_by_label("Spam").check()
        dialog.get_by_role("button", name="Report", exact=True).click()
        expect(ann.page.locator("#outcome")).to_contain_text("Reported.")
        expect(open_reports(ann)).to_have_count(1)


def test_late_question_does_not_replace_the_one_that_is_read(
    server: ServerProcess, ann: Visitor, room: str
) -> None:
    held = hold_module(ann, "blocking")
    with program(server.ws_url, room, "Eve") as eve:
        ask(eve, type="send", room=number(room), text="one")
        message(ann, 1).locator(".byline .name").click()
        ann.page.get_by_role("menuitem", name="Block…").click()
        choose(ann, 1, "Delete…")
        question = ann.page.locator("#ask .question")
        expect(question).to_contain_text("Delete the message from Eve?")
        held[0].continue_()
        ann.page.evaluate("(address) => import(address)", held[0].request.url)
        expect(question).to_contain_text("Delete the message from Eve?")
        ann.page.get_by_role("button", name="Delete", exact=True).click()
        expect(message(ann, 1)).to_contain_text("deleted")
        expect(question).to_be_hidden()
