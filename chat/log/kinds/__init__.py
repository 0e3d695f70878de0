"""The kinds of logged events, one module each.

A new kind is

- an event in `chat.events` (and in `Logged`), a module here with its `Draft`, and its entry in `KINDS`; a
  draft that says something calls `check_may_speak`, where mutes, locks and rules are enforced;
- how `wschat.v1` shows it: a struct in `chat.dialects.v1_out` (and in `EventOut`), and a row in
  `chat.dialects.v1` if that is not the event as it is;
- if clients ask for it: a command in `chat.commands` (and in `Posting`, `Command` and `ACTS` there).

Permissions, texts and errors of its own go to `chat.permissions`, `chat.validation` and `chat.errors`, the
names of its `acts` to `chat.admin.audit`. Both SDKs and docs/protocol.md follow. (`decision` is no kind: it
decides what becomes of a held message.)
"""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any, Final

from msgspec import Struct

from chat.events import Logged, tag_of
from chat.log.drafts import Columns, Draft
from chat.log.kinds.ban import BanDraft
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.kick import KickDraft
from chat.log.kinds.message import MessageDraft
from chat.log.kinds.moderator import ModeratorDraft
from chat.log.kinds.mute import MuteDraft
from chat.log.kinds.pin import PinDraft
from chat.log.kinds.reaction import ReactionDraft
from chat.log.kinds.restoration import RestorationDraft
from chat.log.kinds.room_change import RoomChangeDraft
from chat.log.kinds.room_deletion import RoomDeletionDraft
from chat.models import Event

KINDS: Final[tuple[type[Draft], ...]] = (
    MessageDraft,
    EditDraft,
    DeletionDraft,
    RestorationDraft,
    ReactionDraft,
    PinDraft,
    MuteDraft,
    ModeratorDraft,
    KickDraft,
    BanDraft,
    RoomChangeDraft,
    RoomDeletionDraft,
)
BY_COMMAND: Final[Mapping[type[Struct], type[Draft]]] = {
    command: kind for kind in KINDS for command in kind.asked_by
}
# The name of each event in the log, and its values for the columns that not all kinds have.
STORED: Final[Mapping[type[Struct], tuple[str, Callable[[Any], Columns]]]] = {
    kind.event: (tag_of(kind.event), kind.to_columns) for kind in KINDS
}
_BY_NAME: Final[Mapping[str, type[Draft]]] = {tag_of(kind.event): kind for kind in KINDS}


def from_row(row: Event) -> Logged:
    """The event that a row of the log holds."""
    head = row.room_id, row.seq, row.created_at.astimezone(UTC)
    return _BY_NAME[row.kind].from_row(head, row)
