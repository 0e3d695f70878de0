"""The kinds of logged events, one module each.

A new kind is an event in `chat.events` (and in `Logged`), a module here, and its entry in `KINDS`. If clients
ask for it: a command in `chat.commands` (and in `Posting`), and its rate in `chat.sessions.meter.ACTS`. If
the wire shows it in another form than the event has: a struct in `v1_out` and a row in `chat.dialects.v1`.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final

from msgspec import Struct

from chat.commands import Posting
from chat.errors import CLIENT_UNAUTHORIZED, ChatError
from chat.events import Logged, Sender, tag_of
from chat.log.drafts import Columns, Draft, DraftHead
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.message import MessageDraft
from chat.log.kinds.moderator import ModeratorDraft
from chat.log.kinds.mute import MuteDraft
from chat.log.kinds.pin import PinDraft
from chat.log.kinds.reaction import ReactionDraft
from chat.log.kinds.room_change import RoomChangeDraft
from chat.log.kinds.room_deletion import RoomDeletionDraft
from chat.models import Event

KINDS: Final[tuple[type[Draft], ...]] = (
    MessageDraft,
    EditDraft,
    DeletionDraft,
    ReactionDraft,
    PinDraft,
    MuteDraft,
    ModeratorDraft,
    RoomChangeDraft,
    RoomDeletionDraft,
)
_BY_COMMAND: Final[Mapping[type[Struct], type[Draft]]] = {
    command: kind for kind in KINDS for command in kind.asked_by
}
_BY_NAME: Final[Mapping[str, type[Draft]]] = {tag_of(kind.event): kind for kind in KINDS}
_STORED: Final = {kind.event: (tag_of(kind.event), kind.to_columns) for kind in KINDS}


def make_draft(command: Posting, who: Sender, head: DraftHead) -> Draft:
    """The draft that a command asks for. Raises 204 for a sender without an identity where one is needed."""
    kind = _BY_COMMAND[type(command)]
    if who.participant is None and not kind.plain:
        raise ChatError(CLIENT_UNAUTHORIZED, detail="anonymous clients cannot change messages")
    return kind.from_command(command, who, head)


def to_row(event: Logged, *, dates: bool) -> tuple[int, int, str, Any, *Columns]:
    """The event as values of `store.COLUMNS`; without `dates` the database keeps times as text."""
    name, to_columns = _STORED[type(event)]
    at = event.at if dates else str(event.at.replace(tzinfo=None))
    return event.room, event.seq, name, at, *to_columns(event)


def from_row(row: Event) -> Logged:
    """The event that a row of the log holds."""
    head = row.room_id, row.seq, row.created_at.astimezone(UTC)
    return _BY_NAME[row.kind].from_row(head, row)
