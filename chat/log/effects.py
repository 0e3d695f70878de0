"""What a draft does in the database besides its row in the log, in the same transaction, its room locked."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from chat import rules
from chat.errors import INVALID_CONTENT, INVALID_FIELD, ChatError
from chat.log.batch import (
    Change,
    Delete,
    Draft,
    Effect,
    Erase,
    React,
    Rewrite,
    RoomFacts,
    Say,
    Unchanged,
    no_such_message,
    not_yours,
    room_locked,
)
from chat.models import Event, Reaction, Room


def apply(draft: Draft, *, locked: bool) -> Effect:
    """Do it; what came of it. The room exists; `locked`: whether it is, at this point of the batch."""
    if isinstance(draft, Say):
        return _answered(draft)
    if isinstance(draft, Erase):
        return _erase(draft)
    if isinstance(draft, Change):
        return _change(draft)
    if isinstance(draft, Delete):
        Room.objects.filter(pk=draft.room).update(deleted_at=draft.at, updated_at=draft.at)
        return None
    if locked and not draft.moderator:
        return room_locked()
    return _rewrite(draft) if isinstance(draft, Rewrite) else _react(draft)


def _answered(draft: Say) -> Effect:
    """Whether the message that this one answers is there."""
    if draft.reply_to is None or Event.objects.standing(draft.room, draft.reply_to).exists():
        return None
    return no_such_message("reply_to")


def _rewrite(draft: Rewrite) -> Effect:
    message = Event.objects.standing(draft.room, draft.target).first()
    if message is None:
        return no_such_message()
    if message.sender_id != draft.by:
        return not_yours()
    if message.text == draft.text:
        return Unchanged()
    Event.objects.filter(pk=message.pk).update(text=draft.text, edited_at=draft.at)
    return None


def _erase(draft: Erase) -> Effect:
    """The text goes from the message, and from the edits that brought it there."""
    message = Event.objects.messages(draft.room).filter(seq=draft.target).first()
    if message is None:
        return no_such_message()
    if not draft.moderator and (draft.by is None or message.sender_id != draft.by):
        return not_yours()
    if message.erased_at is not None:
        return Unchanged()
    Event.objects.filter(pk=message.pk).update(text="", erased_at=draft.at)
    if message.edited_at is not None:
        edits = Event.objects.after(draft.room, draft.target).filter(kind=Event.Kind.EDITED)
        edits.filter(target=draft.target).update(text="")
    Reaction.objects.filter(room=draft.room, target=draft.target).delete()
    return None


def _react(draft: React) -> Effect:
    if not Event.objects.standing(draft.room, draft.target).exists():
        return no_such_message()
    under = Reaction.objects.filter(room=draft.room, target=draft.target)
    mine = under.filter(participant=draft.by, emoji=draft.emoji)
    if not draft.on:
        return None if mine.delete()[0] else Unchanged()
    if mine.exists():
        return Unchanged()
    kinds = set(under.values_list("emoji", flat=True).distinct())
    if draft.emoji not in kinds and len(kinds) >= rules.MOST_EMOJI:
        detail = f"a message has at most {rules.MOST_EMOJI} different emoji"
        return ChatError(INVALID_FIELD, field="emoji", detail=detail)
    under.create(
        room_id=draft.room,
        target=draft.target,
        participant_id=draft.by,
        emoji=draft.emoji,
        name=draft.who.name,
    )
    return None


def _change(draft: Change) -> Effect:
    values: dict[str, Any] = draft.values | {"updated_at": draft.at}
    if draft.bump:
        values["generation"] = F("generation") + 1
    try:
        with transaction.atomic():
            Room.objects.filter(pk=draft.room).update(**values)
    except IntegrityError as error:
        if "title" in str(error):
            return rules.duplicate_title()
        return ChatError(
            INVALID_CONTENT, field="visibility", detail="the room was changed by somebody else meanwhile"
        )
    fields = Room.objects.values_list("title", "description", "visibility", "locked", "generation")
    return RoomFacts(*fields.get(pk=draft.room))
