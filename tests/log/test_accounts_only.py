"""Rooms where only users with an account can post, on a real database."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User

from chat.errors import ACCOUNT_REQUIRED, ChatError
from chat.events import Sender
from chat.log.drafts import Draft
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.message import MessageDraft
from chat.log.kinds.reaction import ReactionDraft
from chat.log.log import Log
from chat.models import Participant, Room
from chat.permissions import SITE, Actor
from chat.services import moderation
from tests.support.marks import whole_db

pytestmark = whole_db


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    yield log
    log.stop()


@pytest.fixture
def room(log: Log) -> int:
    """A room of olga's, a guest. Message 1 is gus's, from before it was for accounts only."""
    olga = Participant.objects.create(name="olga", name_key="olga").pk
    room = Room.objects.create(title="club", title_key="club", owner_id=olga).pk
    log.append_and_wait(MessageDraft(room=room, at=now(), sender=guest("gus"), text="early"))
    Room.objects.filter(pk=room).update(accounts_only=True)
    return room


def now() -> datetime:
    return datetime.now(UTC)


def guest(name: str) -> Sender:
    return Sender(name, "", Participant.objects.get_or_create(name=name, name_key=name)[0].pk)


def account(name: str) -> Sender:
    user = User.objects.create_user(name)
    return Sender(name, "", Participant.objects.get(user=user).pk)


def send(who: Sender, **head: Any) -> Draft:
    return MessageDraft(**head, sender=who, text="x")


POSTS: dict[str, Callable[..., Draft]] = {
    "send": send,
    "edit": lambda who, **head: EditDraft(**head, sender=who, target=1, text="x"),
    "react": lambda who, **head: ReactionDraft(**head, sender=who, target=1, emoji="x", on=True),
}


def post(log: Log, room: int, what: str, who: Sender, actor: Actor | None = None) -> int:
    """The code of the refusal, 0 if there is none."""
    head = {"room": room, "at": now(), "actor": Actor(who.participant) if actor is None else actor}
    try:
        log.append_and_wait(POSTS[what](who, **head))
    except ChatError as error:
        return error.kind.code
    return 0


@pytest.mark.parametrize("what", POSTS)
def test_guest_is_refused_and_account_is_not(log: Log, room: int, what: str):
    assert post(log, room, what, guest("gus")) == ACCOUNT_REQUIRED.code
    assert post(log, room, what, account("ann")) == (204 if what == "edit" else 0)  # not her message


@pytest.mark.parametrize("what", ["send"])
def test_label_is_refused_whoever_is_connected(log: Log, room: int, what: str):
    ann = account("ann")
    assert post(log, room, what, Sender("label"), Actor(None)) == ACCOUNT_REQUIRED.code
    assert post(log, room, what, Sender("label"), Actor(ann.participant)) == ACCOUNT_REQUIRED.code


def test_account_that_is_closed_is_refused_at_once(log: Log, room: int):
    ann = account("ann")
    assert post(log, room, "send", ann) == 0
    User.objects.filter(username="ann").update(is_active=False)
    assert post(log, room, "send", ann) == ACCOUNT_REQUIRED.code


def test_those_who_run_the_room_post_without_an_account(log: Log, room: int):
    assert post(log, room, "send", guest("olga")) == 0
    mona = guest("mona")
    assert post(log, room, "send", mona) == ACCOUNT_REQUIRED.code
    Room.objects.get(pk=room).moderators.add(mona.participant or 0)
    assert post(log, room, "send", mona) == 0
    assert post(log, room, "send", Sender("label"), SITE) == 0


def test_guest_deletes_what_they_posted_before(log: Log, room: int):
    gus = guest("gus").participant
    draft = DeletionDraft(room=room, at=now(), actor=Actor(gus), target=1, by=gus)
    assert log.append_and_wait(draft) is not None


def test_typing_of_those_who_may_not_post_is_refused(room: int):
    ann, gus, olga = account("ann"), guest("gus"), guest("olga")
    people = [ann, gus, olga, Sender("label")]
    answers = moderation.check_may_type([(room, who, Actor(who.participant)) for who in people])
    refused = [answer.kind if isinstance(answer, ChatError) else None for answer in answers]
    assert refused == [None, ACCOUNT_REQUIRED, None, ACCOUNT_REQUIRED]
