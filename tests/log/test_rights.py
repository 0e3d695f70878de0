"""Rights count as they are when the event is stored, on a real database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.apps import MODERATORS
from chat.errors import CLIENT_UNAUTHORIZED, ROOM_LOCKED, ROOM_UNAUTHORIZED, ChatError
from chat.events import Sender
from chat.log import log as log_module
from chat.log.current_rights import hash_password_state
from chat.log.drafts import Draft
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.message import MessageDraft, UnkeptMessages
from chat.log.kinds.mute import MuteDraft
from chat.log.kinds.pin import PinDraft
from chat.log.kinds.reaction import ReactionDraft
from chat.log.kinds.room_change import RoomChangeDraft
from chat.log.kinds.room_deletion import RoomDeletionDraft
from chat.log.log import Log
from chat.models import Participant, Room
from chat.permissions import LIMIT_POSTING, SITE, Actor, Proof
from chat.services import identity, messages, moderation, rooms
from tests.log.test_log import another_room, append_all, now, say
from tests.support.marks import whole_db

pytestmark = whole_db


def user(name: str) -> User:
    return User.objects.get(username=name)


def room() -> Room:
    return Room.objects.get(title="club")


def permission() -> Permission:
    return Permission.objects.get(content_type__app_label="chat", codename="change_room")


@pytest.fixture
def actors() -> dict[str, Actor]:
    """An actor of each role in the locked room "club", where message 1 has another sender."""
    for name, staff in {"mona": True, "sam": True, "olga": False, "moe": False}.items():
        User.objects.create(username=name, is_staff=staff)
    user("mona").groups.add(Group.objects.get(name=MODERATORS))
    user("sam").user_permissions.add(permission())
    users = User.objects.all()
    found = {one.username: actor for one in users if (actor := identity.of_user(one)) is not None}
    club = Room.objects.create(
        title="club", title_key="club", owner_id=found["olga"].participant, description="x"
    )
    club.moderators.add(Participant.objects.get(user__username="moe"))
    return found


LOSSES: dict[str, tuple[str, Callable[[], object]]] = {
    "staff flag": ("mona", lambda: User.objects.filter(username="mona").update(is_staff=False)),
    "group": ("mona", lambda: user("mona").groups.clear()),
    "permission of the group": ("mona", lambda: Group.objects.get(name=MODERATORS).permissions.clear()),
    "deleted group": ("mona", lambda: Group.objects.all().delete()),
    "permission": ("sam", lambda: user("sam").user_permissions.clear()),
    "closed account of staff": ("sam", lambda: User.objects.filter(username="sam").update(is_active=False)),
    "owner": ("olga", lambda: rooms.set_owner(room=room(), actor=SITE, owner=None)),
    "closed account of the owner": (
        "olga",
        lambda: User.objects.filter(username="olga").update(is_active=False),
    ),
    "moderators": ("moe", lambda: room().moderators.clear()),
}


def deeds(number: int, who: Actor) -> list[tuple[Draft, int]]:
    """Drafts that only moderators may store, with the refusal for others."""
    at, sender = now(), Sender("x", "", who.participant)
    head: Any = {"room": number, "at": at, "actor": who}
    return [
        (DeletionDraft(**head, target=1, by=who.participant), CLIENT_UNAUTHORIZED.code),
        (PinDraft(**head, target=1, sender=sender, on=True), ROOM_UNAUTHORIZED.code),
        (PinDraft(**head, target=1, sender=sender, on=False), ROOM_UNAUTHORIZED.code),
        (MuteDraft(**head, name="bob"), ROOM_UNAUTHORIZED.code),
        (MuteDraft(**head, name="bob", on=False), ROOM_UNAUTHORIZED.code),
        (MessageDraft(**head, sender=sender, text="order"), ROOM_LOCKED.code),
        (MessageDraft(**head, sender=sender, text="order", reply_to=1), ROOM_LOCKED.code),
        (ReactionDraft(**head, sender=sender, target=1, emoji="x", on=True), ROOM_LOCKED.code),
        (EditDraft(**head, sender=sender, target=1, text="x"), ROOM_LOCKED.code),
        (RoomChangeDraft(**head, values={"locked": False}, permission=LIMIT_POSTING), ROOM_UNAUTHORIZED.code),
        (RoomChangeDraft(**head, values={"description": "y"}), ROOM_UNAUTHORIZED.code),
        (RoomDeletionDraft(**head), ROOM_UNAUTHORIZED.code),
    ]


def lock(number: int) -> None:
    Room.objects.filter(pk=number).update(locked=True)


@pytest.mark.parametrize("loss", LOSSES)
def test_lost_right_counts_for_each_command_at_once(log: Log, actors: dict[str, Actor], loss: str):
    name, take = LOSSES[loss]
    number = room().pk
    append_all(log, [say(room=number)])
    lock(number)
    take()
    for draft, code in deeds(number, actors[name]):
        (outcome,) = append_all(log, [draft])
        assert outcome.error is not None, draft
        assert outcome.error.kind.code == code, draft


def _change_password() -> None:
    User.objects.update(password="another one")


def _sign_out() -> None:
    Session.objects.filter(session_key="first").delete()


def _expire_session() -> None:
    Session.objects.filter(session_key="first").update(expire_date=timezone.now())


@pytest.mark.parametrize("take", [_change_password, _sign_out, _expire_session])
@pytest.mark.parametrize("name", ["mona", "olga", "moe"])
def test_lost_proof_takes_all_rights_at_once(
    log: Log, actors: dict[str, Actor], take: Callable[[], None], name: str
):
    """Of a browser that signed out, or whose password is an earlier one: before its connections end."""
    number, later = room().pk, timezone.now() + timedelta(days=1)
    append_all(log, [say(room=number)])
    lock(number)
    User.objects.update(password="the first one")
    for key in ("first", "second"):
        Session.objects.create(session_key=key, session_data="", expire_date=later)
    proofs = [Proof(session=key, account=hash_password_state("the first one")) for key in ("first", "second")]
    first, second = (replace(actors[name], proof=proof) for proof in proofs)
    take()
    for draft, code in deeds(number, first):
        (outcome,) = append_all(log, [draft])
        assert outcome.error is not None, draft
        assert outcome.error.kind.code == code, draft
    mine, others = (deeds(number, who)[5][0] for who in (first, second))
    outcomes = append_all(log, [mine, others])  # in one batch
    assert outcomes[0].error is not None
    assert (outcomes[1].error is None) == (take is not _change_password)


@pytest.mark.parametrize("name", ["mona", "sam", "olga", "moe"])
def test_roles_that_moderate_the_room_can_do_all(log: Log, actors: dict[str, Actor], name: str):
    number = room().pk
    append_all(log, [say(room=number)])
    lock(number)
    all_deeds = deeds(number, actors[name])
    drafts: list[Draft] = [
        draft for draft, _ in all_deeds if not isinstance(draft, EditDraft | DeletionDraft)
    ]
    drafts[-1].actor = SITE if name == "moe" else drafts[-1].actor
    assert [outcome.error for outcome in append_all(log, drafts)] == [None] * len(drafts)


def test_new_owner_of_a_batch_counts_from_there_on(log: Log, actors: dict[str, Actor]):
    number, new = room().pk, actors["sam"]
    user("sam").user_permissions.clear()
    append_all(log, [say(room=number)])
    pin: Any = {"room": number, "at": now(), "target": 1, "sender": Sender("x")}
    give: Any = {"owner_id": new.participant, "locked": True}
    outcomes = append_all(
        log,
        [
            PinDraft(**pin, on=True, actor=new),
            PinDraft(**pin, on=True, actor=actors["olga"]),
            RoomChangeDraft(room=number, at=now(), actor=SITE, values=give),
            PinDraft(**pin, on=False, actor=actors["olga"]),
            MessageDraft(room=number, at=now(), sender=Sender("x"), text="x", actor=actors["olga"]),
            MessageDraft(room=number, at=now(), sender=Sender("x"), text="x", actor=new),
            PinDraft(**pin, on=False, actor=new),
        ],
    )
    codes = [None if outcome.error is None else outcome.error.kind.code for outcome in outcomes]
    assert codes == [104, None, None, 104, ROOM_LOCKED.code, None, None]


def test_token_of_an_earlier_password_changes_no_commons(log: Log):
    number = Room.objects.create(
        title="all", title_key="all", commons=True, visibility="private", password="x"
    ).pk
    holder = Actor(room_token=1)
    change = partial(RoomChangeDraft, room=number, at=now(), actor=holder)
    new, late = append_all(log, [change(values={}, bump=True), change(values={"description": "x"})])
    assert new.error is None
    assert late.error is not None
    assert late.error.kind is ROOM_UNAUTHORIZED


@pytest.mark.parametrize(
    "deed",
    [
        lambda room, actor: rooms.edit_room(room=room, actor=actor, fields={"description": "y"}),
        lambda room, actor: rooms.set_locked(room=room, actor=actor, locked=True),
        lambda room, actor: rooms.set_retention(room=room, actor=actor, days=1),
        lambda room, actor: rooms.delete_room(room=room, actor=actor),
        lambda room, actor: moderation.mute_name(room=room, name="bob", actor=actor),
        lambda room, actor: moderation.unmute_name(room=room, name="bob", actor=actor),
        lambda room, actor: messages.delete_message(room=room, seq=1, actor=actor),
    ],
)
def test_log_refuses_a_service_with_stale_rights(log: Log, actors: dict[str, Actor], deed: Callable):
    """The owner is another one between the check in the service and the commit."""
    seen_before = room()
    append_all(log, [say(room=seen_before.pk)])
    rooms.set_owner(room=room(), actor=SITE, owner=None)
    with pytest.raises(ChatError) as refused:
        deed(seen_before, actors["olga"])
    assert refused.value.kind in (ROOM_UNAUTHORIZED, CLIENT_UNAUTHORIZED)
    assert (room().description, room().locked, room().deleted_at) == ("x", False, None)


def test_both_members_of_a_conversation_pin_without_other_rights(log: Log, actors: dict[str, Actor]):
    low, high = sorted((actors["sam"].participant or 0, actors["olga"].participant or 0))
    talk = Room.objects.create(low_id=low, high_id=high, visibility="hidden").pk
    append_all(log, [say(room=talk, participant=low)])
    head: Any = {"room": talk, "at": now()}
    for one in (low, high):
        pin = PinDraft(**head, target=1, sender=Sender("x"), on=one == low, actor=Actor(one))
        assert log.append_and_wait(pin) is not None
        mute = MuteDraft(**head, name="bob", actor=Actor(one))
        assert append_all(log, [mute])[0].error is not None
    stranger = Actor(Participant.objects.create(name="eve").pk)
    (outcome,) = append_all(log, [PinDraft(**head, target=1, sender=Sender("x"), on=True, actor=stranger)])
    assert outcome.error is not None
    (outcome,) = append_all(log, [DeletionDraft(**head, target=1, by=high, actor=Actor(high))])
    assert outcome.error is not None


def test_closed_account_pins_nothing_in_a_conversation(log: Log, actors: dict[str, Actor]):
    low, high = sorted((actors["sam"].participant or 0, actors["olga"].participant or 0))
    talk = Room.objects.create(low_id=low, high_id=high, visibility="hidden").pk
    append_all(log, [say(room=talk, participant=low)])
    User.objects.filter(username="sam").update(is_active=False)
    for on in (True, False):
        pin = PinDraft(room=talk, at=now(), target=1, sender=Sender("x"), on=on, actor=actors["sam"])
        (outcome,) = append_all(log, [pin])
        assert outcome.error is not None
        assert outcome.error.kind is ROOM_UNAUTHORIZED


def test_ordinary_messages_ask_for_no_right(
    log: Log, actors: dict[str, Actor], django_assert_num_queries: Callable
):
    number = room().pk
    drafts = [
        MessageDraft(room=number, at=now(), sender=Sender("x", "", one.participant), text="x", actor=one)
        for one in actors.values()
    ]
    # The log's own: on SQLite they go past Django's cursors, on PostgreSQL one locks and one writes.
    own = 2 if connection.vendor == "postgresql" else 0
    with transaction.atomic(), django_assert_num_queries(own):
        log_module._commit_batch(drafts, UnkeptMessages())


def test_rights_of_a_whole_batch_are_a_constant_number_of_queries(log: Log, actors: dict[str, Actor]):
    rooms = [another_room(f"room {number}").pk for number in range(6)]
    append_all(log, [say(room=room) for room in rooms])

    def count(some: list[int]) -> int:
        drafts: list[Draft] = []
        for room in some:
            for one in actors.values():
                drafts.append(MuteDraft(room=room, at=now(), name="bob", actor=one))
                drafts.append(MessageDraft(room=room, at=now(), sender=Sender("bob"), text="x", actor=one))
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            log_module._commit_batch(drafts, UnkeptMessages())
        asked = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
        return sum("auth_" in sql or "chat_room_moderators" in sql for sql in asked)

    assert count(rooms[:1]) == count(rooms) > 0
