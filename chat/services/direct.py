"""Direct conversations: rooms that only their two participants can enter or find. Blocking."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.answers import Conversation
from chat.errors import INVALID_FIELD, INVALID_TOKEN, USER_NOT_FOUND, ChatError
from chat.events import Sender
from chat.models import Participant, Room
from chat.models.room import pair_of


def open_with(participant: int, name: str) -> Conversation:
    """The conversation of a participant with another, begun if need be. Raises 201, 303, 403."""
    if not Participant.objects.not_closed().filter(pk=participant).exists():
        raise ChatError(INVALID_TOKEN, detail="the account or guest no longer exists")
    other = Participant.objects.named(name).first()
    if other is None:
        raise ChatError(USER_NOT_FOUND, field="to", detail="no user has this name")
    if other.pk == participant:
        raise ChatError(INVALID_FIELD, field="to", detail="you can't message yourself")
    room = _find_or_create_room(*pair_of(participant, other.pk))
    away = other.seen_at <= timezone.now()
    return Conversation(room.pk, Sender(other.name, other.color, other.pk), room.last_seq, away=away)


def _find_or_create_room(low: int, high: int) -> Room:
    found = Room.objects.filter(low=low, high=high).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Room.objects.create(low_id=low, high_id=high, visibility=Room.Visibility.HIDDEN)
    except IntegrityError:  # the other one was first
        return Room.objects.get(low=low, high=high)
