"""Has seats joined: at first, and again after each loss."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final

from wschat_client.connection import Answer, Connection
from wschat_client.desk import Desk
from wschat_client.errors import CannotConnect, CommandError, ConnectionLost, RoomEnded, WschatError
from wschat_client.events import Event, Removed
from wschat_client.link import Link
from wschat_client.seat import Seat

NO_CODE: Final = 0  # of a room that ended for no reason of the server's


class Joins:
    """`hand_on` gets the events that came before the answer, `end` is told of seats that are over."""

    def __init__(
        self,
        link: Link,
        desk: Desk,
        hand_on: Callable[[list[Event]], None],
        end: Callable[[Seat, RoomEnded, WschatError | None], None],
    ) -> None:
        self._link = link
        self._desk = desk
        self._hand_on = hand_on
        self._end = end

    def begin(self, seat: Seat) -> None:
        """Join, if there is a connection; if not, the next one will."""
        if self._link.connection is not None and seat.error is None:
            self._link.spawn(self._join(self._link.connection, seat))

    async def _join(self, connection: Connection, seat: Seat) -> None:
        try:
            command = await seat.join_command()
        except (CommandError, CannotConnect) as error:
            self._refused(seat, error)
        except Exception as error:  # whatever the caller's own function raises
            ended = RoomEnded(seat.number, NO_CODE, f"no token: {error!r}")
            self._end(seat, ended, ended)
        else:
            if seat.error is None:
                connection.request(command, partial(self._answered, seat))

    def _answered(self, seat: Seat, answer: Answer) -> None:
        if isinstance(answer, ConnectionLost) or seat.error is not None:
            return
        if isinstance(answer, CommandError):
            self._refused(seat, answer)
            return
        self._hand_on(seat.entered(answer))
        self._desk.open(seat.number)

    def _refused(self, seat: Seat, error: CommandError | CannotConnect) -> None:
        if _may_help(seat, error):
            asked = error.retry_after if isinstance(error, CommandError) else None
            wait = self._link.backoff.after(seat.failures) if asked is None else asked
            seat.failures += 1
            self._link.later(wait, partial(self.begin, seat))
            return
        code = error.code if isinstance(error, CommandError) else NO_CODE
        self._end(seat, RoomEnded(seat.number, code, str(error)), error)


def _may_help(seat: Seat, error: CommandError | CannotConnect) -> bool:
    """Whether to try again: after a first join, a server out of reach may come back."""
    return error.retry if isinstance(error, CommandError) else seat.joined.done()


def removal(ended: RoomEnded) -> Removed:
    """The event that the server did not send, because we were away when the room ended for us."""
    return Removed(ended.room, datetime.now(UTC), ended.code, ended.text)
