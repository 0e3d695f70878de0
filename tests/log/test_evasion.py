"""New guests from where somebody was banned, on a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from chat.errors import NOT_APPROVED, ChatError
from chat.events import Sender
from chat.log.drafts import Draft
from chat.log.kinds.ban import BanDraft
from chat.log.log import Log
from chat.models import Ban, HeldMessage, Participant, Presence, Report, Room
from chat.permissions import SITE, Actor
from chat.presence.addresses import address_book
from chat.services import accounts, bans, reports
from tests.admin.test_rooms import enter
from tests.log.test_held import START, code_of, decide, label, log, participant, say
from tests.support.marks import whole_db

__all__ = ["log"]  # a fixture of theirs that is ours, too
pytestmark = whole_db
HELD = 110
FROM, NEAR, FAR = "2001:db8::1", "2001:db8::2", "2001:db8:1::1"


@pytest.fixture
def room() -> int:
    """A room of olga's, moderated by mona, in which eve is connected."""
    room = Room.objects.create(title="club", title_key="club", owner_id=participant("olga"))
    room.moderators.add(participant("mona"))
    connect(room.pk, "eve", FROM)
    return room.pk


def connect(room: int, name: str, address: str) -> None:
    enter(Room.objects.get(pk=room), name)
    Presence.objects.filter(name=name).update(address=address, participant=participant(name))


def ban(log: Log, room: int, **fields: Any) -> None:
    log.append_and_wait(BanDraft(room=room, at=START, actor=SITE, **{"name": "eve"} | fields))


def come(room: int, name: str, address: str = NEAR, **fields: Any) -> Draft:
    """The message of a participant who comes from there."""
    number = participant(name)
    return say(room, name, actor=Actor(number, address=address), **fields)


def test_new_guest_from_the_network_of_a_banned_one_is_held(log: Log, room: int):
    participant("ann")  # who was here before
    ban(log, room)
    assert [code_of(log, come(room, name)) for name in ("ann", "new")] == [0, HELD]
    assert HeldMessage.objects.get().reason == "evasion"
    assert code_of(log, come(room, "far", FAR)) == 0
    assert code_of(log, come(1, "other")) == 0
    assert code_of(log, label(room, "zoe", NEAR)) == HELD


def sign_up(name: str) -> int:
    return Participant.objects.get(user=User.objects.create_user(name)).pk


def say_as(room: int, person: int, **fields: Any) -> Draft:
    """A message of an account from near by."""
    return say(room, sender=Sender("acc", "", person), actor=Actor(person, address=NEAR), **fields)


def test_account_made_after_the_ban_is_held_as_a_guest(log: Log, room: int):
    before = sign_up("before")
    ban(log, room)
    assert code_of(log, say_as(room, before)) == 0
    assert code_of(log, say_as(room, sign_up("after"))) == HELD
    assert HeldMessage.objects.get().reason == "evasion"


def test_guest_from_before_the_ban_posts_on_with_an_account(log: Log, room: int):
    ben = participant("ben")
    ban(log, room)
    accounts.sign_up(name="ben", password="correct horse battery", guest=ben)
    assert code_of(log, say_as(room, ben)) == 0


def talk_of(one: int, other: int) -> int:
    low, high = sorted((one, other))
    return Room.objects.create(low_id=low, high_id=high, visibility="hidden").pk


def test_evader_of_a_ban_from_the_server_sends_no_direct_messages_before_approval(log: Log, room: int):
    staff = Participant.objects.get(user=User.objects.create_superuser("sue"))
    ann = participant("ann")
    bans.ban_from_server(actor=Actor(staff.pk, staff=True), fields={"name": "eve"})
    new = participant("new")
    talk = talk_of(ann, new)
    assert code_of(log, come(talk, "new")) == NOT_APPROVED.code
    assert code_of(log, come(talk, "ann")) == 0
    assert code_of(log, come(room, "new")) == HELD
    assert code_of(log, come(talk, "new")) == NOT_APPROVED.code
    report = Report.objects.get().pk
    reports.decide_report(number=report, actor=Actor(staff.pk, staff=True), decision="approve")
    assert code_of(log, come(talk, "new")) == 0


def test_message_in_a_room_of_their_own_lets_no_evader_send_direct_messages(log: Log, room: int):
    staff = Participant.objects.get(user=User.objects.create_superuser("sue"))
    bans.ban_from_server(actor=Actor(staff.pk, staff=True), fields={"name": "eve"})
    low, high = sorted((participant("ann"), participant("new")))
    talk = Room.objects.create(low_id=low, high_id=high, visibility="hidden").pk
    own = Room.objects.create(title="own", title_key="own", owner_id=participant("new")).pk
    assert code_of(log, come(own, "new")) == 0
    assert code_of(log, come(talk, "new")) == NOT_APPROVED.code
    Room.objects.get(pk=own).moderators.add(participant("new"))
    Room.objects.filter(pk=own).update(owner=participant("friend"))
    assert code_of(log, come(talk, "new")) == NOT_APPROVED.code


def test_ban_from_a_room_does_not_reach_direct_messages(log: Log, room: int):
    ban(log, room)
    assert code_of(log, come(talk_of(participant("ann"), participant("new")), "new")) == 0


def test_guest_posts_freely_after_one_approval(log: Log, room: int):
    ban(log, room)
    assert code_of(log, come(room, "new")) == HELD
    assert code_of(log, decide(HeldMessage.objects.get().pk)) == 0
    assert code_of(log, come(room, "new")) == 0


def test_networks_are_watched_as_long_as_the_ban_lasts(log: Log, room: int):
    ban(log, room, until=START + timedelta(hours=1))
    assert code_of(log, come(room, "soon", at=START + timedelta(minutes=59))) == HELD
    assert code_of(log, come(room, "after", at=START + timedelta(minutes=61))) == 0


def test_networks_are_watched_for_a_week_or_until_the_ban_is_lifted(log: Log, room: int):
    ban(log, room)
    later = START + timedelta(days=6)
    assert code_of(log, come(room, "new", at=later)) == HELD
    assert code_of(log, come(room, "newer", at=START + timedelta(days=8))) == 0
    ban(log, room, on=False)
    assert code_of(log, come(room, "newest", at=later)) == 0
    assert not Ban.objects.filter(key__startswith="watch:").exists()


def test_watched_networks_are_not_listed_as_bans(log: Log, room: int):
    ban(log, room)
    shown = bans.find_bans(room, Actor(participant("olga")))
    assert [one.name for one in shown] == ["eve"]


def test_ban_from_the_server_watches_in_all_rooms(log: Log, room: int):
    staff = Participant.objects.get(user=User.objects.create_superuser("sue"))
    actor = Actor(staff.pk, staff=True)
    bans.ban_from_server(actor=actor, fields={"name": "eve"})
    assert [code_of(log, come(each, name)) for each, name in ((room, "new"), (1, "newer"))] == [HELD, HELD]
    (shown,) = bans.find_server_bans(actor)
    bans.unban_from_server(actor=actor, number=shown.id)
    assert code_of(log, come(room, "newest")) == 0


def test_staff_hold_first_messages_of_new_guests_in_all_rooms_for_a_time(log: Log, room: int):
    participant("ann")
    staff = Participant.objects.get(user=User.objects.create_superuser("sue"))
    actor, now = Actor(staff.pk, staff=True), datetime.now(UTC)
    bans.ban_from_server(actor=actor, fields={"newcomers": True, "hold": True, "seconds": 3600})
    assert [
        code_of(log, come(each, name, at=now)) for each, name in ((room, "ann"), (room, "new"), (1, "newer"))
    ] == [
        0,
        HELD,
        HELD,
    ]
    assert {one.reason for one in HeldMessage.objects.all()} == {"newcomer"}
    assert code_of(log, come(room, "newest", at=now + timedelta(hours=2))) == 0
    for wrong in ({"name": "eve", "hold": True}, {"newcomers": True, "hold": 1, "seconds": 9}):
        with pytest.raises(ChatError) as refused:
            bans.ban_from_server(actor=actor, fields=wrong)
        assert refused.value.field == "hold"


def join_unverified(room: int, name: str, address: str, at: datetime) -> None:
    """A member of this name without an identity, since then."""
    enter(Room.objects.get(pk=room), name)
    Presence.objects.filter(room=room, name=name).update(address=address, joined_at=at)


def test_member_without_identity_who_was_in_the_room_before_the_ban_is_not_held(log: Log, room: int):
    join_unverified(room, "ben", NEAR, START - timedelta(minutes=1))
    ban(log, room)
    join_unverified(room, "late", NEAR, START + timedelta(minutes=1))
    later = START + timedelta(minutes=2)
    assert code_of(log, label(room, "ben", NEAR, at=later)) == 0
    assert code_of(log, label(room, "late", NEAR, at=later)) == HELD
    assert code_of(log, label(room, "ben", FROM, at=later)) == HELD  # under the name, from elsewhere
    assert HeldMessage.objects.count() == 2


def test_member_without_identity_goes_on_while_newcomers_to_the_room_are_held(log: Log, room: int):
    join_unverified(room, "ben", FAR, START - timedelta(minutes=1))
    until = START + timedelta(hours=1)
    ban(log, room, name="", newcomers=True, hold=True, until=until)
    assert [code_of(log, label(room, name, FAR)) for name in ("ben", "new")] == [0, HELD]


def go(name: str = "eve", address: str = FROM) -> None:
    """They were here, from there, and are gone."""
    Presence.objects.filter(name=name).delete()
    address_book.note_addresses([(participant(name), address)])


def networks(**found: Any) -> list[str]:
    return sorted(Ban.objects.filter(key__startswith="network:", **found).values_list("name", flat=True))


def test_new_guest_from_the_latest_networks_of_who_has_gone_is_held(log: Log, room: int):
    go()
    go(address=FAR)
    ban(log, room)
    assert [code_of(log, come(room, *who)) for who in (("new",), ("newer", FAR))] == [HELD, HELD]
    assert code_of(log, come(room, "other", "192.0.2.1")) == 0
    assert {one.reason for one in HeldMessage.objects.all()} == {"evasion"}


def test_ban_with_addresses_covers_the_latest_of_who_has_gone(log: Log, room: int):
    go()
    ban(log, room, address=True)
    assert networks(room=room) == ["2001:db8::/64"]


def test_ban_with_addresses_covers_the_present_ones_of_who_is_here(log: Log, room: int):
    address_book.note_addresses([(participant("eve"), FAR)])
    ban(log, room, address=True)
    assert networks(room=room) == ["2001:db8::/64"]


def test_ban_from_the_server_watches_the_latest_networks_of_who_has_gone(log: Log, room: int):
    go()
    staff = Participant.objects.get(user=User.objects.create_superuser("sue"))
    bans.ban_from_server(actor=Actor(staff.pk, staff=True), fields={"name": "eve"})
    assert code_of(log, come(1, "new")) == HELD


def test_number_of_networks_that_come_with_bans_is_bounded(
    log: Log, room: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("chat.validation.MOST_BANS", 2)
    connect(room, "ann", FAR)
    ban(log, room, address=True)  # the network of eve is banned, and watched
    with pytest.raises(ChatError) as refused:
        ban(log, room, name="ann", address=True)
    assert refused.value.kind.code == 303
    ban(log, room, name="ann")
    assert list(Ban.objects.filter(origin="").values_list("name", flat=True)) == ["eve", "ann"]
    assert Ban.objects.exclude(origin="").count() == 2


def test_networks_are_not_watched_without_addresses(log: Log, room: int, monkeypatch: pytest.MonkeyPatch):
    go()
    monkeypatch.setattr(settings.ENV, "wschat_address_days", 0)
    ban(log, room)
    assert code_of(log, come(room, "new")) == 0


def test_networks_of_a_guest_whose_name_is_free_again_are_found_by_messages(log: Log, room: int):
    number = participant("eve")
    assert code_of(log, come(room, "eve", FROM)) == 0
    go()
    Participant.objects.filter(pk=number).update(name_key=None)
    ban(log, room)
    assert code_of(log, come(room, "new")) == HELD
