"""What a block does in the log: in direct conversations and for mentions, on a real database."""

from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from chat.errors import BLOCKED_BY_YOU, NOT_ACCEPTED, ChatError
from chat.events import Sender
from chat.log import log as log_module
from chat.log.drafts import Draft, Outcome
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.message import MessageDraft, UnkeptMessages
from chat.log.kinds.pin import PinDraft
from chat.log.kinds.reaction import ReactionDraft
from chat.log.log import log
from chat.models import Block, Event, HeldMessage, Mention, Participant, Report, Room
from chat.permissions import SITE, Actor
from chat.services import blocks, direct, moderation, reports
from tests.log.test_mentions import Told, draft, join, mentioned, participant, say, told
from tests.support.marks import whole_db

__all__ = ["told"]  # a fixture of theirs that is ours, too
pytestmark = whole_db
PATIENCE: Final = 20.0


def block(who: str, whom: str) -> None:
    blocks.block_person(participant(whom), Actor(participant(who)))


def unblock(who: str, whom: str) -> None:
    blocks.unblock_person(participant(whom), Actor(participant(who)))


@pytest.fixture
def talk() -> Room:
    """The conversation of ann and bob, in which each has sent a message."""
    participant("bob")
    room = Room.objects.get(pk=direct.open_with(participant("ann"), "bob").room)
    say(room, "ann", "hi", nonce="1")
    say(room, "bob", "hello")
    return room


@pytest.fixture
def club() -> Room:
    room = Room.objects.create(title="club", title_key="club")
    join(room, "ann", "bob", "cara")
    return room


def acts(room: Room, name: str, own: int) -> dict[str, Draft]:
    number = participant(name)
    actor, who, at = Actor(number), Sender(name, "", number), datetime.now(UTC)
    head: dict[str, Any] = {"room": room.pk, "at": at, "actor": actor, "sender": who}
    return {
        "send": MessageDraft(**head, text="x"),
        "edit": EditDraft(**head, target=own, text="y"),
        "react": ReactionDraft(**head, target=1, emoji="x", on=True),
        "pin": PinDraft(**head, target=1, on=True),
        "delete": DeletionDraft(room=room.pk, at=at, actor=actor, target=own, by=number),
    }


def refusals(room: Room, name: str, own: int) -> dict[str, int]:
    found = {}
    for act, one in acts(room, name, own).items():
        try:
            log.append_and_wait(one)
            found[act] = 0
        except ChatError as error:
            found[act] = error.kind.code
    return found


def test_neither_of_the_two_writes_after_a_block(talk: Room):
    block("ann", "bob")
    refused = {"send": 117, "edit": 117, "react": 117, "pin": 117, "delete": 0}
    assert refusals(talk, "bob", 2) == refused
    refused = {"send": 116, "edit": 116, "react": 116, "pin": 116, "delete": 0}
    assert refusals(talk, "ann", 1) == refused
    block("bob", "ann")
    assert refusals(talk, "bob", 2)["send"] == BLOCKED_BY_YOU.code
    unblock("ann", "bob")
    assert refusals(talk, "ann", 1)["send"] == NOT_ACCEPTED.code
    unblock("bob", "ann")
    assert say(talk, "bob", "again").text == "again"


def test_message_that_was_stored_before_gets_its_answer_again(talk: Room):
    block("bob", "ann")
    assert say(talk, "ann", "hi", nonce="1").seq == 1


def test_blocked_person_does_not_begin_a_conversation():
    block("ann", "bob")
    room = Room.objects.get(pk=direct.open_with(participant("bob"), "ann").room)
    with pytest.raises(ChatError) as refused:
        say(room, "bob", "hi")
    assert refused.value.kind == NOT_ACCEPTED
    assert room.last_seq == 0


def test_block_holds_between_the_two_alone(talk: Room):
    block("ann", "bob")
    block("cara", "bob")
    other = Room.objects.get(pk=direct.open_with(participant("dan"), "bob").room)
    assert say(other, "bob", "hi").text == "hi"


def test_typing_is_refused_as_messages_are(talk: Room):
    block("ann", "bob")
    asked = [
        (talk.pk, Sender(name, "", participant(name)), Actor(participant(name))) for name in ("ann", "bob")
    ]
    codes = [one.kind.code for one in moderation.check_may_type(asked) if isinstance(one, ChatError)]
    assert codes == [116, 117]


def test_rooms_of_many_know_no_block(club: Room):
    block("ann", "bob")
    assert say(club, "bob", "hi").text == "hi"
    assert say(club, "ann", "hi").text == "hi"


def test_moderator_who_blocks_or_is_blocked_keeps_the_rights_of_the_room(club: Room):
    club.moderators.add(participant("cara"))
    block("ann", "cara")
    block("cara", "ann")
    said = say(club, "ann", "hi")
    cara = Actor(participant("cara"))
    assert log.append_and_wait(DeletionDraft(room=club.pk, at=said.at, actor=cara, target=said.seq))
    moderation.mute_name(room=club, name="ann", actor=cara)
    with pytest.raises(ChatError) as refused:
        say(club, "ann", "hi")
    assert refused.value.kind.code == 107


@pytest.mark.parametrize("text", ["@bob @cara", "@here @bob @cara", "@room"])
def test_mentions_by_a_blocked_person_do_not_call(club: Room, told: Told, text: str):
    block("bob", "ann")
    message = say(club, "ann", text)
    assert mentioned(club) == [("cara", message.seq)]
    assert [name for name, _ in told] == ["cara"]
    if text == "@bob @cara":
        assert message.mentions == ("bob", "cara")
    unblock("bob", "ann")
    assert ("bob", say(club, "ann", text).seq) in mentioned(club)


def test_blocked_person_is_called_by_those_whom_they_did_not_block(club: Room):
    block("bob", "ann")
    assert mentioned(club) == []
    say(club, "bob", "@ann")
    say(club, "cara", "@bob")
    assert [name for name, _ in mentioned(club)] == ["ann", "bob"]


def test_held_message_that_is_approved_does_not_call_who_has_blocked_its_sender(club: Room):
    Room.objects.filter(pk=club.pk).update(approve_first=True)
    with pytest.raises(ChatError):
        say(club, "ann", "@bob @cara")
    block("bob", "ann")
    assert HeldMessage.objects.count() == 1
    reports.decide_report(number=Report.objects.get().pk, actor=SITE, decision="approve")
    assert [name for name, _ in mentioned(club)] == ["cara"]


def test_batch_asks_once_who_is_blocked(club: Room):
    block("bob", "ann")

    def count(drafts: list[MessageDraft]) -> int:
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            log_module._commit_batch(drafts, UnkeptMessages())
        return sum("chat_block" in query["sql"] for query in queries)

    assert count([draft(club, name, "hi") for name in ("ann", "bob", "cara")]) == 0
    assert count([draft(club, name, "hi @ann") for name in ("bob", "cara", "bob", "cara")]) == 1
    assert count([draft(club, name, "hi @bob") for name in ("ann", "cara", "cara")]) == 2
    assert Mention.objects.filter(participant=participant("bob")).count() == 2


def test_blocks_go_with_their_participants():
    block("ann", "bob")
    block("bob", "ann")
    block("cara", "ann")
    Participant.objects.filter(name="ann").delete()
    assert not Block.objects.exists()


def test_message_that_waits_for_a_block_is_refused(talk: Room):
    late, sent = draft(talk, "bob", "hi"), Future[Outcome]()
    late.reply = sent.set_result
    with transaction.atomic():
        block("ann", "bob")
        log.submit(late)
        while not waits_for_lock():
            assert not sent.done()
    assert sent.result(PATIENCE).error is not None
    assert Event.objects.filter(room=talk).count() == 2


def waits_for_lock() -> bool:
    if connection.vendor == "sqlite":
        return True  # for all that is written it has one lock, which this transaction holds
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])
