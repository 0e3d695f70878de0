"""What someone of a higher rank has decided about a person holds against those of a lower rank."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from chat.errors import BANNED, KICKED, MUTED, ROOM_UNAUTHORIZED, ChatError
from chat.events import Reacted, Sender
from chat.log.drafts import Draft
from chat.log.kinds.ban import BanDraft
from chat.log.kinds.kick import KickDraft
from chat.log.kinds.message import MessageDraft
from chat.log.kinds.mute import MuteDraft
from chat.log.kinds.reaction import ReactionDraft
from chat.log.log import Log
from chat.models import AuditEntry, Ban, Mute, Participant, Presence, Reaction, Room
from chat.permissions import SITE, Actor
from chat.services import bans, filters, moderation
from tests.admin.test_rooms import enter
from tests.support.marks import whole_db

pytestmark = whole_db
REFUSED: Final = ROOM_UNAUTHORIZED.code
RANKS: Final = ("moderator", "owner", "staff")


class House:
    """A room with an owner, two moderators, and eve, whom they ban and mute."""

    def __init__(self, log: Log) -> None:
        self.log = log
        people = {
            name: Participant.objects.create(name=name, name_key=name).pk
            for name in ("olga", "mod", "other", "eve")
        }
        self.room = Room.objects.create(title="club", title_key="club", owner_id=people["olga"])
        self.room.moderators.add(people["mod"], people["other"])
        self.actors = {"owner": Actor(people["olga"]), "moderator": Actor(people["mod"]), "staff": SITE}
        self.actors |= {"other": Actor(people["other"]), "eve": Actor(people["eve"])}

    def submit(self, draft: Draft) -> int:
        """The code of its refusal; 0 if it was stored."""
        try:
            self.log.append_and_wait(draft)
        except ChatError as error:
            return error.kind.code
        return 0

    def order(self, kind: type[Any], by: str, seconds: int | None = None, **fields: Any) -> int:
        """Have a role ban, mute or kick, or with `on` false lift it."""
        at = datetime.now(UTC)
        head = {"room": self.room.pk, "at": at, "actor": self.actors[by]}
        until = {} if seconds is None else {"until": at + timedelta(seconds=seconds)}
        name = {} if {"pattern", "network", "newcomers"} & fields.keys() else {"name": "eve"}
        return self.submit(kind(**head, **name, **until, **fields))

    def say(self, by: str = "eve", text: str = "hi") -> int:
        sender = Sender(by, "", self.actors[by].participant)
        return self.submit(
            MessageDraft(
                room=self.room.pk, at=datetime.now(UTC), sender=sender, text=text, actor=self.actors[by]
            )
        )


@pytest.fixture
def house(log: Log) -> House:
    return House(log)


SUBJECTS: Final[list[dict[str, Any]]] = [{}, {"pattern": "ev*"}, {"network": "192.0.2.0/24"}]
MEASURES: Final[list[tuple[type[Any], dict[str, Any]]]] = [
    (MuteDraft, {}),
    *((BanDraft, subject) for subject in SUBJECTS),
]


@pytest.mark.parametrize("by", RANKS)
@pytest.mark.parametrize("other", RANKS)
@pytest.mark.parametrize(("kind", "subject"), MEASURES, ids=str)
def test_only_the_same_or_a_higher_rank_changes_and_lifts_it(
    house: House, kind: type[Any], subject: dict[str, Any], by: str, other: str
):
    assert house.order(kind, by, **subject) == 0
    rows = Mute.objects if kind is MuteDraft else Ban.objects
    before = list(rows.values())
    expected = REFUSED if RANKS.index(other) < RANKS.index(by) else 0
    assert house.order(kind, other, 1, **subject) == expected
    if expected:
        assert list(rows.values()) == before
    assert house.order(kind, other, on=False, **subject) == expected
    assert list(rows.values()) == (before if expected else [])


@pytest.mark.parametrize("kind", [MuteDraft, BanDraft])
def test_moderators_are_of_one_rank(house: House, kind: type[Any]):
    assert house.order(kind, "moderator") == 0
    assert house.order(kind, "other", 600) == 0
    assert house.order(kind, "other", on=False) == 0


@pytest.mark.parametrize(("kind", "code"), [(MuteDraft, MUTED.code), (BanDraft, BANNED.code)])
def test_measure_that_is_over_is_in_nobodys_way(house: House, kind: type[Any], code: int):
    assert house.order(kind, "staff", 0) == 0
    assert house.order(kind, "moderator") == 0
    assert house.say() == code
    assert house.order(kind, "other", on=False) == 0
    assert house.say() == 0


@pytest.mark.parametrize("hold", [False, True])
def test_newcomers_that_staff_keep_out_are_not_let_in_by_a_moderator(house: House, hold: bool):
    assert house.order(BanDraft, "staff", 600, newcomers=True, hold=hold) == 0
    (before,) = Ban.objects.values()
    for again in (False, True):
        assert house.order(BanDraft, "moderator", 1, newcomers=True, hold=again) == REFUSED
    assert house.order(BanDraft, "moderator", newcomers=True, on=False) == REFUSED
    with pytest.raises(ChatError) as error:
        bans.let_newcomers_in(room=house.room, actor=house.actors["owner"])
    assert error.value.kind == ROOM_UNAUTHORIZED
    assert Ban.objects.values().get() == before
    bans.let_newcomers_in(room=house.room, actor=SITE)
    assert not Ban.objects.exists()


def test_ban_by_number_is_as_one_by_name(house: House):
    assert house.order(BanDraft, "staff") == 0
    number = Ban.objects.get().pk
    with pytest.raises(ChatError) as error:
        bans.unban(room=house.room, actor=house.actors["moderator"], number=number)
    assert error.value.kind == ROOM_UNAUTHORIZED
    assert "only they can change it" in error.value.detail
    assert house.say() == BANNED.code


def test_kick_by_staff_leaves_a_moderators_own_ban_to_them(house: House):
    enter(house.room, "eve")
    Presence.objects.update(participant=house.actors["eve"].participant, token="line")
    assert house.order(KickDraft, "staff") == 0
    assert house.order(BanDraft, "moderator", on=False) == REFUSED
    assert house.order(KickDraft, "moderator") == 0  # a kick weakens none
    assert house.order(BanDraft, "moderator") == 0
    assert house.order(BanDraft, "moderator", on=False) == 0
    assert set(Ban.objects.values_list("kick", "rank")) == {(True, 3)}
    assert Ban.objects.filter(key="token:line").exists()
    assert house.say() == KICKED.code
    assert house.order(BanDraft, "owner", on=False) == REFUSED
    assert house.order(BanDraft, "staff", on=False) == 0
    assert house.say() == 0


def test_mute_by_a_higher_rank_holds_for_who_becomes_a_moderator(house: House):
    assert house.order(MuteDraft, "staff") == 0
    moderation.set_moderator(room=house.room, actor=house.actors["owner"], on=True, name="eve")
    assert house.say() == MUTED.code
    Room.objects.update(locked=True)
    assert house.say() == MUTED.code
    who = Sender("eve", "", house.actors["eve"].participant)
    (refused,) = moderation.check_may_type([(house.room.pk, who, house.actors["eve"])])
    assert isinstance(refused, ChatError)
    assert refused.kind == MUTED
    assert house.order(MuteDraft, "staff", on=False) == 0
    assert house.say() == 0


def test_mute_by_a_moderator_is_none_for_a_moderator(house: House):
    assert house.order(MuteDraft, "moderator") == 0
    house.room.moderators.add(house.actors["eve"].participant or 0)
    assert house.say() == 0


def test_mute_by_a_filter_is_any_moderators_to_lift(house: House):
    fields = {"kind": "words", "pattern": "spam", "action": "mute"}
    filters.add_filter(room=None, actor=SITE, fields=fields)
    assert house.say(text="spam") == 112
    assert house.say() == MUTED.code
    assert house.order(MuteDraft, "moderator", on=False) == 0
    assert house.say() == 0


def test_moderator_removes_one_reaction_of_another(house: House):
    eve, mod = house.actors["eve"], house.actors["moderator"]
    assert house.say("other") == 0
    head: dict[str, Any] = {"room": house.room.pk, "at": datetime.now(UTC), "target": 1}
    for emoji in ("👍", "🎉"):
        draft = ReactionDraft(
            **head, actor=eve, sender=Sender("eve", "", eve.participant), emoji=emoji, on=True
        )
        assert house.submit(draft) == 0
    removal: dict[str, Any] = {**head, "emoji": "👍", "on": False}
    stranger = Actor(Participant.objects.create(name="bob", name_key="bob").pk)
    asked: dict[str, Any] = {"sender": Sender("bob", "", stranger.participant), "whose": eve.participant}
    assert house.submit(ReactionDraft(**removal, **asked, actor=stranger)) == 204
    asked["sender"] = Sender("mod", "", mod.participant)
    event = house.log.append_and_wait(ReactionDraft(**removal, **asked, actor=mod))
    assert isinstance(event, Reacted)
    assert (event.who, event.emoji, event.on) == (Sender("eve", "", eve.participant), "👍", False)
    assert house.log.append_and_wait(ReactionDraft(**removal, **asked, actor=mod)) is None
    assert list(Reaction.objects.values_list("emoji", flat=True)) == ["🎉"]
    (entry,) = AuditEntry.objects.filter(act="remove_reaction")
    assert (entry.actor, entry.subject, entry.message) == (mod.participant, eve.participant, 1)
    assert entry.details == {"emoji": "👍"}
