"""No typed text is lost, whatever happens to the message, the room or the rights."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.admin.test_live import PASSWORD, Moderator
from tests.e2e.conftest import NewVisitor
from tests.e2e.programs import change_room, number
from tests.e2e.test_actions import choose
from tests.support.server import ServerProcess, manage


class Two:
    """Olga owns the room, and Ann is editing her message: the field has the new text."""

    def __init__(self, site: str, new_visitor: NewVisitor) -> None:
        self.olga, self.ann = new_visitor(site), new_visitor(site)
        self.room = self.olga.create_room(f"Room of {id(self)}")
        self.olga.enter(self.room, "Olga")
        self.ann.enter(self.room, "Ann")
        self.ann.say("as it was")
        self.olga.reads("as it was")

    def edit(self) -> None:
        choose(self.ann, 1, "Edit")
        self.ann.writing.fill("as it is")

    def delete(self) -> None:
        choose(self.olga, 1, "Delete…")
        self.olga.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        self.ann.reads("This message was deleted.")

    def mute(self, choice: str) -> None:
        choose(self.olga, 1, "Mute Ann")
        self.olga.page.get_by_role("menuitem", name=choice).click()

    @property
    def refusal(self) -> Locator:
        return self.ann.page.locator("#composer .refusal")


@pytest.fixture(scope="module")
def admin(server: ServerProcess) -> Iterator[Moderator]:
    """At the admin site: there rooms are locked."""
    options = ("--noinput", "--username=alice", "--email=")
    manage("createsuperuser", *options, env={**server.env, "DJANGO_SUPERUSER_PASSWORD": PASSWORD})
    admin = Moderator(server)
    admin.sign_in()
    yield admin
    admin.client.close()


@pytest.fixture
def two(server: ServerProcess, new_visitor: NewVisitor) -> Two:
    return Two(server.url, new_visitor)


@pytest.mark.parametrize("when", ["before it is sent", "before a reload"])
def test_an_edit_of_what_is_deleted_meanwhile_becomes_a_new_message(two: Two, when: str) -> None:
    two.ann.writing.fill("half a thought")
    two.edit()
    two.delete()
    expect(two.refusal).to_contain_text("was deleted")
    if when == "before a reload":
        two.ann.page.reload()
        two.ann.is_connected()
        expect(two.refusal).to_contain_text("was deleted")
    two.ann.writing.press("Enter")
    expect(two.ann.writing).to_have_value("as it is")
    two.ann.page.get_by_role("button", name="Send as a new message").click()
    expect(two.olga.messages.last).to_have_text("as it is")
    expect(two.ann.writing).to_have_value("half a thought")


def test_an_edit_while_muted_stays_until_it_can_be_saved(two: Two) -> None:
    two.edit()
    two.mute("Mute until further notice")
    two.ann.cannot_write()
    two.ann.is_told("A moderator has muted you in this room.")
    expect(two.ann.writing).to_have_value("as it is")
    choose(two.olga, 1, "Unmute Ann")
    expect(two.ann.writing).to_be_enabled()
    two.ann.writing.press("Enter")
    two.olga.reads("as it is")
    expect(two.ann.writing).to_have_value("")


def test_an_edit_in_a_room_that_is_locked_stays_until_it_can_be_saved(two: Two, admin: Moderator) -> None:
    two.edit()
    admin.press(number(two.room), "lock")
    two.ann.cannot_write()
    two.ann.is_told("This room is locked")
    expect(two.ann.writing).to_have_value("as it is")
    admin.press(number(two.room), "unlock")
    expect(two.ann.writing).to_be_enabled()
    two.ann.writing.press("Enter")
    two.olga.reads("as it is")


def _delete(two: Two) -> None:
    change_room(two.olga, "DELETE", two.room)


def _shut_out(two: Two) -> None:
    change_room(two.olga, "PUT", two.room, visibility="private", password="another password")


@pytest.mark.parametrize(
    ("end", "told"), [(_delete, "has been deleted"), (_shut_out, "Your access has expired")]
)
@pytest.mark.parametrize("editing", [True, False], ids=["edit", "message"])
def test_draft_stays_when_the_room_ends(
    two: Two, end: Callable[[Two], None], told: str, editing: bool
) -> None:
    if editing:
        two.edit()
    two.ann.writing.fill("as it is")
    end(two)
    two.ann.is_told(told)
    two.ann.cannot_write()
    expect(two.ann.writing).to_have_value("as it is")


def test_a_reply_to_what_is_deleted_meanwhile_is_sent_without_it(two: Two) -> None:
    choose(two.ann, 1, "Reply")
    two.ann.writing.fill("an answer")
    two.delete()
    expect(two.ann.page.locator("#composer .context")).to_contain_text("Original message was deleted")
    two.ann.writing.press("Enter")
    expect(two.olga.messages.last).to_have_text("an answer")


def test_words_of_a_muted_member_stay_with_the_reason(two: Two) -> None:
    two.ann.writing.fill("hear me")
    two.mute("Mute for 10 minutes")
    two.ann.cannot_write()
    two.ann.is_told("A moderator has muted you in this room.")
    expect(two.ann.writing).to_have_value("hear me")
