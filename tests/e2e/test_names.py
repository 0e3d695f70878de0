"""Names are unique on the whole server, and the page explains a refusal."""

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import program
from tests.e2e.test_pages import sign_in
from tests.support.accounts import account
from tests.support.server import ServerProcess


def test_name_taken_meanwhile_is_refused(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.page.goto("about:blank")  # each page of the site keeps the name
    with program(server.ws_url, room, "ANN"):
        ann.go(room)
        ann.is_told("This name is taken. Leave the room and join under another name.")
        ann.cannot_write()
        ann.leave()
        ann.knock(room, "Anna")
        ann.is_connected()


def test_visitor_has_one_name_at_a_time(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Bea")
    ann.go("/")
    ann.enter("/room/1", "Ann")
    tab = Visitor(ann.page.context.new_page(), server.url)
    tab.go(room)
    tab.is_connected()
    tab.sees_people("Ann")


def test_name_changed_in_the_profile_is_so_in_an_open_room(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    """In each browser of the account, without a word about leaving the room."""
    account(server, "Nora")
    laptop, phone, other = (new_visitor(server.url) for _ in range(3))
    other.enter(room, "Otto")
    for visitor in (laptop, phone):
        sign_in(visitor, "Nora")
    laptop.go(room)
    laptop.page.get_by_role("button", name="Join").click()
    laptop.is_connected()
    phone.go("/profile")
    phone.page.get_by_label("Your name").fill("Nora Maria")
    phone.page.get_by_role("button", name="Save").click()
    expect(phone.page.get_by_text("Saved.")).to_be_visible()
    other.sees_people("Nora Maria", "Otto")
    laptop.is_connected()
    laptop.say("still here")
    said = other.page.locator(".message").filter(has_text="still here")
    expect(said.locator(".name")).to_have_text("Nora Maria")
    laptop.sees_people("Nora Maria", "Otto")
