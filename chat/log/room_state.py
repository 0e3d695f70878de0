"""A room as the log knows it while it numbers a batch, and who may speak there. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from chat import validation
from chat.errors import MUTED, ROOM_LOCKED, ChatError
from chat.events import Sender


@dataclass(frozen=True, slots=True)
class ActiveMute:
    """A mute of a room: it holds for a name, and for the participant who has the name, if there is one."""

    key: str
    participant: int | None
    until: datetime | None

    def covers(self, who: Sender, at: datetime) -> bool:
        """Whether it keeps this sender from speaking at that moment."""
        if self.until is not None and self.until <= at:
            return False
        same = self.participant is not None and self.participant == who.participant
        return same or self.key == validation.name_key(who.name)

    def refusal(self, at: datetime) -> ChatError:
        """The error for a sender whom it covers."""
        if self.until is None:
            return ChatError(MUTED, detail="a moderator has muted you in this room")
        wait = (self.until - at).total_seconds()
        detail = f"a moderator has muted you in this room until {self.until:%Y-%m-%d %H:%M} UTC"
        return ChatError(MUTED, detail=detail, retry_after=wait)


@dataclass(slots=True)
class RoomState:
    """A room's row, as far as the log needs it. Each decided draft brings it up to date.

    `keeps`: its messages are stored. `pair`: the participants, of a direct conversation. `mutes`: by the key
    of the name.
    """

    room: int
    last_seq: int
    locked: bool = False
    deleted: bool = False
    keeps: bool = True
    pair: tuple[int, int] | None = None
    mutes: dict[str, ActiveMute] = field(default_factory=dict)

    @property
    def next_seq(self) -> int:
        """The number of the room's next event."""
        return self.last_seq + 1

    def check_may_speak(self, who: Sender, at: datetime) -> None:
        """Raise 106 while the room is locked, 107 for a muted sender."""
        if self.locked:
            detail = "this room is locked; only moderators can post"
            raise ChatError(ROOM_LOCKED, detail=detail)
        for mute in self.mutes.values():
            if mute.covers(who, at):
                raise mute.refusal(at)
