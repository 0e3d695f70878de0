"""Rules of a room that senders accept before their first message, on a real database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from chat.errors import CONFLICT, RULES_NOT_ACCEPTED, ChatError
from chat.events import Message, Sender
from chat.log import log as log_module
from chat.log.drafts import Draft
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.message import MessageDraft, UnkeptMessages
from chat.log.kinds.reaction import ReactionDraft
from chat.log.kinds.room_change import RoomChangeDraft
from chat.log.log import log
from chat.models import AuditEntry, Participant, Room
from chat.permissions import LIMIT_POSTING, SITE, Actor
from chat.services import moderation, rooms, rules
from tests.support.marks import whole_db

pytestmark = whole_db
RULES = "Be kind.\nNo ads."


def participant(name: str) -> int:
    return Participant.objects.get_or_create(name=name, name_key=name)[0].pk


@pytest.fixture
def room() -> Room:
    """A room with rules, which belongs to olga, and which mona moderates."""
    room = Room.objects.create(title="club", title_key="club", owner_id=participant("olga"))
    room.moderators.add(participant("mona"))
    return set_rules(room, RULES)


def set_rules(room: Room, text: str) -> Room:
    return rooms.limit_posting(room=room, actor=SITE, fields={"rules": text})


def accept(room: Room, name: str, version: int | None = None) -> None:
    number = room.rules_version if version is None else version
    rules.accept_rules(room=room.pk, actor=Actor(participant(name)), version=number)


def message(room: Room, name: str, *, label: bool = False, nonce: str | None = None) -> MessageDraft:
    number = None if label else participant(name)
    sender, actor = Sender(name, "", number), Actor(number)
    return MessageDraft(
        room=room.pk, at=datetime.now(UTC), sender=sender, actor=actor, text="hi", nonce=nonce
    )


def say(room: Room, name: str, *, label: bool = False) -> str:
    """Post; the detail of the refusal, or nothing."""
    try:
        log.append_and_wait(message(room, name, label=label))
    except ChatError as error:
        return error.detail if error.kind is RULES_NOT_ACCEPTED else "refused for another reason"
    return ""


def refused_with(draft: Draft) -> int:
    """The code of its refusal; 0 if it was stored or changed nothing."""
    try:
        log.append_and_wait(draft)
    except ChatError as error:
        return error.kind.code
    return 0


def deeds(room: Room, name: str, target: int) -> dict[str, Draft]:
    """Commands besides messages that others see, and deleting your own message."""
    number = participant(name)
    who, actor = Sender(name, "", number), Actor(number)
    head: dict[str, Any] = {"room": room.pk, "at": datetime.now(UTC), "target": target, "actor": actor}
    return {
        "react": ReactionDraft(**head, sender=who, emoji="👍", on=True),
        "edit": EditDraft(**head, sender=who, text="other"),
        "delete": DeletionDraft(**head, by=number),
    }


def test_new_rules_refuse_edits_and_reactions_but_not_own_deletions(room: Room):
    accept(room, "ann")
    sent = log.append_and_wait(message(room, "ann"))
    assert sent is not None
    room = set_rules(room, "Be kinder.")
    codes = {deed: refused_with(draft) for deed, draft in deeds(room, "ann", sent.seq).items()}
    assert codes == {"react": 114, "edit": 114, "delete": 0}
    again = log.append_and_wait(message(room, "olga"))  # who runs the room
    assert again is not None
    assert set(map(refused_with, deeds(room, "olga", again.seq).values())) == {0}


def test_all_who_act_in_one_batch_are_read_with_one_query(room: Room):
    accept(room, "ann")
    sent = log.append_and_wait(message(room, "ann"))
    assert sent is not None
    drafts = [deeds(room, "ann", sent.seq)["react"], deeds(room, "bob", sent.seq)["react"]]
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        outcomes = log_module._commit_batch(drafts, UnkeptMessages())
    assert [outcome.error and outcome.error.kind.code for outcome in outcomes] == [None, 114]
    assert sum("rulesacceptance" in query["sql"] for query in queries) == 1


def test_typing_is_shown_after_the_rules_are_accepted(room: Room):
    def may_type(name: str) -> int:
        number = participant(name)
        (answer,) = moderation.check_may_type([(room.pk, Sender(name, "", number), Actor(number))])
        return answer.kind.code if isinstance(answer, ChatError) else 0

    assert (may_type("ann"), may_type("olga")) == (114, 0)
    accept(room, "ann")
    assert may_type("ann") == 0


def test_sender_accepts_before_the_first_message(room: Room):
    assert say(room, "ann") == "accept the rules of this room before you post: Be kind. No ads."
    accept(room, "ann")
    assert say(room, "ann") == ""
    assert say(room, "bob") != ""


def test_changed_rules_ask_again_and_other_changes_do_not(room: Room):
    accept(room, "ann")
    version = room.rules_version
    rooms.limit_posting(room=room, actor=SITE, fields={"rules": RULES, "slow_seconds": 0, "locked": False})
    rooms.edit_room(room=room, actor=SITE, fields={"description": "new"})
    assert say(room, "ann") == ""
    room = set_rules(room, "Be kinder.")
    assert room.rules_version > version
    assert say(room, "ann") != ""
    with pytest.raises(ChatError) as refused:
        accept(room, "ann", version)
    assert refused.value.kind is CONFLICT
    accept(room, "ann")
    assert say(room, "ann") == ""
    room = set_rules(room, "")
    assert (room.rules_version, say(room, "bob")) == (0, "")
    room = set_rules(room, RULES)
    assert say(room, "ann") != ""


@pytest.mark.parametrize("name", ["olga", "mona"])
def test_those_who_run_the_room_post_anyway(room: Room, name: str):
    assert say(room, name) == ""


def test_anonymous_client_cannot_accept_and_cannot_post(room: Room):
    assert say(room, "ann", label=True) != ""
    with pytest.raises(ChatError) as refused:
        rules.accept_rules(room=room.pk, actor=Actor(None), version=room.rules_version)
    assert refused.value.kind.code == 204


def commit(*drafts: Draft) -> list[int]:
    with transaction.atomic():
        outcomes = log_module._commit_batch(drafts, UnkeptMessages())
    return [0 if each.error is None else each.error.kind.code for each in outcomes]


def test_rules_of_the_same_batch_hold(room: Room):
    accept(room, "ann")
    change = RoomChangeDraft(
        room=room.pk,
        at=datetime.now(UTC),
        actor=SITE,
        values={"rules": "Be kinder."},
        permission=LIMIT_POSTING,
    )
    assert commit(message(room, "ann"), change, message(room, "ann")) == [0, 0, 114]


def test_message_sent_again_gets_the_first_answer_under_new_rules(room: Room):
    accept(room, "ann")
    draft = message(room, "ann", nonce="n")
    first = log.append_and_wait(draft)
    set_rules(room, "Be kinder.")
    again = log.append_and_wait(message(room, "ann", nonce="n"))
    assert isinstance(first, Message)
    assert isinstance(again, Message)
    assert again.seq == first.seq


def test_room_without_rules_costs_nothing_and_one_with_rules_one_query_a_batch(room: Room):
    other = Room.objects.create(title="yard", title_key="yard")
    for name in ("ann", "bob"):
        accept(room, name)
    counts = []
    for place in (other, room):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert commit(*(message(place, name) for name in ("ann", "bob") * 5)) == [0] * 10
        counts.append(sum("rulesacceptance" in query["sql"] for query in queries))
    assert counts == [0, 1]


def test_audit_log_has_the_rules_before_and_after(room: Room):
    set_rules(room, "Be kinder.")
    entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.details) == ("change_room", {"rules": [RULES, "Be kinder."]})


@pytest.mark.parametrize("text", ["x" * 2001, "a\x00b", 5, None])
def test_wrong_rules_are_refused(room: Room, text: object):
    with pytest.raises(ChatError) as refused:
        rooms.limit_posting(room=room, actor=SITE, fields={"rules": text})
    assert (refused.value.kind.code, refused.value.field) == (105, "rules")
