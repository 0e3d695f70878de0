"""Services of moderators, called from outside a connection. Blocking."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chat import permissions, validation
from chat.answers import Moderators, MuteInfo
from chat.errors import INVALID_FIELD, ROOM_NOT_FOUND, ChatError, attempt
from chat.events import Sender
from chat.log.blocks import read_blockers
from chat.log.current_rights import read_accounts, read_current_actors
from chat.log.drafts import Draft
from chat.log.kinds.moderator import ModeratorDraft
from chat.log.kinds.mute import MuteDraft
from chat.log.log import log
from chat.log.room_state import ActiveMute, MuteKey, RoomState
from chat.log.rules import Acceptances
from chat.models import Mute, Participant, Room
from chat.permissions import Actor, Permission


def mute_name(
    *,
    room: Room,
    name: object,
    actor: Actor,
    seconds: object = None,
    reason: object = "",
    tells: bool = True,
    verified: object = True,
) -> None:
    """Mute a name in the room, for some seconds or until further notice. Raises 104, 303.

    `tells`: whether members see the reason. Not `verified`: see `check_label`.
    """
    now = datetime.now(UTC)
    until = None if seconds is None else now + timedelta(seconds=validation.clean_mute_seconds(seconds))
    draft = MuteDraft(
        room=room.pk,
        at=now,
        name=validation.clean_known_name(name),
        until=until,
        actor=actor,
        reason=validation.clean_reason(reason),
        tells=tells,
        verified=validation.clean_flag(verified, "verified", INVALID_FIELD),
    )
    _append_checked(room, actor, permissions.MUTE, draft)


def unmute_name(*, room: Room, name: object, actor: Actor) -> None:
    """Let them speak again. Raises 104, 303."""
    known = validation.clean_known_name(name)
    draft = MuteDraft(room=room.pk, at=datetime.now(UTC), name=known, on=False, actor=actor)
    _append_checked(room, actor, permissions.MUTE, draft)


def find_mutes(number: int, actor: Actor) -> tuple[MuteInfo, ...]:
    """Who is muted in the room now, by name: for moderators. Raises 101, 104."""
    room = Room.objects.filter(pk=number).first()
    if room is None:
        raise ChatError(ROOM_NOT_FOUND)
    now = read_current_actors([actor])[actor]
    permissions.check(now, permissions.MUTE, room.ownership())
    rank = permissions.rank_of(now, room.ownership())
    mutes = Mute.objects.filter(room=room).lasting(datetime.now(UTC)).order_by("name_key", "rank")
    return tuple(
        MuteInfo(mute.name, mute.until, mute.reason, permissions.name_who_may_change(rank, mute.rank))
        for mute in mutes
    )


def set_moderator(
    *, room: Room, actor: Actor, on: bool, name: str = "", participant: int | None = None
) -> None:
    """Let a participant, by name or number, moderate the room, or no longer. Raises 104, 201, 303."""
    if participant is None:
        name = validation.clean_known_name(name)
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


def check_may_type(asked: Sequence[tuple[int, Sender, Actor]]) -> list[int | ChatError]:
    """Check each typing notice as a message would be: the room's seq, or error 101, 106, 107, 109 or 114."""
    now = datetime.now(UTC)
    wanted = {number for number, _, _ in asked}
    rooms = Room.objects.filter(deleted_at__isnull=True).prefetch_related("moderators").in_bulk(wanted)
    muting = [room.pk for room in rooms.values() if room.mutes]
    actors = read_current_actors(actor for _, _, actor in asked)
    mutes: dict[int, dict[MuteKey, ActiveMute]] = {}
    for mute in Mute.objects.filter(room__in=muting) if muting else ():
        active = ActiveMute(mute.name_key, mute.participant_id, mute.until, mute.rank)
        mutes.setdefault(mute.room_id, {})[mute.name_key, mute.participant_id] = active

    strict = {room.pk for room in rooms.values() if room.accounts_only}
    accounts = read_accounts(who for number, who, _ in asked if number in strict)

    ruled = {room.pk for room in rooms.values() if room.rules_version}
    people = {who.participant for number, who, _ in asked if number in ruled}
    accepted = Acceptances(lambda _: {one for one in people if one is not None})

    pairs = {room.pk: pair for room in rooms.values() if (pair := room.ownership().pair) is not None}
    blockers = read_blockers(pairs)

    def has_account(who: Sender) -> bool:
        return who.participant in accounts

    def one(number: int, who: Sender, actor: Actor) -> int:
        if (room := rooms.get(number)) is None:
            raise ChatError(ROOM_NOT_FOUND)
        current, ownership = actors[actor], room.ownership()
        state = RoomState(number, room.last_seq, room.locked, mutes=mutes.get(number, {}))
        state.check_not_muted(who, now, lambda: permissions.rank_of(current, ownership))
        if not permissions.may(current, permissions.POST_ANYWAY, ownership):
            state.accounts_only = room.accounts_only
            state.blockers = blockers.get(number, frozenset())
            state.check_may_speak(who, now, has_account)
            if room.rules_version:
                accepted.check_accepted(number, who.participant, room.rules_version)
        return room.last_seq

    return [attempt(one, *each) for each in asked]


def forget_ended_mutes(moment: datetime) -> None:
    """Delete the mutes that are over. `Room.mutes` is the log's to change, with the room locked."""
    Mute.objects.filter(until__lte=moment).delete()


def _append_checked(room: Room, actor: Actor, permission: Permission, draft: Draft) -> None:
    permissions.check(actor, permission, room.ownership())
    log.append_and_wait(draft)
