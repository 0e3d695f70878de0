"""What moderators do to those in a room, from outside a connection. Blocking."""

from datetime import UTC, datetime, timedelta

from chat import rules
from chat.log.drafts import Mute
from chat.log.log import log
from chat.models import Mute as MuteRow
from chat.models import Room
from chat.rules import Actor


def mute(*, room: Room, name: str, actor: Actor, seconds: int | None = None) -> None:
    """Let nobody of this name speak in the room, for so long or until further notice. Raises 104, 303."""
    now = datetime.now(UTC)
    until = None if seconds is None else now + timedelta(seconds=rules.mute_seconds(seconds))
    _append(room, actor, Mute(room=room.pk, at=now, name=rules.name(name), until=until, actor=actor))


def unmute(*, room: Room, name: str, actor: Actor) -> None:
    """Let them speak again. Raises 104."""
    _append(room, actor, Mute(room=room.pk, at=datetime.now(UTC), name=name, on=False, actor=actor))


def forget_ended(moment: datetime) -> None:
    """Delete the mutes that are over. `Room.mutes` is the log's to change, with the room locked."""
    MuteRow.objects.filter(until__lte=moment).delete()


def _append(room: Room, actor: Actor, draft: Mute) -> None:
    rules.check_moderate(actor, room.ownership())
    log.append_and_wait(draft)
