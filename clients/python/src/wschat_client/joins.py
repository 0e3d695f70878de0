"""Joins rooms: at first, and again after each lost connection."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final

from wschat_client.command_queue import CommandQueue
from wschat_client.connection import Answer, Connection
from wschat_client.errors import CannotConnect, CommandError, ConnectionLost, RoomEnded, WschatError
from wschat_client.events import Event, Removed
from wschat_client.link import Link
from wschat_client.membership import Membership

CURSOR_EXPIRED: Final = 913
NO_CODE: Final = 0  # of a room that ended for no reason of the server's


class Joins:
    """`hand_on` gets the events that came before the answer, `end` is told of memberships that are over."""

    def __init__(
        self,
        link: Link,
        commands: CommandQueue,
        hand_on: Callable[[list[Event]], None],
        end: Callable[[Membership, RoomEnded, WschatError | None], None],
    ) -> None:
        self._link = link
        self._commands = commands
        self._hand_on = hand_on
        self._end = end

    def begin(self, membership: Membership) -> None:
        """Join, if there is a connection; if not, the next one will."""
        if self._link.connection is not None and membership.error is None:
            self._link.spawn(self._join(self._link.connection, membership))

    def renew(self, membership: Membership) -> None:
        """Stay by a new token, if there is a function that gets one."""
        if self._link.connection is not None and callable(membership.options.token):
            self._link.spawn(self._renew(self._link.connection, membership))

    async def _renew(self, connection: Connection, membership: Membership) -> None:
        # If there is none, or it is refused, the stay ends with the present token, which tells the caller.
        with contextlib.suppress(Exception):
            join = await membership.join_command()
            connection.request({"type": "renew", "room": membership.number, "token": join["token"]}, _ignore)

    async def _join(self, connection: Connection, membership: Membership) -> None:
        try:
            command = await membership.join_command()
        except (CommandError, CannotConnect) as error:
            self._refused(membership, error)
        except Exception as error:  # whatever the caller's own function raises
            ended = RoomEnded(membership.number, NO_CODE, f"no token: {error!r}")
            self._end(membership, ended, ended)
        else:
            if membership.error is None:
                connection.request(command, partial(self._answered, membership))

    def _answered(self, membership: Membership, answer: Answer) -> None:
        if isinstance(answer, ConnectionLost) or membership.error is not None:
            return
        if isinstance(answer, CommandError):
            self._refused(membership, answer)
            return
        self._hand_on(membership.entered(answer))
        self._commands.open(membership.number)

    def _refused(self, membership: Membership, error: CommandError | CannotConnect) -> None:
        if _is_void(error) and membership.cursor.seq is not None:
            self._hand_on([membership.reset()])
            self.begin(membership)
            return
        if _may_help(membership, error):
            asked = error.retry_after if isinstance(error, CommandError) else None
            wait = self._link.backoff.after(membership.failures) if asked is None else asked
            membership.failures += 1
            self._link.later(wait, partial(self.begin, membership))
            return
        code = error.code if isinstance(error, CommandError) else NO_CODE
        self._end(membership, RoomEnded(membership.number, code, str(error)), error)


def _is_void(error: CommandError | CannotConnect) -> bool:
    """Whether the room has another history, in which there is no such cursor."""
    return isinstance(error, CommandError) and error.code == CURSOR_EXPIRED


def _may_help(membership: Membership, error: CommandError | CannotConnect) -> bool:
    """Whether to try again: after a first join, a server out of reach may come back."""
    return error.retry if isinstance(error, CommandError) else membership.joined.done()


def _ignore(answer: Answer) -> None:
    """Ignore the answer."""


def removal(ended: RoomEnded) -> Removed:
    """The event that the server did not send, because we were away when the room ended for us."""
    return Removed(ended.room, datetime.now(UTC), ended.code, ended.text)
