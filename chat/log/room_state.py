"""A room as the log knows it while it numbers a batch, and who may speak there. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

from chat import validation
from chat.errors import (
    ACCOUNT_REQUIRED,
    BLOCKED_BY_YOU,
    MUTED,
    NOT_ACCEPTED,
    ROOM_LOCKED,
    ChatError,
)
from chat.events import Sender
from chat.log.bans import BanList
from chat.log.filters import Versions

MuteKey: TypeAlias = tuple[str, int | None]

_NO_END: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ActiveMute:
    """A mute of a room: it holds for a name, and for the participant who has the name, if there is one.

    `rank`: of the person who muted. People of this rank or a higher one are not affected.
    """

    key: str
    participant: int | None
    until: datetime | None
    rank: int

    def lasts(self, at: datetime) -> bool:
        """Whether it still holds then."""
        return self.until is None or self.until > at

    def covers(self, who: Sender, at: datetime) -> bool:
        """Whether it keeps this sender, if of a lower rank, from speaking at that moment."""
        if not self.lasts(at):
            return False
        same = self.participant is not None and self.participant == who.participant
        return same or self.key == validation.name_key(who.name)

    def refusal(self, at: datetime) -> ChatError:
        """The error for a sender that it covers."""
        if self.until is None:
            return ChatError(MUTED, detail="a moderator has muted you in this room")
        wait = (self.until - at).total_seconds()
        detail = f"a moderator has muted you in this room until {self.until:%Y-%m-%d %H:%M} UTC"
        return ChatError(MUTED, detail=detail, retry_after=wait)


@dataclass(slots=True)
class RoomState:
    """A room's row, as far as the log needs it. Each decided draft brings it up to date.

    `keeps`: its messages are stored. `pair`: the participants, of a direct conversation. `blockers`: who
    of them has blocked the other. `mutes`: by the key of the name and the participant who had it.
    `bans`: the room's own, and the server's; empty if there are none.
    `slow_seconds`: between two messages of a sender; 0: no slow mode (`chat.log.slow_mode`). `accounts_only`:
    only senders with an account may speak. `approve_first`: newcomers' first messages are held, `holds`: some
    were (`chat.log.held`). `rules_version`: of the rules that senders must accept; 0: none.
    `filters`: the versions of its filters, if it has any (`chat.log.filters`).
    `guarded`: it has one of these, or is locked: whatever is done there has to be looked at.
    """

    room: int
    last_seq: int
    locked: bool = False
    deleted: bool = False
    keeps: bool = True
    pair: tuple[int, int] | None = None
    blockers: frozenset[int] = frozenset()
    mutes: dict[MuteKey, ActiveMute] = field(default_factory=dict)
    bans: tuple[BanList, ...] = ()
    slow_seconds: int = 0
    accounts_only: bool = False
    approve_first: bool = False
    holds: bool = False
    rules_version: int = 0
    filters: Versions | None = None
    guarded: bool = False

    def update_guard(self) -> None:
        """Bring `guarded` up to date, after a change of what it says."""
        limited = (
            self.locked
            or self.slow_seconds
            or self.accounts_only
            or self.approve_first
            or self.holds
            or self.rules_version
            or self.filters
            or self.blockers
        )
        self.guarded = bool(limited or self.mutes or self.bans)

    @property
    def next_seq(self) -> int:
        """The number of the room's next event."""
        return self.last_seq + 1

    def check_not_blocked(self, who: Sender) -> None:
        """Raise 116 for who has blocked the other one of a direct conversation, 117 for who is blocked."""
        if who.participant in self.blockers:
            detail = "you have blocked this person; unblock them to write to them"
            raise ChatError(BLOCKED_BY_YOU, detail=detail)
        if self.blockers:
            raise ChatError(NOT_ACCEPTED, detail="this person accepts no direct messages from you")

    def check_not_muted(self, who: Sender, at: datetime, read_rank: Callable[[], int]) -> None:
        """Raise 107 for a sender whom someone of a higher rank has muted."""
        mutes = [mute for mute in self.mutes.values() if mute.covers(who, at)]
        if mutes:
            rank = read_rank()
            holding = [mute for mute in mutes if mute.rank > rank]
            if holding:
                raise max(holding, key=lambda mute: mute.until or _NO_END).refusal(at)

    def check_may_speak(self, who: Sender, at: datetime, has_account: Callable[[Sender], bool]) -> None:
        """Raise 106 while the room is locked, 109 without a needed account.

        Raises 116, 117 in a direct conversation if one of the two has blocked the other.
        """
        self.check_not_blocked(who)
        if self.locked:
            detail = "this room is locked; only moderators can post"
            raise ChatError(ROOM_LOCKED, detail=detail)
        if self.accounts_only and not has_account(who):
            detail = "only people with an account can post in this room"
            raise ChatError(ACCOUNT_REQUIRED, detail=detail)
