"""One WebSocket that speaks wschat.v1: commands get their answer, events go to a callback.

Answers and events are handed over in the order in which they came, before the next frame is looked at.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, TypeAlias

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from wschat_client.errors import (
    CannotConnect,
    CommandError,
    ConnectionLost,
    ProtocolError,
    TooLarge,
    WschatError,
)
from wschat_client.event_stream import Brake
from wschat_client.events import Event, Frame, parse_event
from wschat_client.strings import mend

SUBPROTOCOL: Final = Subprotocol("wschat.v1")
INVALID_JSON: Final = 303  # the code with which the server refuses such a command
MAX_FRAME: Final = 65_536  # bytes that a server takes if it has not said so
STRAY_SECONDS: Final = 10.0  # then a refusal without a command is for the oldest unanswered one
LARGEST_FRAME: Final = 16 * 1024 * 1024  # of the server: a page of 100 messages of any sensible size
CLOSE_SECONDS: Final = 2.0  # a server that does not answer our close is left
ABNORMAL: Final = 1006

logger = logging.getLogger(__name__)

Answer: TypeAlias = Frame | CommandError | ConnectionLost


class Connection:
    """Use as an async context manager. `ended` is done when it is over, with what ended it.

    Between two frames it obeys the brake.
    """

    def __init__(self, socket: ClientConnection, on_event: Callable[[Event], None], brake: Brake) -> None:
        self._socket = socket
        self._on_event = on_event
        self._brake = brake
        self._pending: dict[int, Callable[[Answer], None]] = {}
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self._last_id = 0
        self._strays: list[CommandError] = []  # refusals that name no command
        self._last_suspect = 0  # the id of the last command that a stray refusal may be for
        self.max_frame = MAX_FRAME  # bytes of the largest command that the server takes
        self._come_back_after: float | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.ended: asyncio.Future[WschatError] = asyncio.get_running_loop().create_future()

    def request(self, command: Frame, on_answer: Callable[[Answer], None]) -> int:
        """Send a command after all earlier ones. Returns the bytes of its frame.

        `on_answer` gets the `ok`, the CommandError, or ConnectionLost if there will be no answer. What is
        larger than the server takes is refused here: it would end the connection. So is what is no JSON: it
        would hold up all that is to be sent after it.
        """
        self._last_id += 1
        try:
            frame = _encode({**command, "id": self._last_id})
        except (TypeError, ValueError, RecursionError) as error:
            refusal = CommandError(INVALID_JSON, "not sent", detail=str(error))
            asyncio.get_running_loop().call_soon(on_answer, refusal)
            return 0
        if self.ended.done():
            on_answer(_lost(self.ended.result()))
        elif len(frame) > self.max_frame:
            asyncio.get_running_loop().call_soon(on_answer, TooLarge(len(frame)))
        else:
            self._pending[self._last_id] = on_answer
            self._outgoing.put_nowait(frame)
            self._brake.touch()
        return len(frame)

    def end(self, reason: WschatError) -> None:
        """It is over, for this reason. Does nothing the second time."""
        if not self.ended.done():
            self.ended.set_result(reason)
            pending, self._pending = self._pending, {}
            for on_answer in pending.values():
                on_answer(_lost(reason))

    async def __aenter__(self) -> "Connection":
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(ConnectionLost(1000, "closed by the client"))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close()
        self._socket.transport.abort()

    async def _read(self) -> None:
        try:
            while True:
                await self._brake.released(self._is_waiting)
                self._receive(await self._socket.recv())
        except ConnectionClosed as error:
            code, reason = (error.rcvd.code, error.rcvd.reason) if error.rcvd else (ABNORMAL, "")
            self.end(ConnectionLost(code, reason, self._come_back_after))
        except WschatError as error:
            self.end(error)
        except Exception as error:  # for example an answer without a field: no caller may wait forever
            logger.exception("a frame could not be taken in")
            self.end(ProtocolError(f"a frame that cannot be taken in: {error!r}"))

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionClosed):  # the reader says so
            while True:
                await self._socket.send(await self._outgoing.get(), text=True)

    def _is_waiting(self) -> bool:
        return bool(self._pending)

    def _receive(self, text: str | bytes) -> None:
        frame = _parse(text)
        if frame.get("type") == "closing":
            self._come_back_after = float(frame["retry_after"])
            return
        if frame.get("type") not in ("ok", "error"):
            if (event := parse_event(frame)) is not None:
                self._on_event(event)
            return
        number: Any = frame.get("id")
        answer = frame if frame["type"] == "ok" else CommandError.from_frame(frame)
        ours = type(number) is int and 0 < number <= self._last_id
        if ours and (on_answer := self._pending.pop(number, None)) is not None:
            on_answer(answer)
        elif not ours and isinstance(answer, CommandError):
            self._stray(answer)
        self._match()

    # A refusal without a command id is for a command that was sent before it arrived. Each command gets one
    # answer, so it is for the command that is left when all others have theirs.

    def _stray(self, error: CommandError) -> None:
        self._strays.append(error)
        self._last_suspect = self._last_id
        asyncio.get_running_loop().call_later(STRAY_SECONDS, self._blame_oldest, error)

    def _suspects(self) -> list[int]:
        return [number for number in self._pending if number <= self._last_suspect]

    def _match(self) -> None:
        if not self._strays or len(suspects := self._suspects()) > len(self._strays):
            return
        strays, self._strays = self._strays, []  # what is left of them fits nothing
        for number, error in zip(suspects, strays, strict=False):
            self._pending.pop(number)(error)

    def _blame_oldest(self, error: CommandError) -> None:
        """Reject the other commands too, so that no caller waits forever."""
        if error in self._strays and (suspects := self._suspects()):
            self._strays.remove(error)
            self._pending.pop(suspects[0])(error)


async def dial(url: str, ping: float, on_event: Callable[[Event], None], brake: Brake) -> Connection:
    """Connect. Raises CannotConnect with one line that says why."""
    try:
        socket = await connect(
            url,
            subprotocols=[SUBPROTOCOL],
            compression=None,
            ping_interval=ping,
            ping_timeout=ping,
            close_timeout=CLOSE_SECONDS,
            max_size=LARGEST_FRAME,
        )
    except InvalidStatus as error:
        raise CannotConnect(f"{url} refused the WebSocket (HTTP {error.response.status_code})") from None
    except TimeoutError:
        raise CannotConnect(f"{url} does not answer") from None
    except (OSError, InvalidURI, InvalidHandshake, EOFError) as error:
        raise CannotConnect(f"cannot connect to {url}: {_why(error)}") from None
    if socket.subprotocol != SUBPROTOCOL:
        await socket.close()
        raise CannotConnect(f"{url} does not speak {SUBPROTOCOL}")
    return Connection(socket, on_event, brake)


def _encode(command: Frame) -> bytes:
    """JSON in UTF-8."""
    return json.dumps(mend(command), ensure_ascii=False, separators=(",", ":")).encode()


def _parse(text: str | bytes) -> Frame:
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError("a frame that is not JSON") from None
    if not isinstance(frame, dict):
        raise ProtocolError("a frame that is no JSON object")
    return frame


def _lost(reason: WschatError) -> ConnectionLost:
    return reason if isinstance(reason, ConnectionLost) else ConnectionLost(ABNORMAL, str(reason))


def _why(error: Exception) -> str:
    """In one line: asyncio's text names the address once more, and each one that it tried."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())
