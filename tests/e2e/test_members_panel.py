"""The members panel: groups, the search, thousands of people, the keyboard."""

import re
import uuid
from contextlib import ExitStack

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.axe import faults_of
from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import number, program
from tests.e2e.test_screens import PHONE
from tests.support.server import ServerProcess, manage

# People who have joined a room and are away.
JOIN = """
from chat.models import JoinedRoom, Participant
from chat.validation import name_key
from django.utils import timezone
first = lambda n: "Robin Lee" if n % 1000 == 7 else "Person"
names = [f"{{first(n)}} {{n:05}} {key}" for n in range({count})]
people = [Participant(name=name, name_key=name_key(name)) for name in names]
Participant.objects.bulk_create(people, batch_size=2000)
people = Participant.objects.filter(name__endswith=" {key}")
joined = [JoinedRoom(participant=one, room_id={room}, at=timezone.now(), generation=1) for one in people]
JoinedRoom.objects.bulk_create(joined, batch_size=2000)
"""


def let_join(server: ServerProcess, room: str, count: int) -> str:
    """Have this many people join the room and be away. Their names end with the key."""
    key = uuid.uuid4().hex[:6]
    code = JOIN.format(count=count, key=key, room=number(room))
    manage("shell", "--verbosity=0", "--command", code, env=server.env)
    return key


# A minute or two takes a second.
HURRY = """
const { setTimeout } = globalThis;
globalThis.setTimeout = (act, wait, ...given) => setTimeout(act, wait < 60_000 ? wait : wait / 100, ...given);
"""


def headings(visitor: Visitor) -> Locator:
    return visitor.page.locator("#people h3")


def names(visitor: Visitor) -> Locator:
    return visitor.page.locator("#people .one .name")


def field(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("searchbox", name="Search members")


def person(visitor: Visitor, name: str) -> Locator:
    return visitor.page.locator(f"#people .person[data-person='{name}']")


@pytest.fixture
def ann(server: ServerProcess, new_visitor: NewVisitor) -> Visitor:
    """Ann, in a room that she owns. Mona, who moderates it, and Zoe have been there."""
    ann, mona = new_visitor(server.url), new_visitor(server.url)
    room = ann.create_room(f"Garden {uuid.uuid4().hex[:8]}")
    ann.enter(room, "Ann")
    mona.enter(room, "Mona")
    ann.sees_people("Ann", "Mona")
    person(ann, "Mona").click()
    ann.page.get_by_role("menuitem", name="Make moderator").click()
    expect(headings(ann)).to_have_text(["Owner 1", "Moderators 1"])
    with program(server.ws_url, room, "Zoe"):
        expect(headings(ann)).to_have_text(["Owner 1", "Moderators 1", "Here 1"])
    mona.page.close()
    expect(headings(ann)).to_have_text(["Owner 1", "Moderators 1", "Away 1"])
    return ann


def test_groups_tell_roles_and_who_is_away(ann: Visitor) -> None:
    expect(names(ann)).to_have_text(["Ann", "Mona", "Zoe"])
    rows = ann.page.locator("#people .one")
    expect(rows.nth(0).locator(".online")).to_be_visible()
    expect(rows.nth(1).get_by_text("away", exact=True)).to_be_visible()
    expect(rows.nth(1).locator(".online")).to_have_count(0)
    expect(rows.nth(2).locator(".online")).to_have_count(0)
    expect(rows.nth(2)).to_have_attribute("aria-posinset", "3")
    expect(rows.nth(2)).to_have_attribute("aria-setsize", "3")
    ann.page.reload()
    expect(headings(ann)).to_have_text(["Owner 1", "Moderators 1", "Away 1"])
    assert faults_of(ann.page) == []


def test_who_comes_back_is_here_and_the_focus_goes_along(
    ann: Visitor, server: ServerProcess, new_visitor: NewVisitor
) -> None:
    room = ann.page.url.removeprefix(ann.site)
    bob = new_visitor(server.url)
    bob.enter(room, "Bob")
    expect(headings(ann)).to_have_text(["Owner 1", "Moderators 1", "Here 1", "Away 1"])
    person(ann, "Bob").focus()
    bob.page.goto("about:blank")
    expect(headings(ann)).to_have_text(["Owner 1", "Moderators 1", "Away 2"])
    expect(person(ann, "Bob")).to_be_focused()
    bob.go(room)
    expect(headings(ann)).to_have_text(["Owner 1", "Moderators 1", "Here 1", "Away 1"])
    expect(person(ann, "Bob")).to_be_focused()


def test_banned_are_not_among_those_away(
    ann: Visitor, server: ServerProcess, new_visitor: NewVisitor
) -> None:
    bob = new_visitor(server.url)
    bob.enter(ann.page.url.removeprefix(ann.site), "Bob")
    person(ann, "Bob").click()
    ann.page.get_by_role("menuitem", name="Ban Bob…").click()
    ann.page.get_by_role("dialog").get_by_role("button", name="Ban").click()
    expect(ann.page.locator("#outcome")).to_contain_text("Bob was banned")
    expect(names(ann)).to_have_text(["Ann", "Mona", "Zoe"])
    ann.page.reload()
    expect(names(ann)).to_have_text(["Ann", "Mona", "Zoe"])


def test_what_is_said_beside_a_long_name_stands_below_it_in_line(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Annabella of the Large and Beautiful Garden")
    row = ann.page.locator("#people .one")
    you, avatar = row.locator(".you"), row.locator(".avatar")
    expect(you).to_be_visible()
    below, beside = you.bounding_box(), avatar.bounding_box()
    assert below
    assert beside
    assert below["y"] > beside["y"] + beside["height"]
    assert below["x"] == beside["x"]


def test_list_is_used_with_the_keyboard(ann: Visitor) -> None:
    keys = ann.page.keyboard
    field(ann).focus()
    keys.press("ArrowDown")
    expect(person(ann, "Ann")).to_be_focused()
    for key, name in (("ArrowDown", "Mona"), ("End", "Zoe"), ("ArrowDown", "Zoe"), ("Home", "Ann")):
        keys.press(key)
        expect(person(ann, name)).to_be_focused()
    keys.press("End")
    keys.press("Enter")
    expect(ann.page.get_by_role("menu", name="Zoe")).to_be_visible()
    keys.press("Escape")
    expect(person(ann, "Zoe")).to_be_focused()
    keys.press("Home")
    keys.press("ArrowUp")
    expect(field(ann)).to_be_focused()
    keys.press("Tab")
    expect(person(ann, "Ann")).to_be_focused()  # the list is one stop
    keys.press("Tab")
    expect(ann.page.locator("#level-what")).to_be_focused()


def test_search_finds_members_here_and_away(ann: Visitor) -> None:
    status = ann.page.locator("#people-found")
    field(ann).fill("z")
    expect(names(ann)).to_have_text(["Zoe"])
    expect(status).to_have_text("1 member")
    field(ann).fill("nobody")
    expect(status).to_have_text("No members match “nobody”")
    expect(names(ann)).to_have_count(0)
    assert faults_of(ann.page) == []
    ann.page.keyboard.press("Escape")
    expect(names(ann)).to_have_text(["Ann", "Mona", "Zoe"])
    expect(status).to_be_empty()
    ann.page.keyboard.press("Escape")
    expect(ann.page.locator("#people")).to_be_hidden()


def test_ten_thousand_members_take_few_rows(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    key = let_join(server, room, 10_000)
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    expect(headings(ann)).to_have_text(["Here 1", "Away 10,000"])
    expect(person(ann, f"Person 00000 {key}")).to_be_visible()
    field(ann).fill("lee 0500")  # before its page is loaded
    expect(names(ann)).to_have_text([f"Robin Lee 05007 {key}"])
    ann.page.keyboard.press("Escape")
    person(ann, "Ann").focus()
    ann.page.keyboard.press("End")
    last = person(ann, f"Robin Lee 09007 {key}")
    expect(last).to_be_focused(timeout=20_000)
    expect(last.locator("xpath=..")).to_have_attribute("aria-posinset", re.compile("^10001$"))
    assert ann.page.locator("#people li").count() < 60
    last.click()
    expect(ann.page.get_by_role("menu", name=f"Robin Lee 09007 {key}")).to_be_visible()


def test_phone_shows_members_without_its_keyboard(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    let_join(server, room, 300)
    ann = new_visitor(server.url, **PHONE)
    ann.enter(room, "Ann")
    ann.open_panel("people")
    expect(ann.page.get_by_role("heading", name="Members")).to_be_focused()
    expect(headings(ann)).to_have_text(["Here 1", "Away 300"])
    assert ann.fits_the_width()
    assert faults_of(ann.page) == []


@pytest.mark.timeout(180)  # the crowd comes one by one
def test_in_large_rooms_those_away_are_asked_again_after_members_come(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.page.add_init_script(HURRY)
    with ExitStack() as crowd:
        for n in range(52):
            crowd.enter_context(program(server.ws_url, room, f"Crowd {n:02}"))
        with ann.page.expect_request("**/names?*"):
            ann.enter(room, "Ann Crowd")
            expect(headings(ann).first).to_have_text("Here 53")
            ann.page.locator("#people-list").evaluate("(list) => list.scrollTo(0, 9999)")
        with ann.page.expect_request("**/names?*"):
            crowd.enter_context(program(server.ws_url, room, "Crowd 99"))
