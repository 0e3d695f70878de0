"""Services for messages, called from outside a connection. Blocking."""

from datetime import UTC, datetime
from typing import Final

from django.db import transaction

from chat import permissions
from chat.answers import HeldInfo, HeldMessages
from chat.errors import CLIENT_UNAUTHORIZED, MESSAGE_NOT_FOUND, ChatError
from chat.events import Sender
from chat.log.audit import write_act
from chat.log.current_rights import read_current_actors
from chat.log.drafts import Act
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.restoration import RestorationDraft
from chat.log.log import log
from chat.models import HeldMessage, KeptText, Room
from chat.permissions import Actor

MOST_SHOWN: Final = 200  # messages that wait, of one sender: a few in each room


def find_held(*, actor: Actor, room: int | None = None) -> HeldMessages:
    """The actor's own messages that wait for a moderator, in the room or everywhere. Raises 204."""
    if actor.participant is None:
        raise ChatError(CLIENT_UNAUTHORIZED, detail="anonymous clients have no list of messages that wait")
    found = HeldMessage.objects.waiting().filter(sender=actor.participant, room__deleted_at=None)
    if room is not None:
        found = found.filter(room=room)
    latest = found.order_by("-pk")[:MOST_SHOWN]
    return HeldMessages(
        tuple(HeldInfo(one.room_id, one.at, one.text, one.nonce, one.reply_to) for one in reversed(latest))
    )


def note_export(*, room: Room, actor: Actor) -> None:
    """Note in the audit log that the actor exports all messages of the room. Raises 104."""
    current = read_current_actors([actor])[actor]
    permissions.check(current, permissions.SET_RETENTION, room.ownership())
    write_act(actor, Act(name="export_messages"), room.pk, room.title)


def delete_message(*, room: Room, seq: int, actor: Actor, reason: str = "") -> None:
    """Delete a message: its text goes from the log and from every screen. Raises 204, 205."""
    permissions.check(actor, permissions.DELETE_MESSAGE, room.ownership())
    now = datetime.now(UTC)
    log.append_and_wait(DeletionDraft(room=room.pk, at=now, target=seq, actor=actor, reason=reason))


def restore_message(*, room: Room, seq: int, actor: Actor) -> None:
    """Restore a message that a moderator deleted, while its text is kept. For staff. Raises 104, 205."""
    permissions.check(actor, permissions.RESTORE_MESSAGE, room.ownership())
    log.append_and_wait(RestorationDraft(room=room.pk, at=datetime.now(UTC), target=seq, actor=actor))


def erase_kept_text(*, room: Room, seq: int, actor: Actor) -> None:
    """Delete the kept text of a message for good. For staff. Raises 104, 205."""
    current = read_current_actors([actor])[actor]
    permissions.check(current, permissions.RESTORE_MESSAGE, room.ownership())
    with transaction.atomic():
        kept = KeptText.objects.of_message(room.pk, seq).select_related("event").first()
        if kept is None:
            raise ChatError(MESSAGE_NOT_FOUND, field="target", detail="no text of this message is kept")
        subject = Sender(kept.event.name, "", kept.event.sender_id)
        kept.delete()
        write_act(actor, Act(name="erase_kept", subject=subject, message=seq), room.pk, room.title)
