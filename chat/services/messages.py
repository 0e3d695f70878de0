"""What can be done to messages from outside a connection. Blocking."""

from datetime import UTC, datetime

from chat import permissions
from chat.log.kinds.deletion import DeletionDraft
from chat.log.log import log
from chat.models import Room
from chat.permissions import Actor


def delete_message(*, room: Room, seq: int, actor: Actor) -> None:
    """Delete a message: its text goes from the log and from every screen. Raises 204, 205."""
    permissions.check(actor, permissions.DELETE_MESSAGE, room.ownership())
    log.append_and_wait(DeletionDraft(room=room.pk, at=datetime.now(UTC), target=seq, actor=actor))
