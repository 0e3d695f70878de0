"""The rules of a room: read and accept them. Blocking.

The caller has found out that the actor may read the room.
"""

from datetime import UTC, datetime

from chat.answers import Rules
from chat.errors import CLIENT_UNAUTHORIZED, CONFLICT, ROOM_NOT_FOUND, ChatError
from chat.events import RulesAccepted
from chat.models import Participant, Room, RulesAcceptance
from chat.permissions import Actor
from chat.services.notices import send_notices


def read_rules(*, room: int, actor: Actor) -> Rules:
    """The rules of the room, and whether the actor has accepted them. Raises 101."""
    found = _find_room(room)
    return Rules(found.rules, found.rules_version, has_accepted(found, actor))


def accept_rules(*, room: int, actor: Actor, version: int) -> None:
    """Accept the rules of this version, and tell all connections of the actor.

    Raises 101, 204, and 914 if the room has other rules.
    """
    participant = Participant.objects.filter(pk=actor.participant or 0).first()
    if participant is None:
        raise ChatError(CLIENT_UNAUTHORIZED, detail="anonymous clients cannot accept rules")
    if version == 0 or _find_room(room).rules_version != version:
        raise ChatError(CONFLICT, field="version", detail="the rules have changed: read them again")
    now = datetime.now(UTC)
    RulesAcceptance.objects.update_or_create(
        room_id=room, participant=participant, defaults={"version": version, "at": now}
    )
    send_notices({participant.pk: RulesAccepted(room, now, version)})


def has_accepted(room: Room, actor: Actor) -> bool:
    """Whether the actor has accepted the rules that the room has. A room without rules asks no database."""
    if not room.rules_version or actor.participant is None:
        return False
    accepted = RulesAcceptance.objects.filter(room=room, participant=actor.participant)
    return accepted.filter(version=room.rules_version).exists()


def _find_room(number: int) -> Room:
    found = Room.objects.existing().filter(pk=number).first()
    if found is None:
        raise ChatError(ROOM_NOT_FOUND)
    return found
