"""The pages in a browser: lists that keep up, themes, menus, tabs; and all of it without scripts."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import program
from tests.support.accounts import PASSWORD, account
from tests.support.server import ServerProcess

PAPER = {"light": "rgb(246, 247, 249)", "dark": "rgb(20, 23, 27)"}


def make_room(server: ServerProcess, title: str) -> str:
    fields = {"title": title, "visibility": "public"}
    return f"/room/{httpx.post(f'{server.url}/chats', json=fields, trust_env=False).json()['id']}"


def looked_at_again(page: Page) -> None:
    """Return to the tab, so that the page need not wait for its timer."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


# The list of rooms


def test_rooms_and_people_appear_without_a_reload(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.go("/")
    ann.page.evaluate("window.same = true")
    room = make_room(server, "Appears later")
    looked_at_again(ann.page)
    link = ann.page.get_by_role("link", name="Appears later")
    expect(link).to_contain_text("No one online")
    link.focus()
    with program(server.ws_url, room, "Bob"):
        looked_at_again(ann.page)
        expect(link).to_contain_text("1 online")
    expect(link).to_be_focused()
    assert ann.page.evaluate("window.same")


def test_the_list_keeps_up_by_itself(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.page.clock.install()
    ann.go("/")
    make_room(server, "By the clock")
    ann.page.clock.run_for(16_000)
    expect(ann.page.get_by_role("link", name="By the clock")).to_be_visible()


def test_rooms_are_found_while_typing(server: ServerProcess, new_visitor: NewVisitor) -> None:
    make_room(server, "Tea time")
    make_room(server, "Milk & sugar")
    ann = new_visitor(server.url)
    ann.go("/")
    box = ann.page.get_by_role("searchbox", name="Search rooms")
    box.press_sequentially("sugar")
    expect(ann.page.get_by_role("link", name="Milk & sugar")).to_be_visible()
    expect(ann.page.get_by_role("link", name="Tea time")).to_be_hidden()
    expect(ann.page.get_by_role("status").filter(has_text="1 room matches “sugar”")).to_be_visible()
    expect(ann.page).to_have_url(f"{server.url}/?q=sugar")
    expect(box).to_be_focused()
    ann.page.reload()
    expect(box).to_have_value("sugar")
    box.fill("")
    expect(ann.page.get_by_role("link", name="Tea time")).to_be_visible()


def test_unread_count_is_shown_and_cleared_by_reading(
    server: ServerProcess, new_visitor: NewVisitor, room: str
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(room, "Reader")
    ann.go("/")
    bob.enter(room, "Writer")
    for line in ("one", "two"):
        bob.say(line)
    bob.reads("one", "two")
    looked_at_again(ann.page)
    visited = ann.page.locator(f"#sidebar a[href='{room}']")
    expect(visited).to_contain_text("2 unread messages")


def test_the_password_of_a_new_room_comes_with_a_hint(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.go("/")
    ann.page.get_by_role("link", name="Create room").click()
    password = ann.page.get_by_role("textbox", name="Password")
    expect(password).to_be_hidden()
    ann.page.locator("input[value=private]").check()
    hint = ann.page.locator(".strength [role=status]")
    for typed, words in [
        ("short", "Too short"),
        ("password123", "Very easy to guess"),
        ("hutzeldu", "Easy to guess"),
        ("correct horse battery staple", "Very good"),
    ]:
        password.fill(typed)
        expect(hint).to_have_text(words)


STRENGTHS = {
    "": 0,
    "aB3$xyz": 0,
    "aaaaaaaaaaaaaaaaaaaa": 1,
    "1234567890": 1,
    "Password1": 1,
    "qwertzuiop": 1,
    "jxnvqpwm": 2,
    "Jxnv3qpwm": 3,
    "kwm vbnq rtpz hgd": 4,
    "日本語のパスワードです": 4,
}


def test_password_strength_is_shown(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.go("/")
    rate = """passwords => import("/static/chat/pages/new-password.js").then(
        ({ rateStrength }) => passwords.map((password) => [password, rateStrength(password, 8)]))"""
    assert dict(ann.page.evaluate(rate, list(STRENGTHS))) == STRENGTHS


# Themes


def paper(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_theme_is_that_of_the_system_until_one_is_chosen(
    server: ServerProcess, new_visitor: NewVisitor, scripts: bool
) -> None:
    ann = new_visitor(server.url, color_scheme="dark", java_script_enabled=scripts)
    ann.go("/")
    summary, light = ann.page.locator("details.menu > summary"), ann.page.get_by_role("button", name="Light")
    if scripts:
        assert paper(ann.page) == PAPER["dark"]
        ann.page.evaluate("window.same = true")
    summary.click()
    light.click()
    expect(ann.page.locator("html")).to_have_attribute("data-theme", "light")
    if scripts:
        assert ann.page.evaluate("window.same")  # at once, without a page load
        expect(light).to_have_attribute("aria-pressed", "true")
        ann.go("/sign-in")
        assert paper(ann.page) == PAPER["light"]
    else:
        ann.go("/sign-in")
        expect(ann.page.locator("html")).to_have_attribute("data-theme", "light")
    summary.click()
    ann.page.get_by_role("button", name="System").click()
    expect(ann.page.locator("html")).not_to_have_attribute("data-theme", re.compile(".*"))


# Menus and the keyboard


def test_menu_closes_when_focus_leaves(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.go("/")
    summary, menu = ann.page.locator("details.menu > summary"), ann.page.locator(".menu-body")
    summary.focus()
    ann.page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(summary).to_be_focused()
    summary.click()
    ann.page.get_by_role("heading", name="Rooms").click()
    expect(menu).to_be_hidden()
    summary.click()
    ann.page.get_by_role("searchbox").focus()
    expect(menu).to_be_hidden()


def test_the_keyboard_comes_to_the_content_first(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.go("/sign-up")
    ann.page.keyboard.press("Tab")
    skip = ann.page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    ann.page.keyboard.press("Enter")
    ann.page.keyboard.press("Tab")
    expect(ann.page.get_by_label("Name")).to_be_focused()


# Accounts


def sign_in(visitor: Visitor, name: str) -> None:
    visitor.go("/sign-in")
    visitor.page.get_by_label("Name").fill(name)
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Sign in").click()
    expect(visitor.page.locator("details.menu > summary")).to_contain_text(name)


def test_a_guest_becomes_an_account_and_is_still_in_the_room(
    server: ServerProcess, new_visitor: NewVisitor, room: str
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Becomes")
    ann.say("as a guest")
    ann.reads("as a guest")
    ann.go(f"/sign-up?next={room}")
    expect(ann.page.get_by_label("Name")).to_have_value("Becomes")
    ann.page.get_by_label("Password", exact=True).fill(PASSWORD)
    ann.page.get_by_label("Confirm password").fill(PASSWORD)
    ann.page.get_by_role("button", name="Create account").click()
    expect(ann.page).to_have_url(f"{server.url}{room}")
    ann.is_connected()
    ann.reads("as a guest")
    phone = new_visitor(server.url)
    sign_in(phone, "Becomes")


def test_other_tabs_hear_of_signing_out(server: ServerProcess, new_visitor: NewVisitor) -> None:
    account(server, "tabby")
    ann = new_visitor(server.url)
    sign_in(ann, "tabby")
    tab = Visitor(ann.page.context.new_page(), server.url)
    tab.go("/account")
    ann.page.locator("details.menu > summary").click()
    ann.page.get_by_role("button", name="Sign out").click()
    expect(tab.page).to_have_url(f"{server.url}/sign-in?next=/account")


# Without scripts


def test_everything_but_the_chat_works_without_scripts(
    server: ServerProcess, new_visitor: NewVisitor, room: str
) -> None:
    make_room(server, "Found without scripts")
    ann = new_visitor(server.url, java_script_enabled=False)
    ann.go("/")
    ann.page.get_by_role("searchbox").fill("without scripts")
    ann.page.get_by_role("button", name="Search").click()
    expect(ann.page.locator(".room")).to_have_count(1)
    made = ann.create_room("Made without scripts", "private")
    ann.knock(made, "Plain")
    ann.go(room)
    expect(ann.page.get_by_label("Your name")).to_have_value("Plain")
    ann.page.get_by_role("button", name="Join").click()
    ann.go("/")
    expect(ann.page.get_by_role("link", name="Made without scripts").first).to_be_visible()
    ann.page.locator("details.menu > summary").click()
    ann.page.get_by_role("link", name="Create account").click()
    ann.page.get_by_label("Password", exact=True).fill(PASSWORD)
    ann.page.get_by_label("Confirm password").fill(PASSWORD)
    ann.page.get_by_role("button", name="Create account").click()
    expect(ann.page).to_have_url(f"{server.url}/")
    ann.page.locator("details.menu > summary").click()
    ann.page.get_by_role("button", name="Sign out").click()
    expect(ann.page.get_by_role("link", name="Sign in").first).to_be_visible()


def test_room_under_a_path_of_the_host_works(
    new_visitor: NewVisitor, tmp_path_factory: pytest.TempPathFactory
):
    with ServerProcess(tmp_path_factory.mktemp("prefixed"), {"WSCHAT_PATH_PREFIX": "/chat"}) as prefixed:
        ann = new_visitor(f"{prefixed.url}/chat")
        ann.enter("/room/1", "ann")
        ann.say("hi")
        ann.reads("hi")
        assert ann.faults == []
