"""What a draft does in the database besides its row in the log, in the same transaction, its room locked."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from chat import permissions, validation
from chat.errors import INVALID_CONTENT, INVALID_FIELD, ROOM_UNAUTHORIZED, ChatError, attempt
from chat.log.batch import (
    Effect,
    Entitled,
    Lifted,
    RoomFacts,
    RoomState,
    Silence,
    Unchanged,
    digest,
    no_such_message,
    not_yours,
)
from chat.log.drafts import Change, Delete, Draft, Erase, Mute, Pin, React, Rewrite, Say
from chat.log.rights import Rights
from chat.models import Event, Participant, Reaction, Room
from chat.models import Mute as MuteRow


def apply(draft: Draft, state: RoomState, rights: Rights) -> Effect:
    """Do it; what came of it. The room exists; `state` is as of this point of the batch."""
    if isinstance(draft, Say):
        return _say(draft, state, rights)
    if isinstance(draft, Erase):
        return _erase(draft, state, rights)
    if isinstance(draft, Rewrite | React):
        return _refused_to_speak(draft, state, rights) or (
            _rewrite(draft) if isinstance(draft, Rewrite) else _react(draft)
        )
    return _refusal(draft, state, rights) or _run(draft)


def _run(draft: Pin | Mute | Change | Delete) -> Effect:
    """What those do who run the room."""
    if isinstance(draft, Pin):
        return _pin(draft)
    if isinstance(draft, Mute):
        return _mute(draft) if draft.on else _unmute(draft)
    if isinstance(draft, Change):
        return _change(draft)
    Room.objects.filter(pk=draft.room).update(deleted_at=draft.at, updated_at=draft.at)
    return None


def _refusal(draft: Pin | Mute | Change | Delete, state: RoomState, rights: Rights) -> ChatError | None:
    """Why the actor may not do that here. A conversation has no others who could run it: both may pin."""
    if isinstance(draft, Pin) and state.pair is not None:
        return None if rights.actor(draft).participant in state.pair else _not_a_moderator()
    if isinstance(draft, Change):
        return rights.refusal(draft, draft.check)
    if isinstance(draft, Delete):
        return rights.refusal(draft, permissions.check_change)
    return None if _moderates(draft, state, rights) else _not_a_moderator()


def _moderates(draft: Draft, state: RoomState, rights: Rights) -> bool:
    """Whether the actor runs the room. Of a conversation of two, neither does."""
    if state.pair is not None and draft.actor.participant in state.pair:
        return False
    return rights.moderates(draft)


def _refused_to_speak(draft: Say | Rewrite | React, state: RoomState, rights: Rights) -> ChatError | None:
    """Why the sender may not say anything here now. Only those who would be refused are asked for a right."""
    refusal = attempt(state.check_may_speak, draft.sender, draft.at)
    return None if refusal is None or _moderates(draft, state, rights) else refusal


def _say(draft: Say, state: RoomState, rights: Rights) -> Effect:
    if (refusal := _refused_to_speak(draft, state, rights) or _answered(draft)) is not None:
        return refusal
    return Entitled()


def _answered(draft: Say) -> Effect:
    """Whether the message that this one answers is there."""
    if draft.reply_to is None or Event.objects.standing(draft.room, draft.reply_to).exists():
        return None
    return no_such_message("reply_to")


def _rewrite(draft: Rewrite) -> Effect:
    message = Event.objects.standing(draft.room, draft.target).first()
    if message is None:
        return no_such_message()
    if message.sender_id != draft.sender.participant:
        return not_yours()
    if message.text == draft.text:
        return Unchanged()
    Event.objects.filter(pk=message.pk).update(text=draft.text, edited_at=draft.at, **_as_said(message))
    return None


def _as_said(message: Event) -> dict[str, Any]:
    """What to keep of a message whose text goes, so that it is known again if its sender sends it again."""
    if message.nonce is None or message.edited_at is not None:
        return {}
    return {"data": {"said": digest(message.nonce, message.text)}}


def _erase(draft: Erase, state: RoomState, rights: Rights) -> Effect:
    """The text goes from the message, and from the edits that brought it there."""
    message = Event.objects.messages(draft.room).filter(seq=draft.target).first()
    if message is None:
        return no_such_message()
    if (draft.by is None or message.sender_id != draft.by) and not _moderates(draft, state, rights):
        return _not_a_moderator() if draft.by is None else not_yours()
    if message.erased_at is not None:
        return Unchanged()
    gone = {"text": "", "erased_at": draft.at, "pinned_at": None}
    Event.objects.filter(pk=message.pk).update(**gone, **_as_said(message))
    if message.edited_at is not None:
        edits = Event.objects.after(draft.room, draft.target).filter(kind=Event.Kind.EDITED)
        edits.filter(target=draft.target).update(text="")
    Reaction.objects.filter(room=draft.room, target=draft.target).delete()
    return None


def _react(draft: React) -> Effect:
    if not Event.objects.standing(draft.room, draft.target).exists():
        return no_such_message()
    under = Reaction.objects.filter(room=draft.room, target=draft.target)
    by = draft.sender.participant or 0
    mine = under.filter(participant=by, emoji=draft.emoji)
    if not draft.on:
        return None if mine.delete()[0] else Unchanged()
    if mine.exists():
        return Unchanged()
    kinds = set(under.values_list("emoji", flat=True).distinct())
    if draft.emoji not in kinds and len(kinds) >= validation.MOST_EMOJI:
        detail = f"a message has at most {validation.MOST_EMOJI} different emoji"
        return ChatError(INVALID_FIELD, field="emoji", detail=detail)
    under.create(
        room_id=draft.room,
        target=draft.target,
        participant_id=by,
        emoji=draft.emoji,
        name=draft.sender.name,
    )
    return None


def _pin(draft: Pin) -> Effect:
    message = Event.objects.standing(draft.room, draft.target).first()
    if message is None:
        return no_such_message()
    if (message.pinned_at is not None) == draft.on:
        return Unchanged()
    if draft.on and Event.objects.pinned(draft.room).count() >= validation.MOST_PINS:
        detail = f"a room has at most {validation.MOST_PINS} pinned messages; take one down first"
        return ChatError(INVALID_FIELD, field="target", detail=detail)
    Event.objects.filter(pk=message.pk).update(pinned_at=draft.at if draft.on else None)
    return None


def _mute(draft: Mute) -> Effect:
    """By name, as that is all that some protocols know; and by identity, if somebody has the name."""
    key = validation.name_key(draft.name)
    known = Participant.objects.named(draft.name).values_list("pk", flat=True).first()
    _, new = MuteRow.objects.update_or_create(
        room_id=draft.room,
        name_key=key,
        defaults={"participant_id": known, "name": draft.name, "until": draft.until, "at": draft.at},
    )
    if new:
        Room.objects.filter(pk=draft.room).update(mutes=True)
    return Silence(key, known, draft.until)


def _unmute(draft: Mute) -> Effect:
    key = validation.name_key(draft.name)
    here = MuteRow.objects.filter(room=draft.room)
    if not here.filter(name_key=key).delete()[0]:
        return Unchanged()
    Room.objects.filter(pk=draft.room).update(mutes=here.exists())
    return Lifted(key)


def _not_a_moderator() -> ChatError:
    return ChatError(ROOM_UNAUTHORIZED, detail="only those who run the room may do that")


def _change(draft: Change) -> Effect:
    values: dict[str, Any] = draft.values | {"updated_at": draft.at}
    if draft.bump:
        values["generation"] = F("generation") + 1
    try:
        with transaction.atomic():
            Room.objects.filter(pk=draft.room).update(**values)
    except IntegrityError as error:
        if "title" in str(error):
            return validation.duplicate_title()
        return ChatError(
            INVALID_CONTENT, field="visibility", detail="the room was changed by somebody else meanwhile"
        )
    fields = Room.objects.values_list("title", "description", "visibility", "locked", "generation")
    return RoomFacts(*fields.get(pk=draft.room))
