"""The address of a message, opened before the visitor has joined its room."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import PASSWORD, Visitor
from tests.e2e.programs import ask, program
from tests.e2e.test_list import line, room_with, say_lines
from tests.support.server import ServerProcess

ACCOUNT_PASSWORD = "a few random words"


@pytest.fixture
def long_room(server: ServerProcess, room: str) -> Iterator[str]:
    """A room with 200 messages."""
    with room_with(server, room, 200):
        yield room


def is_at(visitor: Visitor, seq: int) -> None:
    """The message is in sight, and has the focus."""
    visitor.is_connected()
    expect(visitor.page.locator(f"[data-seq='{seq}']")).to_be_focused()
    expect(line(visitor, seq)).to_be_in_viewport()


def submit(visitor: Visitor, button: str, **fields: str) -> None:
    for label, value in fields.items():
        visitor.page.get_by_label(label.replace("_", " "), exact=True).fill(value)
    visitor.page.locator("main").get_by_role("button", name=button).click()


def test_the_form_for_the_name_leads_on_to_the_message(
    server: ServerProcess, long_room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.knock(f"{long_room}#m20", "Ann")
    is_at(ann, 20)
    expect(ann.page).to_have_url(f"{server.url}{long_room}#m20")
    expect(line(ann, 200)).not_to_be_attached()


def test_refused_names_and_passwords_do_not_lose_the_message(
    server: ServerProcess, new_visitor: NewVisitor
) -> None:
    owner, ann = new_visitor(server.url), new_visitor(server.url)
    title = f"Garden {uuid.uuid4().hex[:6]}"
    room = owner.create_room(title, "hidden")
    owner.knock(room, "Olga")
    owner.is_connected()
    for n in range(1, 61):
        owner.writing.fill(f"line {n}")
        owner.writing.press("Enter")
    expect(line(owner, 60)).to_be_in_viewport()
    ann.go("/")
    ann.go(f"{room}#m3")
    submit(ann, "Join", Your_name="Olga", Room_password=PASSWORD)
    expect(ann.page.locator("#name-error")).to_be_visible()
    submit(ann, "Join", Your_name="Ann", Room_password="not it at all")
    expect(ann.page.locator("#password-error")).to_be_visible()
    submit(ann, "Join", Your_name="Ann", Room_password=PASSWORD)
    is_at(ann, 3)


@pytest.mark.parametrize("mistake", [False, True])
def test_signing_up_first_leads_on_to_the_message(
    server: ServerProcess, long_room: str, new_visitor: NewVisitor, *, mistake: bool
) -> None:
    ann, name = new_visitor(server.url), f"Ann {uuid.uuid4().hex[:6]}"
    ann.go(f"{long_room}#m20")
    ann.page.get_by_role("link", name="Sign in").first.click()
    ann.page.get_by_role("link", name="Create account").click()
    passwords = ["something else", ACCOUNT_PASSWORD] if mistake else [ACCOUNT_PASSWORD]
    for again in passwords:
        ann.page.get_by_label("Confirm password").fill(again)
        submit(ann, "Create account", Name=name, Password=ACCOUNT_PASSWORD)
    submit(ann, "Join")
    is_at(ann, 20)

    elsewhere = new_visitor(server.url)
    elsewhere.go(f"{long_room}#m30")
    elsewhere.page.get_by_role("link", name="Sign in").first.click()
    for password in ["wrong", ACCOUNT_PASSWORD] if mistake else [ACCOUNT_PASSWORD]:
        submit(elsewhere, "Sign in", Name=name, Password=password)
    is_at(elsewhere, 30)  # the room is the account's, in every browser


def test_guest_returns_to_the_message(server: ServerProcess, long_room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.go(f"{long_room}#m20")
    ann.page.get_by_role("link", name="Sign in").first.click()
    ann.page.get_by_role("link", name="Create account").click()
    ann.page.get_by_role("link", name="Sign in").click()
    ann.page.get_by_role("link", name="Continue as guest").click()
    submit(ann, "Join", Your_name="Ann")
    is_at(ann, 20)


def test_a_conversation_asks_for_the_name_and_leads_on_to_the_message(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    name = f"Carol {uuid.uuid4().hex[:6]}"
    with program(server.ws_url, room, name) as carol, program(server.ws_url, room, "Ann"):
        where = ask(carol, type="direct", to="Ann")["room"]
        say_lines(carol, f"/room/{where}", 1, 80)
        ann.go(f"/direct/{name}#m2")
        submit(ann, "Continue", Your_name=name)
        expect(ann.page.locator("#name-error")).to_be_visible()
        submit(ann, "Continue", Your_name=f"Dora {uuid.uuid4().hex[:6]}")
        ann.is_connected()
        assert ann.page.evaluate("location.hash") == "#m2"


def test_a_message_of_a_conversation_is_found_after_signing_in(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, elsewhere = new_visitor(server.url), new_visitor(server.url)
    name, carol_name = (f"{name} {uuid.uuid4().hex[:6]}" for name in ("Ann", "Carol"))
    ann.go("/sign-up")
    ann.page.get_by_label("Confirm password").fill(ACCOUNT_PASSWORD)
    submit(ann, "Create account", Name=name, Password=ACCOUNT_PASSWORD)
    expect(ann.page.get_by_role("heading", name="Rooms", exact=True)).to_be_visible()
    with program(server.ws_url, room, carol_name) as carol:
        where = ask(carol, type="direct", to=name)["room"]
        say_lines(carol, f"/room/{where}", 1, 80)
        elsewhere.go(f"/direct/{carol_name}#m50")
        elsewhere.page.get_by_role("link", name="Sign in").first.click()
        submit(elsewhere, "Sign in", Name=name, Password=ACCOUNT_PASSWORD)
        is_at(elsewhere, 50)


def test_invalid_message_address_is_dropped(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.knock(f"{room}#nonsense", "Ann")
    ann.is_connected()
    expect(ann.page).to_have_url(f"{server.url}{room}")
