"""Bans in the walk that numbers drafts, on a real database."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from chat.errors import BANNED, KICKED, ROOM_UNAUTHORIZED, ChatError
from chat.events import Sender
from chat.log import bans
from chat.log import log as log_module
from chat.log.bans import ActiveBan, BanList, Client
from chat.log.drafts import Draft
from chat.log.kinds.ban import BanDraft
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.kick import KickDraft
from chat.log.kinds.message import MessageDraft, UnkeptMessages
from chat.log.kinds.pin import PinDraft
from chat.log.kinds.reaction import ReactionDraft
from chat.log.log import Log
from chat.models import AuditEntry, Ban, Participant, Presence, Room
from chat.permissions import SITE, Actor
from chat.services import bans as service
from tests.admin.test_rooms import enter
from tests.support.marks import whole_db

pytestmark = whole_db

FROM = "192.0.2.7"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def eve() -> Actor:
    return Actor(Participant.objects.create(name="eve", name_key="eve").pk, address=FROM)


def said_by(eve: Actor, **fields: Any) -> MessageDraft:
    sender = Sender("eve", "", eve.participant)
    given: dict[str, Any] = {"room": 1, "at": now(), "sender": sender, "text": "hi", "actor": eve}
    return MessageDraft(**given | fields)


def refused_with(log: Log, draft: Draft) -> int:
    """The code of its refusal; 0 if it was stored."""
    try:
        log.append_and_wait(draft)
    except ChatError as error:
        return error.kind.code
    return 0


SUBJECTS = [{"name": "EVE"}, {"pattern": "e*e"}, {"network": "192.0.2.0/24"}]


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_banned_participant_does_nothing_in_the_room(log: Log, eve: Actor, subject: dict[str, str]):
    log.append_and_wait(said_by(eve))
    log.append_and_wait(BanDraft(room=1, at=now(), actor=SITE, **subject))  # type: ignore[arg-type]
    sender = Sender("eve", "", eve.participant)
    head: dict[str, Any] = {"room": 1, "at": now(), "actor": eve, "target": 1}
    drafts: list[Draft] = [
        said_by(eve),
        EditDraft(**head, text="x", sender=sender),
        ReactionDraft(**head, sender=sender, emoji="x", on=True),
        PinDraft(**head, sender=sender, on=True),
    ]
    if "pattern" not in subject:  # a draft without a name: the stay of its sender is over
        drafts.append(DeletionDraft(**head, by=eve.participant))
    assert [refused_with(log, draft) for draft in drafts] == [BANNED.code] * len(drafts)
    other = Room.objects.create(title="other", title_key="other").pk
    assert refused_with(log, said_by(eve, room=other)) == 0
    log.append_and_wait(BanDraft(room=1, at=now(), actor=SITE, on=False, **subject))  # type: ignore[arg-type]
    assert refused_with(log, said_by(eve)) == 0
    assert not Room.objects.get(pk=1).bans


def test_ban_holds_from_its_place_in_the_batch_on_and_until_its_end(eve: Actor):
    soon = now() + timedelta(seconds=60)
    drafts: list[Draft] = [
        said_by(eve),
        BanDraft(room=1, at=now(), actor=SITE, name="eve", until=soon),
        said_by(eve),
        said_by(eve, at=soon),
        KickDraft(room=1, at=soon, actor=SITE, name="eve"),
        said_by(eve, at=soon),
    ]
    with transaction.atomic():
        outcomes = log_module._commit_batch(drafts, UnkeptMessages())
    codes = [0 if outcome.error is None else outcome.error.kind.code for outcome in outcomes]
    assert codes == [0, 0, BANNED.code, 0, 201, 0]  # messages of this batch are not looked at for the kick


def test_kick_refuses_what_is_on_its_way(log: Log, eve: Actor):
    log.append_and_wait(said_by(eve))
    assert refused_with(log, KickDraft(room=1, at=now(), actor=SITE, name="eve")) == 0
    assert refused_with(log, said_by(eve)) == KICKED.code
    assert refused_with(log, said_by(eve, at=now() + timedelta(seconds=2.1))) == 0


def test_kicks_and_ended_bans_take_no_place_of_bans_and_go(
    log: Log, eve: Actor, monkeypatch: pytest.MonkeyPatch
):
    """Each message to the room has all of them read, while the senders in all rooms wait."""
    monkeypatch.setattr("chat.validation.MOST_BANS", 1)
    log.append_and_wait(said_by(eve))
    at = now()
    for name in ("eve", "Eve", "EVE"):
        assert refused_with(log, KickDraft(room=1, at=at, actor=SITE, name=name)) == 0
    soon, later = at + timedelta(seconds=1), at + timedelta(seconds=3)
    assert refused_with(log, BanDraft(room=1, at=at, actor=SITE, name="adam", until=soon)) == 0
    assert refused_with(log, BanDraft(room=1, at=at, actor=SITE, name="seth")) == 303
    assert refused_with(log, BanDraft(room=1, at=later, actor=SITE, name="seth")) == 0
    assert [ban.name for ban in Ban.objects.all()] == ["seth"]
    assert refused_with(log, KickDraft(room=1, at=later, actor=SITE, name="eve")) == 0
    assert refused_with(log, KickDraft(room=1, at=later + timedelta(seconds=3), actor=SITE, name="eve")) == 0
    assert Ban.objects.filter(kick=True).count() == 1


def test_ban_from_the_server_holds_in_every_room_and_for_no_staff(log: Log, eve: Actor):
    service.ban_from_server(actor=SITE, fields={"name": "eve", "seconds": 60})
    other = Room.objects.create(title="other", title_key="other").pk
    assert [refused_with(log, said_by(eve, room=room)) for room in (1, other)] == [BANNED.code] * 2
    assert refused_with(log, said_by(eve, actor=SITE, sender=Sender("eve"))) == 0
    service.unban_from_server(actor=SITE, number=Ban.objects.get().pk)
    assert refused_with(log, said_by(eve)) == 0


def count_queries(draft: Draft) -> int:
    with (
        CaptureQueriesContext(
            connection,
        ) as asked,
        transaction.atomic(),
    ):
        (outcome,) = log_module._commit_batch([draft], UnkeptMessages())
    assert outcome.error is None
    return len(asked)


def test_message_in_a_room_without_bans_costs_no_query_more(log: Log, eve: Actor):
    other = Room.objects.create(title="other", title_key="other").pk
    before = count_queries(said_by(eve, room=other))
    log.append_and_wait(BanDraft(room=1, at=now(), actor=SITE, name="adam"))
    service.ban_from_server(actor=SITE, fields={"network": "198.51.100.0/24"})
    bans.read_site_bans()
    assert count_queries(said_by(eve, room=other)) == before


def test_moderator_bans_only_below_and_a_room_has_a_bounded_number(log: Log, eve: Actor, monkeypatch: Any):
    room = Room.objects.create(title="club", title_key="club", owner_id=eve.participant).pk
    adam = Participant.objects.create(name="adam", name_key="adam")
    Room.objects.get(pk=room).moderators.add(adam)
    head: dict[str, Any] = {"room": room, "at": now()}
    assert refused_with(log, BanDraft(**head, actor=Actor(adam.pk), name="eve")) == ROOM_UNAUTHORIZED.code
    assert refused_with(log, BanDraft(**head, actor=eve, name="adam")) == 0
    assert (
        refused_with(log, said_by(Actor(adam.pk), room=room, sender=Sender("adam", "", adam.pk)))
        == BANNED.code
    )
    monkeypatch.setattr("chat.validation.MOST_BANS", 1)
    assert refused_with(log, BanDraft(**head, actor=eve, name="seth")) == 303


@pytest.mark.parametrize(
    ("network", "address", "covered"),
    [
        ("192.0.2.1/32", "192.0.2.1", True),
        ("192.0.2.1/32", "::ffff:192.0.2.1", True),
        ("192.0.2.1/32", "192.0.2.2", False),
        ("192.0.2.1/32", "2001:db8::1", False),
        ("2001:db8::/64", "2001:db8::ffff", True),
        ("2001:db8::/64", "[2001:db8::1]", True),
        ("2001:db8::/64", "2001:db8::1%eth0", True),
        ("2001:db8::/64", "2001:db8:0:1::1", False),
        ("192.0.2.0/24", "", False),
        ("192.0.2.0/24", "a socket", False),
    ],
)
def test_network_covers_the_addresses_in_it(network: str, address: str, covered: bool):
    found = BanList()
    found.add(f"network:{network}", None, ActiveBan(1))
    assert (found.find(Client(address=address), now()) is not None) is covered


def test_of_several_bans_the_highest_counts_and_none_that_is_over():
    found = BanList()
    over = now() - timedelta(seconds=1)
    for ban in (ActiveBan(1), ActiveBan(3, over), ActiveBan(2, reason="x"), ActiveBan(2, kick=True)):
        found.add("name:eve", 7, ban)
    expected = ActiveBan(2, reason="x")
    assert found.find(Client(names=("EVE",)), now()) == found.find(Client((7,)), now()) == expected
    assert found.find(Client((8,), ("adam",)), now()) is None


def rename(actor: Actor, name: str) -> None:
    Participant.objects.filter(pk=actor.participant or 0).update(name=name, name_key=name)


def next_eve() -> Actor:
    """Another participant, who takes the name that the first one has left."""
    return Actor(Participant.objects.create(name="eve", name_key="eve").pk)


def said_as(name: str, actor: Actor) -> MessageDraft:
    return said_by(actor, sender=Sender(name, "", actor.participant))


def ban_in_room(log: Log, name: str, **fields: Any) -> None:
    log.append_and_wait(BanDraft(room=1, at=now(), actor=SITE, name=name, **fields))


def ban_from_server(log: Log, name: str) -> None:
    service.ban_from_server(actor=SITE, fields={"name": name})


PLACES = [ban_in_room, ban_from_server]


@pytest.mark.parametrize("ban", PLACES)
def test_ban_of_the_next_one_of_a_name_keeps_the_first_one_out(log: Log, eve: Actor, ban: Any):
    ban(log, "eve")
    rename(eve, "eva")
    ban(log, "eve")  # no one has the name now
    other = next_eve()
    ban(log, "eve")
    rename(other, "evi")
    codes = [refused_with(log, said_as(name, who)) for name, who in (("eva", eve), ("evi", other))]
    assert codes == [BANNED.code] * 2


@pytest.mark.parametrize("ban", PLACES)
def test_ban_of_the_same_one_again_replaces_the_earlier_one(log: Log, eve: Actor, ban: Any):
    for _ in range(2):
        ban(log, "eve")
    assert Ban.objects.count() == 1


def test_lifting_one_of_two_bans_of_a_name_leaves_the_other(log: Log, eve: Actor):
    ban_in_room(log, "eve")
    rename(eve, "eva")
    other = next_eve()
    ban_in_room(log, "eve")
    rename(other, "evi")
    room = Room.objects.get(pk=1)
    latest, first = service.find_bans(1, SITE)
    service.unban(room=room, actor=SITE, number=latest.id)
    drafts = said_as("eva", eve), said_as("evi", other)
    assert [refused_with(log, draft) for draft in drafts] == [BANNED.code, 0]
    assert AuditEntry.objects.order_by("-pk")[0].subject == other.participant
    service.unban(room=room, actor=SITE, number=first.id)
    assert refused_with(log, drafts[0]) == 0
    assert not Room.objects.get(pk=1).bans


def test_unban_of_a_name_lifts_all_bans_of_it(log: Log, eve: Actor):
    ban_in_room(log, "eve")
    rename(eve, "eva")
    next_eve()
    ban_in_room(log, "eve")
    ban_in_room(log, "eve", on=False)
    assert refused_with(log, said_as("eva", eve)) == 0
    assert not Ban.objects.exists()


def sit_in(actor: Actor, name: str) -> None:
    """Be connected to the room from FROM."""
    enter(Room.objects.get(pk=1), name)
    Presence.objects.filter(name=name).update(address=FROM, participant=actor.participant)


def test_network_that_came_with_two_bans_stays_while_one_of_them_does(log: Log, eve: Actor):
    seth = Actor(Participant.objects.create(name="seth", name_key="seth").pk)
    for who, name in ((eve, "eve"), (seth, "seth")):
        sit_in(who, name)
        ban_in_room(log, name, address=True)
    ban_in_room(log, "seth", on=False)
    new = Actor(Participant.objects.create(name="new", name_key="new").pk, address=FROM)
    assert refused_with(log, said_as("new", new)) == BANNED.code
    ban_in_room(log, "eve", on=False)
    assert refused_with(log, said_as("new", new)) == 0


def test_refusal_tells_the_end_of_the_longest_ban():
    found, soon, later = BanList(), now() + timedelta(hours=1), now() + timedelta(hours=2)
    for until in (soon, later, soon):
        found.add("name:eve", None, ActiveBan(1, until))
    assert found.find(Client(names=("eve",)), now()) == ActiveBan(1, later)


def test_what_came_with_a_ban_of_an_earlier_release_is_lifted_with_it(log: Log, eve: Actor):
    sit_in(eve, "eve")
    ban_in_room(log, "eve", address=True)
    Ban.objects.exclude(origin="").update(participant=None)
    import_module("chat.migrations.0039_participants_of_bans").name_participants(apps, None)
    (shown,) = service.find_bans(1, SITE)
    service.unban(room=Room.objects.get(pk=1), actor=SITE, number=shown.id)
    assert not Ban.objects.exists()
