"""Drafts are the same in all browsers of a participant."""

import re

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.test_pages import sign_in
from tests.support.accounts import account
from tests.support.server import ServerProcess, manage

pytestmark = pytest.mark.timeout(120)  # the connections that are cut may pause for 30 s


def entry(visitor: Visitor, path: str) -> Locator:
    """The entry of the room in the sidebar."""
    return visitor.page.locator(f"#sidebar a.entry[href='{path}']")


class Line:
    """The network of a visitor, which can be cut. The page has to be loaded after this."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.is_cut = False
        self.sockets: list[WebSocketRoute] = []
        visitor.page.route_web_socket("**/ws", self._connect)
        visitor.page.route("**/ws/poll*", lambda route: route.abort() if self.is_cut else route.continue_())

    def _connect(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            socket.close(code=1012)
            return
        socket.connect_to_server()
        self.sockets.append(socket)

    def cut(self) -> None:
        self.is_cut = True
        self.sockets[-1].close(code=1012)
        expect(self.visitor.page.locator("#state")).to_have_attribute("data-state", "waiting")

    def mend(self) -> None:
        self.is_cut = False


class Ann:
    """One account in two browsers, in the same room."""

    def __init__(self, server: ServerProcess, room: str, new_visitor: NewVisitor, name: str) -> None:
        account(server, name)
        self.name = name
        self.room = room
        self.laptop, self.phone = new_visitor(server.url), new_visitor(server.url)
        for visitor in (self.laptop, self.phone):
            sign_in(visitor, name)
            visitor.go(room)
        self.laptop.page.get_by_role("button", name="Join").click()
        self.laptop.is_connected()
        self.phone.go(room)
        self.phone.is_connected()


@pytest.fixture
def ann(server: ServerProcess, room: str, new_visitor: NewVisitor, request: pytest.FixtureRequest) -> Ann:
    return Ann(server, room, new_visitor, f"ann {abs(hash(request.node.name)) % 100_000}")


def test_draft_goes_along_and_is_gone_everywhere_once_it_is_sent(ann: Ann) -> None:
    ann.laptop.writing.fill("half a thou")
    expect(ann.phone.writing).to_have_value("half a thou")
    ann.phone.writing.fill("half a thought")
    expect(ann.laptop.writing).to_have_value("half a thought")
    ann.laptop.writing.press("Enter")
    ann.phone.reads("half a thought")
    expect(ann.phone.writing).to_have_value("")
    for visitor in (ann.laptop, ann.phone):
        visitor.page.reload()
        visitor.is_connected()
        visitor.reads("half a thought")
        expect(visitor.writing).to_have_value("")


def test_what_is_written_offline_is_kept_here_and_sent_with_the_next_connection(ann: Ann) -> None:
    line = Line(ann.phone)
    ann.phone.page.reload()
    ann.phone.is_connected()
    line.cut()
    ann.phone.writing.fill("mine")
    line.mend()
    expect(ann.laptop.writing).to_have_value("mine", timeout=20_000)
    line.cut()
    ann.phone.writing.fill("mine again")
    ann.laptop.writing.fill("theirs")
    ann.laptop.page.get_by_role("link", name="Saved messages").click()  # so it is told at once
    expect(entry(ann.laptop, ann.room).get_by_text("Draft")).to_be_visible()
    line.mend()
    ann.phone.is_connected()
    expect(ann.phone.writing).to_have_value("mine again")
    entry(ann.laptop, ann.room).click()
    ann.laptop.is_connected()
    expect(ann.laptop.writing).to_have_value("theirs")
    ann.phone.writing.press("!")
    expect(ann.laptop.writing).to_have_value(re.compile("mine again"))


def test_sidebar_marks_other_places_with_a_draft(ann: Ann) -> None:
    ann.laptop.writing.fill("half a thou")
    expect(entry(ann.laptop, ann.room).get_by_text("Draft")).to_be_hidden()
    ann.phone.page.get_by_role("link", name="Saved messages").click()
    mark = entry(ann.phone, ann.room).get_by_text("Draft")
    expect(mark).to_be_visible()
    ann.phone.page.reload()
    expect(mark).to_be_visible()
    ann.laptop.page.get_by_role("link", name="Saved messages").click()
    expect(entry(ann.laptop, ann.room).get_by_text("Draft")).to_be_visible()
    entry(ann.laptop, ann.room).click()
    ann.laptop.is_connected()
    expect(ann.laptop.writing).to_have_value("half a thou")
    ann.laptop.writing.press("Enter")
    expect(mark).to_have_count(0)
    entry(ann.phone, ann.room).click()
    ann.phone.reads("half a thou")
    expect(ann.phone.writing).to_have_value("")


def test_draft_is_gone_everywhere_when_the_room_is_left_for_good(ann: Ann) -> None:
    ann.laptop.writing.fill("half a thou")
    expect(ann.phone.writing).to_have_value("half a thou")
    ann.laptop.writing.fill("half a thought")
    ann.laptop.page.get_by_role("button", name="Leave room").click()
    ann.laptop.page.get_by_role("dialog").get_by_role("button", name="Leave room").click()
    expect(ann.phone.writing).to_have_value("")
    ann.laptop.page.wait_for_url(lambda address: not address.endswith(ann.room))
    ann.laptop.page.wait_for_load_state()
    ann.phone.page.reload()
    ann.phone.page.get_by_role("button", name="Join").click()
    ann.phone.is_connected()
    expect(ann.phone.writing).to_have_value("")


def test_draft_of_a_conversation_goes_along(
    server: ServerProcess, room: str, new_visitor: NewVisitor, ann: Ann
) -> None:
    bob = new_visitor(server.url)
    bob.enter(room, "Bob of drafts")
    for visitor in (ann.laptop, ann.phone):
        visitor.go("/direct/Bob of drafts")
        visitor.is_connected()
    ann.laptop.writing.fill("between us")
    expect(ann.phone.writing).to_have_value("between us")
    ann.phone.writing.press("Enter")
    ann.laptop.reads("between us")
    expect(ann.laptop.writing).to_have_value("")


def test_place_that_is_left_at_once_has_its_draft_elsewhere(ann: Ann) -> None:
    ann.phone.go("/")
    ann.laptop.writing.fill("no time")
    ann.laptop.page.get_by_role("link", name="Saved messages").click()
    expect(entry(ann.phone, ann.room)).to_contain_text("Draft")
    ann.phone.go(ann.room)
    ann.phone.is_connected()
    expect(ann.phone.writing).to_have_value("no time")


def test_draft_that_the_server_keeps_no_more_is_marked_here(ann: Ann, server: ServerProcess) -> None:
    """Error 917: the server has too many texts of this person."""
    fill = (
        "from chat.models import Participant, Room, UnfinishedText; from django.utils import timezone;"
        f"one = Participant.objects.get(name={ann.name!r});"
        "make = lambda n: Room.objects.create(title=f'full {one.pk} {n}', title_key=f'full {one.pk} {n}');"
        "keep = lambda room: UnfinishedText(participant=one, room=room, text='x', at=timezone.now());"
        "UnfinishedText.objects.bulk_create([keep(make(n)) for n in range(50)])"
    )
    manage("shell", "--verbosity=0", "--command", fill, env=server.env)
    ann.laptop.page.reload()
    ann.laptop.is_connected()
    ann.laptop.writing.fill("one too many")
    expect(entry(ann.laptop, ann.room)).to_contain_text("Draft")
    expect(entry(ann.phone, ann.room)).not_to_contain_text("Draft")
    ann.laptop.go("/")
    expect(entry(ann.laptop, ann.room)).to_contain_text("Draft")
    ann.laptop.go(ann.room)
    ann.laptop.is_connected()
    expect(ann.laptop.writing).to_have_value("one too many")
    ann.laptop.writing.press("Enter")
    expect(entry(ann.laptop, ann.room)).not_to_contain_text("Draft")
