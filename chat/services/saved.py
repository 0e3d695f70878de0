"""Messages that a participant has saved for later. Blocking."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final, TypeAlias

from django.db import transaction

from chat import commands
from chat.answers import Answer, Done, Saved, SavedInfo
from chat.errors import MESSAGE_NOT_FOUND, ROOM_NOT_FOUND, TOO_MANY_SAVED, ChatError
from chat.events import MessageSaved
from chat.log.current_rights import read_current_actors
from chat.models import Event, Participant, Room, SavedMessage
from chat.permissions import Actor
from chat.services.access import find_readable
from chat.services.joined_rooms import check_known
from chat.services.mentions import read_listed
from chat.services.notices import send_notices

MOST_SAVED: Final = 1000  # of one participant

Asking: TypeAlias = commands.Save | commands.GetSaved


def answer_saved(command: Asking, actor: Actor, by_token: Collection[int] = ()) -> Answer:
    """Do one of these commands. `by_token`: the rooms that a token let the actor into. Raises as below."""
    if isinstance(command, commands.GetSaved):
        return find_saved(
            actor, room=command.room, before=command.before, limit=command.limit, by_token=by_token
        )
    if command.on:
        save_message(command.room, command.target, actor, by_token)
    else:
        forget_message(command.room, command.target, actor)
    return Done()


def save_message(room: int, seq: int, actor: Actor, by_token: Collection[int] = ()) -> None:
    """Save a message of a room that the actor may read now. Raises 101, 204, 205, 915."""
    participant = check_known(actor)
    now = read_current_actors([actor])[actor]
    if not find_readable(now, Room.objects.filter(pk=room), also=by_token).exists():
        raise ChatError(ROOM_NOT_FOUND, field="room")
    if not Event.objects.not_erased(room, seq).exists():
        raise ChatError(MESSAGE_NOT_FOUND, field="target")
    with transaction.atomic():
        # Locked, so that saving many at once does not pass the limit.
        Participant.objects.select_for_update().get(pk=participant)
        mine = SavedMessage.objects.filter(participant=participant)
        if mine.filter(room=room, seq=seq).exists():
            return
        if mine.count() >= MOST_SAVED:
            mine.exclude(pk__in=mine.standing().values("pk")).delete()
        if mine.count() >= MOST_SAVED:
            detail = f"you can save at most {MOST_SAVED} messages; remove some first"
            raise ChatError(TOO_MANY_SAVED, detail=detail)
        SavedMessage.objects.create(participant_id=participant, room_id=room, seq=seq)
        _tell(participant, room, seq, on=True)


def forget_message(room: int, seq: int, actor: Actor) -> None:
    """Remove a message from those that the actor has saved, in whatever room. Raises 204."""
    participant = check_known(actor)
    if SavedMessage.objects.filter(participant=participant, room=room, seq=seq).delete()[0]:
        _tell(participant, room, seq, on=False)


def take_over(guest: int, account: int) -> None:
    """Give an account what the guest who has signed in to it has saved: the latest, up to the limit.

    Of rooms that the account may not read nothing is shown, as of others.
    """
    with transaction.atomic():
        Participant.objects.select_for_update().get(pk=account)
        mine = SavedMessage.objects.filter(participant=account)
        known = set(mine.values_list("room", "seq"))
        theirs = SavedMessage.objects.filter(participant=guest).order_by("-pk").values_list("room", "seq")
        new = [place for place in theirs if place not in known][: max(0, MOST_SAVED - len(known))]
        # The latest one is stored last.
        SavedMessage.objects.bulk_create(
            SavedMessage(participant_id=account, room_id=room, seq=seq) for room, seq in reversed(new)
        )


def find_saved(
    actor: Actor,
    *,
    room: int | None = None,
    before: int | None = None,
    limit: int,
    by_token: Collection[int] = (),
) -> Saved:
    """The messages that the actor saved, the latest first, in rooms that they may read now. Raises 204."""
    found, more = read_listed(
        SavedMessage.objects.standing(), actor, room=room, before=before, limit=limit, also=by_token
    )
    return Saved(tuple(SavedInfo(*one) for one in found), more)


def _tell(participant: int, room: int, seq: int, *, on: bool) -> None:
    """Tell all connections of the participant."""
    send_notices({participant: MessageSaved(room, datetime.now(UTC), seq, on)})
