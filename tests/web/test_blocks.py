"""Blocking on the page of a person, and the list of blocked people in the profile."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from chat.events import Sender
from chat.log.kinds.message import MessageDraft
from chat.log.log import log
from chat.models import Block, Participant, Room, SavedMessage
from chat.validation import name_key
from tests.support.marks import whole_db
from tests.web.kit import PASSWORD, make_room, text_of

pytestmark = pytest.mark.django_db

ANN = {"name": "Ann", "color": "#1d6fb8"}


@pytest.fixture
def ann(visitor: Client) -> Client:
    visitor.post(f"/room/{make_room('Tea').pk}/enter", ANN)
    return visitor


@pytest.fixture
def bob() -> Participant:
    return Participant.objects.create(name="Bob", name_key=name_key("Bob"))


def blocked() -> list[str]:
    return list(Block.objects.values_list("blocked__name", flat=True))


def show(visitor: Client, path: str) -> str:
    return text_of(visitor.get(path).content)


def test_person_is_blocked_on_their_page_and_unblocked_in_the_profile(ann: Client, bob: Participant) -> None:
    page = "/person?name=Bob"
    assert "Block…" in show(ann, page)
    assert "You have blocked no one" in show(ann, "/profile")
    answer = ann.post(page, {"block": str(bob.pk)})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert blocked() == ["Bob"]
    assert "You have blocked this person. Unblock" in show(ann, page)
    assert "Blocked people Bob Unblock" in show(ann, "/profile")
    room = ann.get("/room/Tea", follow=True).content.decode()
    assert f'data-blocked="{bob.pk}"' in room
    assert ann.post("/profile", {"unblock": str(bob.pk)})["Location"] == "/profile"
    assert blocked() == []


def test_refusals_are_told_on_the_page(
    ann: Client, bob: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.services.blocks.MOST_BLOCKED", 0)
    for number in (str(bob.pk), "999999", "x", ""):
        assert ann.post("/person?name=Bob", {"block": number}).status_code == 302
    assert blocked() == []
    assert "You can block at most 0 people" in show(ann, "/person?name=Bob")


def test_visitors_without_a_name_and_the_person_themselves_are_offered_nothing(
    ann: Client, bob: Participant
) -> None:
    assert "Block" not in show(Client(), "/person?name=Bob")
    assert "Block" not in show(ann, "/person?name=Ann")
    assert b'name="name"' in Client().post("/person?name=Bob", {"block": str(bob.pk)}).content
    assert blocked() == []


@pytest.mark.parametrize("new", [True, False], ids=["sign-up", "sign-in"])
def test_blocks_of_a_guest_go_over_into_the_account(ann: Client, bob: Participant, new: bool) -> None:
    ann.post("/person?name=Bob", {"block": str(bob.pk)})
    if new:
        ann.post("/sign-up", {"name": "Ann", "password1": PASSWORD, "password2": PASSWORD})
    else:
        User.objects.create_user("Cara", password=PASSWORD)
        ann.post("/sign-in", {"username": "Cara", "password": PASSWORD})
    assert "Signed in as" in show(ann, "/")
    assert "Blocked people Bob Unblock" in show(ann, "/profile")


@pytest.fixture
def lists(ann: Client, bob: Participant) -> list[str]:
    """The pages with a message of Bob's that mentions Ann and that she has saved."""
    tea = Room.objects.get(title="Tea")
    me = Participant.objects.get(name="Ann")
    message = MessageDraft(
        room=tea.pk, at=datetime.now(UTC), sender=Sender("Bob", participant=bob.pk), text="@Ann look"
    )
    log.append_and_wait(message)
    SavedMessage.objects.create(participant=me, room=tea, seq=1)
    return ["/search?q=look", "/saved", "/mentions"]


@whole_db
def test_messages_of_blocked_people_are_folded_in_lists(
    ann: Client, bob: Participant, lists: list[str]
) -> None:
    folded = "Message from a blocked person Show"
    for page in lists:
        assert "@Ann look" in show(ann, page)
        assert folded not in show(ann, page)
    ann.post("/person?name=Bob", {"block": str(bob.pk)})
    for page in lists:
        assert f"{folded} @Ann look" in show(ann, page), "the text is there, to be shown"
        assert ann.get(page).content.count(b'<details class="folded">') == 1
