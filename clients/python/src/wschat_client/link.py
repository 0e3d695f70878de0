"""Keeps a client connected: says hello, and reconnects after each loss unless the server forbids it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final, Literal, Protocol, TypeAlias

from wschat_client.backoff import Backoff
from wschat_client.connection import ABNORMAL, Answer, Connection, dial
from wschat_client.errors import (
    ClientEnded,
    CommandError,
    ConnectionLost,
    ProtocolError,
    TooLarge,
    WschatError,
)
from wschat_client.event_stream import Brake
from wschat_client.events import Event, Frame
from wschat_client.identity import Identity

State: TypeAlias = Literal["connecting", "connected", "waiting", "ended"]
OnState: TypeAlias = Callable[[State, WschatError | None], None]

STEADY: Final = 5.0  # seconds: after a connection that lasted this long, the backoff starts over
PATIENCE: Final = 10.0  # seconds until a server that accepts connections has to answer a hello
TOO_LARGE: Final = {1009, 4009}  # close codes for a frame that is too large: 4009 under daphne
NOT_AGAIN: Final = {1007, 4401, 4403, 4404}  # close codes that say "do not come back"

logger = logging.getLogger(__name__)


class Hooks(Protocol):
    """The callbacks of a link."""

    def up(self) -> None:
        """The server knows us: commands can be sent."""

    def down(self, reason: WschatError) -> None:
        """The connection has ended; the next one may follow."""

    def receive(self, event: Event) -> None:
        """An event came."""

    def ended(self, error: ClientEnded, *, clean: bool) -> None:
        """There will be no other connection. `clean`: because the caller wanted so."""


class Link:
    """One connection after the other. `connection` is the present one, once it has said hello."""

    def __init__(
        self,
        url: str,
        me: Identity,
        hooks: Hooks,
        *,
        brake: Brake,
        ping: float,
        backoff: Backoff,
        on_state: OnState,
    ) -> None:
        self.connection: Connection | None = None
        self.backoff = backoff
        self._url = url
        self._me = me
        self._hooks = hooks
        self._brake = brake
        self._ping = ping
        self._on_state = on_state
        self._started: asyncio.Future[None] | None = None
        self._running: asyncio.Task[None] | None = None
        self._chores: set[asyncio.Task[None]] = set()
        self._since = 0.0  # when the present connection was ready

    async def start(self) -> None:
        """Connect, and stay connected from then on. Raises why the first try failed, if it is not put off."""
        self._started = asyncio.get_running_loop().create_future()
        self._running = asyncio.create_task(self._run(self._started))
        try:
            await self._started
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Go away, and do not come back."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self, started: asyncio.Future[None]) -> None:
        error, clean = ClientEnded("the client was closed"), True
        try:
            reason = await self._stay(started)
            error, clean = ClientEnded(str(reason)), False
            error.__cause__ = reason
            if not started.done():
                started.set_exception(reason)
        except Exception as fault:  # of a token function, say
            error, clean = ClientEnded(f"the client failed: {fault!r}"), False
            error.__cause__ = fault
            if not started.done():
                started.set_exception(fault)
        finally:
            self._hooks.ended(error, clean=clean)
            self._tell("ended", None if clean else error)

    def spawn(self, chore: Coroutine[Any, Any, None]) -> None:
        """Do something beside, for as long as the present connection lasts."""
        task = asyncio.create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something after a while, if the present connection lasts so long."""
        self.spawn(_after(seconds, act))

    async def _stay(self, started: asyncio.Future[None]) -> WschatError:
        """Connect again and again, until a reason not to. The first failure is one, if it says no "later"."""
        while True:
            self._tell("connecting", None)
            reason = await self._connection()
            later = started.done() or isinstance(reason, CommandError)
            if not later or _is_final(reason):
                return reason
            self._tell("waiting", reason)
            await asyncio.sleep(self._pause(reason))

    def _pause(self, reason: WschatError) -> float:
        """Seconds until the next connection."""
        if isinstance(reason, ConnectionLost) and reason.retry_after is not None:
            return reason.retry_after
        asked = reason.retry_after if isinstance(reason, CommandError) else None
        return max(self.backoff.next(), asked or 0.0)

    async def _connection(self) -> WschatError:
        """One connection from its beginning to its end; why it ended."""
        try:
            hello = await self._me.hello()
            opening = await dial(self._url, self._ping, self._hooks.receive, self._brake)
        except WschatError as error:
            return error
        reason: WschatError = ConnectionLost(ABNORMAL)
        size = 0
        try:
            async with opening as connection:
                size = self._greet(connection, hello)
                reason = await asyncio.shield(connection.ended)
        finally:
            known = self.connection is not None
            self._down(reason)
        if isinstance(reason, ConnectionLost) and reason.code in TOO_LARGE and not known:
            return TooLarge(size)  # it was the hello, and would be again
        return reason

    def _greet(self, connection: Connection, hello: Frame) -> int:
        """Send hello. Returns its bytes."""
        silence = ConnectionLost(ABNORMAL, "no answer to hello")
        timer = asyncio.get_running_loop().call_later(PATIENCE, connection.end, silence)

        def answered(answer: Answer) -> None:
            timer.cancel()
            if isinstance(answer, CommandError):
                if (again := self._me.hello_as_new(answer)) is None:
                    connection.end(answer)
                else:
                    connection.request(again, answered)
            elif not isinstance(answer, ConnectionLost):
                connection.max_frame = int(answer.get("max_frame", connection.max_frame))
                self._me.welcomed(answer)
                self._up(connection)

        return connection.request(hello, answered)

    def _up(self, connection: Connection) -> None:
        self.connection = connection
        self._since = asyncio.get_running_loop().time()
        self._hooks.up()
        if self._started is not None and not self._started.done():
            self._started.set_result(None)
        self._tell("connected", None)

    def _down(self, reason: WschatError) -> None:
        for task in self._chores:
            task.cancel()
        if self.connection is not None and asyncio.get_running_loop().time() - self._since > STEADY:
            self.backoff.reset()
        self.connection = None
        self._hooks.down(reason)

    def _tell(self, state: State, reason: WschatError | None) -> None:
        try:
            self._on_state(state, reason)
        except Exception:
            logger.exception("on_state failed")


def _is_final(reason: WschatError) -> bool:
    if isinstance(reason, CommandError):
        return not reason.retry
    if isinstance(reason, ConnectionLost):
        return reason.code in NOT_AGAIN
    return isinstance(reason, ProtocolError)


async def _after(seconds: float, act: Callable[[], None]) -> None:
    await asyncio.sleep(seconds)
    act()
