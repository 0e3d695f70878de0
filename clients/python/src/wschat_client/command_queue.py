"""The queue of commands: each is sent, and sent again, until it has a final answer."""

import asyncio
from functools import partial

from wschat_client.connection import Answer
from wschat_client.errors import CommandError, ConnectionLost, TooLarge, WschatError
from wschat_client.events import Frame
from wschat_client.link import TOO_LARGE, Link
from wschat_client.outbox import Entry, Outbox


class CommandQueue:
    """The outbox, at work on the connections of a link."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._outbox = Outbox()

    async def do(self, command: Frame, lane: int) -> Frame:
        """Send a command until it has a final answer. Returns its `ok`, or raises its error.

        A cancelled command is not sent again; its result is then not known.
        """
        future: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        entry = Entry(lane, command, partial(_resolve, future))
        self._outbox.add(entry)
        self._flush(lane)
        try:
            return await future
        finally:
            self._outbox.remove(entry)

    def hint(self, command: Frame, lane: int) -> None:
        """Send a command only if that is possible now; ignore its answer."""
        if self._link.connection is not None and self._outbox.is_open(lane):
            self._link.connection.request(command, lambda answer: None)

    def open(self, lane: int) -> None:
        """Commands of this lane may go from now on, those that wait first."""
        self._outbox.open(lane)
        self._flush(lane)

    def is_open(self, lane: int) -> bool:
        """Whether commands of this lane may go."""
        return self._outbox.is_open(lane)

    def end(self, lane: int, error: WschatError) -> None:
        """Fail all commands of this lane."""
        self._outbox.end(lane, error)

    def end_all(self, error: WschatError) -> None:
        """Fail all commands."""
        for entry in self._outbox:
            self._outbox.settle(entry, error)

    def void(self, error: WschatError) -> None:
        """All that is about a message of the past fails."""
        self._outbox.void(error)

    def seen(self, nonce: str, room: int, seq: int) -> None:
        """An event with this nonce came."""
        self._outbox.seen(nonce, room, seq)

    def down(self, reason: WschatError) -> None:
        """The connection is gone. A frame that was too large is not sent again."""
        if isinstance(reason, ConnectionLost) and reason.code in TOO_LARGE:
            self._give_up_largest()
        self._outbox.lost()

    def _give_up_largest(self) -> None:
        largest = self._outbox.largest_in_flight()
        if largest is not None:
            self._outbox.settle(largest, TooLarge(largest.size))

    def _flush(self, lane: int) -> None:
        connection = self._link.connection
        if connection is None:
            return
        for entry in self._outbox.ready(lane):
            self._outbox.sent(entry, connection.request(entry.command, partial(self._answered, entry)))

    def _answered(self, entry: Entry, answer: Answer) -> None:
        if isinstance(answer, ConnectionLost):
            return  # it goes with the next one
        if isinstance(answer, CommandError) and answer.retry:
            asked = answer.retry_after
            wait = self._link.backoff.after(entry.failures) if asked is None else asked
            self._outbox.postpone(entry)
            self._link.later(wait, partial(self._resume, entry.lane))
        else:
            self._outbox.settle(entry, answer)

    def _resume(self, lane: int) -> None:
        self._outbox.resume(lane)
        self._flush(lane)


def _resolve(future: asyncio.Future[Frame], outcome: Frame | WschatError) -> None:
    if future.done():
        return
    if isinstance(outcome, WschatError):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
