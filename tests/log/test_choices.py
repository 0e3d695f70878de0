"""Who can pin messages and mention everyone, as a room chooses it."""

import pytest

from chat.errors import ChatError
from chat.events import RoomChanged, Sender
from chat.log.kinds.pin import PinDraft
from chat.log.kinds.room_change import RoomChangeDraft
from chat.log.log import log
from chat.log.mentions import FEW
from chat.models import AuditEntry, Room
from chat.permissions import ANONYMOUS, LIMIT_POSTING, SITE, Actor
from chat.services import moderation, rooms
from tests.log.test_log import append_all, now
from tests.log.test_log import say as unnamed
from tests.log.test_mentions import fill, join, participant, say
from tests.support.marks import whole_db

pytestmark = whole_db
PEOPLE = ("olga", "mod", "mel")  # who owns the room, moderates it, or neither


@pytest.fixture
def room() -> Room:
    made = Room.objects.create(title="club", title_key="club", owner_id=participant("olga"))
    made.moderators.add(participant("mod"))
    append_all(log, [unnamed(room=made.pk)])
    return made


def who(name: str) -> Actor:
    return Actor(participant(name))


def sender(name: str) -> Sender:
    return Sender(name, "", participant(name))


def choose(room: Room, actor: Actor = SITE, **values: str) -> RoomChanged | None:
    draft = RoomChangeDraft(room=room.pk, at=now(), actor=actor, values=values, permission=LIMIT_POSTING)
    event = log.append_and_wait(draft)
    assert event is None or isinstance(event, RoomChanged)
    return event


def pin(room: Room, name: str, *, on: bool = True, known: bool = True) -> int:
    """The code of the refusal; 0 without one."""
    by, actor = (sender(name), who(name)) if known else (Sender(name), ANONYMOUS)
    try:
        log.append_and_wait(PinDraft(room=room.pk, at=now(), target=1, on=on, sender=by, actor=actor))
    except ChatError as refused:
        return refused.kind.code
    return 0


@pytest.mark.parametrize(
    ("choice", "codes"),
    [("everyone", [0, 0, 0]), ("moderators", [0, 0, 104]), ("owner", [0, 104, 104])],
)
def test_room_chooses_who_can_pin(room: Room, choice: str, codes: list[int]):
    choose(room, who_can_pin=choice)
    found = []
    for name in PEOPLE:
        found.append(pin(room, name))
        log.append_and_wait(
            PinDraft(room=room.pk, at=now(), target=1, on=False, sender=Sender(""), actor=SITE)
        )
    assert found == codes


def test_only_moderators_pin_unless_the_room_chooses_otherwise(room: Room):
    assert (pin(room, "mel"), pin(room, "mod")) == (104, 0)


def test_anonymous_client_pins_where_everyone_can(room: Room):
    assert pin(room, "zed", known=False) == 104
    choose(room, who_can_pin="everyone")
    assert pin(room, "zed", known=False) == 0


def test_who_cannot_post_cannot_pin_either(room: Room):
    choose(room, who_can_pin="everyone")
    moderation.mute_name(room=room, name="mel", seconds=60, actor=SITE)
    assert pin(room, "mel") == 107
    rooms.limit_posting(room=room, actor=SITE, fields={"locked": True})
    assert (pin(room, "zed", known=False), pin(room, "mod")) == (106, 0)


def test_pin_is_moderation_only_where_moderators_pin(room: Room):
    choose(room, who_can_pin="everyone")
    pin(room, "mel")
    assert not AuditEntry.objects.filter(act="pin").exists()
    choose(room, who_can_pin="moderators")
    pin(room, "mod", on=False)
    assert AuditEntry.objects.filter(act="unpin").exists()


@pytest.mark.parametrize(
    ("choice", "many", "may"),
    [
        ("auto", False, [True, True, True]),
        ("auto", True, [True, True, False]),
        ("everyone", True, [True, True, True]),
        ("moderators", False, [True, True, False]),
        ("owner", False, [True, False, False]),
    ],
)
def test_room_chooses_who_can_mention_everyone(room: Room, choice: str, many: bool, may: list[bool]):
    join(room, *PEOPLE)
    if many:
        fill(room, FEW)
    choose(room, who_can_mention_all=choice)
    assert [bool(say(room, name, "@room").mentions) for name in PEOPLE] == may


def test_choice_is_an_event_and_in_the_audit_log(room: Room):
    event = choose(room, who_can_pin="everyone")
    assert event is not None
    assert (event.who_can_pin, event.who_can_mention_all) == ("everyone", "auto")
    assert choose(room, who_can_pin="everyone") is None
    details = AuditEntry.objects.get(act="change_room").details
    assert details == {"who_can_pin": ["moderators", "everyone"]}


@pytest.mark.parametrize("name", ["who_can_pin", "who_can_mention_all"])
def test_moderator_neither_takes_nor_gives_what_is_the_owners(room: Room, name: str):
    for before, after in (("moderators", "owner"), ("owner", "everyone")):
        Room.objects.filter(pk=room.pk).update(**{name: before})
        with pytest.raises(ChatError) as refused:
            choose(room, who("mod"), **{name: after})
        assert (refused.value.kind.code, refused.value.field) == (104, name)
        assert choose(room, who("olga"), **{name: after}) is not None
    assert choose(room, who("mod"), **{name: "moderators"}) is not None
