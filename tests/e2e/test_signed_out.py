"""Open pages after their sign-in has ended."""

from urllib.parse import quote

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.test_pages import sign_in
from tests.support.accounts import PASSWORD, account
from tests.support.server import ServerProcess, manage

GONE = "You're no longer signed in."
NEW = "another horse, another battery"


def enter(visitor: Visitor, room: str) -> Visitor:
    visitor.go(room)
    visitor.page.get_by_role("button", name="Join").click()
    visitor.is_connected()
    return visitor


def test_new_password_ends_other_browsers_and_this_one_goes_on_by_itself(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    account(server, "pia")
    here, elsewhere = new_visitor(server.url), new_visitor(server.url)
    sign_in(here, "pia")
    enter(here, room)
    sign_in(elsewhere, "pia")
    elsewhere.go(room)  # the account has joined it
    elsewhere.is_connected()
    here.say("before")
    elsewhere.reads("before")
    here.writing.fill("half a thought")
    account_page = here.page.context.new_page()
    account_page.goto(f"{server.url}/account")
    for label, text in {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}.items():
        account_page.locator(f"[name={label}]").fill(text)
    with here.page.expect_navigation():
        account_page.locator("[name=new_password2]").press("Enter")
    here.is_connected()
    expect(here.writing).to_have_value("half a thought")
    here.say("after")
    here.reads("before", "after")
    elsewhere.is_told(GONE)
    elsewhere.cannot_write()


def test_page_says_that_the_user_is_signed_out(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    account(server, "lea")
    visitor = new_visitor(server.url)
    sign_in(visitor, "lea")
    enter(visitor, room)
    manage(
        "shell",
        "-c",
        "from django.contrib.sessions.models import Session as S; S.objects.all().delete()",
        env=server.env,
    )
    visitor.is_told(GONE)
    visitor.cannot_write()
    visitor.page.locator("#notice").get_by_role("link", name="Sign in").click()
    expect(visitor.page).to_have_url(f"{server.url}/sign-in?next={quote(room, safe='')}")
