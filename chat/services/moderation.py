"""What moderators do to those in a room, from outside a connection. Blocking."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chat import permissions, validation
from chat.answers import Moderators
from chat.errors import ROOM_NOT_FOUND, ChatError, attempt
from chat.events import Sender
from chat.log.drafts import Draft
from chat.log.kinds.moderator import ModeratorDraft
from chat.log.kinds.mute import MuteDraft
from chat.log.log import log
from chat.log.rights import as_now
from chat.log.room_state import ActiveMute, RoomState
from chat.models import Mute, Participant, Room
from chat.permissions import Actor, Permission


def mute_name(*, room: Room, name: str, actor: Actor, seconds: int | None = None) -> None:
    """Mute a name in the room, for some seconds or until further notice. Raises 104, 303."""
    now = datetime.now(UTC)
    until = None if seconds is None else now + timedelta(seconds=validation.clean_mute_seconds(seconds))
    draft = MuteDraft(room=room.pk, at=now, name=validation.clean_name(name), until=until, actor=actor)
    _append_checked(room, actor, permissions.MUTE, draft)


def unmute_name(*, room: Room, name: str, actor: Actor) -> None:
    """Let them speak again. Raises 104."""
    draft = MuteDraft(room=room.pk, at=datetime.now(UTC), name=name, on=False, actor=actor)
    _append_checked(room, actor, permissions.MUTE, draft)


def set_moderator(
    *, room: Room, actor: Actor, on: bool, name: str = "", participant: int | None = None
) -> None:
    """Let a participant, by name or number, moderate the room, or no longer. Raises 104, 201, 303."""
    if participant is None:
        name = validation.clean_name(name)
    draft = ModeratorDraft(
        room=room.pk, at=datetime.now(UTC), name=name, participant=participant, on=on, actor=actor
    )
    _append_checked(room, actor, permissions.NAME_MODERATORS, draft)


def find_moderators(number: int) -> Moderators:
    """The owner of the room and its moderators, by name. Raises 101."""
    room = Room.objects.select_related("owner").prefetch_related("moderators").filter(pk=number).first()
    if room is None:
        raise ChatError(ROOM_NOT_FOUND)
    moderators = sorted(room.moderators.all(), key=lambda one: one.name_key or "")
    owner = None if room.owner is None else _to_sender(room.owner)
    return Moderators(owner, tuple(map(_to_sender, moderators)))


def _to_sender(participant: Participant) -> Sender:
    return Sender(participant.name, participant.color, participant.pk)


def check_may_write(asked: Sequence[tuple[int, Sender, Actor]]) -> list[int | ChatError]:
    """Whether each of these may let a room know that they are writing: who may not speak there may not.

    The seq that the room had then; or 101, 106, 107.
    """
    now = datetime.now(UTC)
    wanted = {number for number, _, _ in asked}
    rooms = Room.objects.filter(deleted_at__isnull=True).prefetch_related("moderators").in_bulk(wanted)
    muting = [room.pk for room in rooms.values() if room.mutes]
    actors = as_now(actor for _, _, actor in asked)
    mutes: dict[int, dict[str, ActiveMute]] = {}
    for mute in Mute.objects.filter(room__in=muting) if muting else ():
        active = ActiveMute(mute.name_key, mute.participant_id, mute.until)
        mutes.setdefault(mute.room_id, {})[mute.name_key] = active

    def one(number: int, who: Sender, actor: Actor) -> int:
        if (room := rooms.get(number)) is None:
            raise ChatError(ROOM_NOT_FOUND)
        if not permissions.may(actors[actor], permissions.POST_ANYWAY, room.ownership()):
            state = RoomState(number, room.last_seq, room.locked, mutes=mutes.get(number, {}))
            state.check_may_speak(who, now)
        return room.last_seq

    return [attempt(one, *each) for each in asked]


def forget_ended(moment: datetime) -> None:
    """Delete the mutes that are over. `Room.mutes` is the log's to change, with the room locked."""
    Mute.objects.filter(until__lte=moment).delete()


def _append_checked(room: Room, actor: Actor, permission: Permission, draft: Draft) -> None:
    permissions.check(actor, permission, room.ownership())
    log.append_and_wait(draft)
