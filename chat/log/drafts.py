"""Drafts: what somebody wants to put into the log; and what became of one.

Each names its `actor`: whether they may do it is decided when it is numbered, by what they may then.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from chat.errors import ChatError
from chat.events import Logged, Sender
from chat.permissions import ANONYMOUS, Actor, Ownership, check_change

Reply: TypeAlias = Callable[["Outcome"], None]
NonceKey: TypeAlias = tuple[int, str]
Check: TypeAlias = Callable[[Actor, Ownership], None]


@dataclass(slots=True, kw_only=True)
class Say:
    """A message. With `nonce` (and a participant) it is said once, however often it is sent."""

    room: int
    at: datetime
    sender: Sender
    text: str
    nonce: str | None = None
    reply_to: int | None = None
    actor: Actor = ANONYMOUS
    reply: Reply | None = None

    @property
    def key(self) -> NonceKey | None:
        if self.nonce is None or self.sender.participant is None:
            return None
        return self.sender.participant, self.nonce


@dataclass(slots=True, kw_only=True)
class Rewrite:
    """Another text for the message `target` of `sender`."""

    room: int
    at: datetime
    target: int
    text: str
    sender: Sender
    actor: Actor = ANONYMOUS
    reply: Reply | None = None


@dataclass(slots=True, kw_only=True)
class Erase:
    """The deletion of the message `target`, which is that of `by`; or anybody's, for who runs the room."""

    room: int
    at: datetime
    target: int
    by: int | None = None
    actor: Actor = ANONYMOUS
    reply: Reply | None = None


@dataclass(slots=True, kw_only=True)
class React:
    """An emoji of `sender` under the message `target`, put there or taken away."""

    room: int
    at: datetime
    target: int
    sender: Sender
    emoji: str
    on: bool
    actor: Actor = ANONYMOUS
    reply: Reply | None = None


@dataclass(slots=True, kw_only=True)
class Pin:
    """The message `target` pinned to the room, or taken down."""

    room: int
    at: datetime
    target: int
    sender: Sender
    on: bool
    actor: Actor = ANONYMOUS
    reply: Reply | None = None


@dataclass(slots=True, kw_only=True)
class Mute:
    """Let nobody of this name speak `until` then, or (`on` is false) let them speak again."""

    room: int
    at: datetime
    name: str
    until: datetime | None = None
    on: bool = True
    actor: Actor = ANONYMOUS
    reply: Reply | None = None


@dataclass(slots=True, kw_only=True)
class Change:
    """New values for columns of the room, checked already. `bump`: the password is new, void all tokens.

    `check` raises for an actor who may not do that.
    """

    room: int
    at: datetime
    values: dict[str, Any] = field(default_factory=dict)
    bump: bool = False
    actor: Actor = ANONYMOUS
    check: Check = check_change
    reply: Reply | None = None


@dataclass(slots=True, kw_only=True)
class Delete:
    """The deletion of the room itself."""

    room: int
    at: datetime
    actor: Actor = ANONYMOUS
    reply: Reply | None = None


Draft: TypeAlias = Say | Rewrite | Erase | React | Pin | Mute | Change | Delete


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a draft: its event, an error, or nothing, since there was nothing to change.

    Not `fresh`: said earlier, under the same nonce. `pair`: it happened in the conversation of these two.
    """

    event: Logged | None = None
    error: ChatError | None = None
    fresh: bool = True
    pair: tuple[int, int] | None = None

    def result(self) -> Logged | None:
        """The event, if there is one. Raises the error."""
        if self.error is not None:
            raise self.error
        return self.event


def reaches_deleted(draft: Draft) -> bool:
    """Whether it may be for a deleted room: it restores the room, or deletes a message from outside of it."""
    if isinstance(draft, Erase):
        return draft.by is None
    return isinstance(draft, Change) and "deleted_at" in draft.values
