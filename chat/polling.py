"""`wschat.v1` over plain HTTP requests, for networks that let no WebSocket through.

To the rest of the chat a polled connection is a WebSocket, with the same handshake, limits and rights: this
module plays the server of one. Frames go in by POST and out by GET, one a line. Each request says how many
frames came before, so that it can be repeated when its answer was lost. docs/protocol.md has the requests.

A request may reach another process than the one that has the connection. It is passed on over a channel layer
of its own, so that it cannot hold up events between processes.
"""

import asyncio
import contextlib
import io
import logging
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from itertools import count, islice
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from channels.layers import BaseChannelLayer, channel_layers
from django.conf import settings
from django.core.signing import BadSignature, Signer

from chat import metrics
from chat.consumers import WAITS, Receive, Send
from chat.delivery.tasks import end_tasks
from chat.dialects.v1 import SUBPROTOCOL
from chat.engine import process
from chat.errors import (
    CLOSE_SLOW_READER,
    FULL_SECONDS,
    INTERNAL,
    INVALID_FIELD,
    METHOD_NOT_ALLOWED,
    PAGE_NOT_FOUND,
    TOO_MANY_CONNECTIONS,
    TOO_MANY_REQUESTS,
    UNAVAILABLE,
    ChatError,
)
from chat.server.connection_limit import get_limit

LAYER: Final = "polling"  # among the channel layers, where there may be other processes
POLL_SECONDS: Final = 25.0  # less than proxies wait for an answer
AWAY_SECONDS: Final = 30.0  # from the end of a poll to the next
STOP_SECONDS: Final = 5.0
RELAY_SECONDS: Final = 3.0  # until the other process says that it has the request
MOST_KEPT: Final = 65_536  # characters of frames that the client has not asked for; others wait in the outbox
MOST_POLLED: Final = 1_000  # connections of one process; and as many that ended, which tell why
MOST_ASKED: Final = 1_000  # requests under way to other processes
KEY: Final = b"poll-key"  # the header. In an address, the key would stand in the logs of proxies.
_RETRY_SECONDS: Final = 1.0
_DIGITS: Final = 18
_LOST: Final = 1006  # the close codes are those of WebSockets
_RESTART: Final = 1012
_METHODS: Final = {"POST", "GET", "DELETE"}
_OF_REQUESTS: Final = {b"connection", b"content-length", b"content-type", b"transfer-encoding"}
_NO_CONTENT: Final = 204

logger = logging.getLogger(__name__)

_keys: Final = Signer(salt="chat.polling")
_JSON: Final = ((b"content-type", b"application/json"),)
_LINES: Final = ((b"content-type", b"application/x-ndjson"),)

Scope = dict[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]


class Answer(msgspec.Struct, frozen=True):
    """What a request gets."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Request(msgspec.Struct, frozen=True):
    """A request for an open connection."""

    name: str
    method: str
    before: int
    body: bytes


class _Note(msgspec.Struct, frozen=True):
    """Between processes: a request, or (of this number) that it was received, or its answer."""

    number: int
    sender: str = ""  # the channel to answer on
    request: Request | None = None
    answer: Answer | None = None


_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(_Note).decode


class Polling:
    """ASGI middleware: `/ws/poll`. `sockets` is the application for WebSockets."""

    def __init__(self, app: App, sockets: App) -> None:
        self._app = app
        self._sockets = sockets
        self._connections: dict[str, _Connection] = {}
        self._ended: dict[str, asyncio.TimerHandle] = {}  # of those, in the order of their ends
        self._relay = _Relay(self._answer_here)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        if scope["path"].removeprefix(scope.get("root_path", "")) == "/ws/poll":
            return self._serve(scope, receive, send)
        return self._app(scope, receive, send)

    async def stop(self) -> None:
        """End all connections of this process."""
        for connection in self._connections.values():
            connection.end(_RESTART)
        if served := [connection.served for connection in self._connections.values()]:
            await asyncio.wait(served, timeout=STOP_SECONDS)
        await self._relay.stop()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        if body is None:  # cut off: the client will send it again, as it gets no answer
            return
        try:
            answer = await self._answer(scope, body)
        except ChatError as error:
            answer = _describe(error)
        except Exception:
            logger.exception("a polled connection failed")
            answer = _describe(ChatError(INTERNAL))
        headers = [*answer.headers, (b"cache-control", b"no-store")]
        if answer.status != _NO_CONTENT:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, body: bytes) -> Answer:
        method = scope["method"]
        key = next((value.decode("latin-1") for name, value in scope["headers"] if name == KEY), None)
        if method == "OPTIONS":
            return Answer(_NO_CONTENT, headers=((b"allow", b"DELETE, GET, OPTIONS, POST"),))
        if method not in _METHODS or (key is None and method != "POST"):
            raise ChatError(METHOD_NOT_ALLOWED)
        if key is None:
            return await self._open(scope)
        try:
            channel, name = _keys.unsign_object(key)
        except BadSignature:
            raise _refuse_unknown() from None
        request = Request(name, method, _count_before(scope["query_string"]), body)
        if channel == self._relay.channel:
            return await self._answer_here(request)
        return await self._relay.ask(channel, request)

    async def _open(self, scope: Scope) -> Answer:
        """Shake hands as a WebSocket to `/ws` would."""
        await self._relay.start()
        limit = get_limit()
        too_many = len(self._connections) - len(self._ended) >= MOST_POLLED
        if too_many or not limit.admit_connection():
            raise ChatError(TOO_MANY_CONNECTIONS, retry_after=FULL_SECONDS)
        name = secrets.token_hex(8)
        self._connections[name] = connection = _Connection(self._sockets, _socket_scope(scope))
        connection.served.add_done_callback(lambda _: limit.release_connection())
        connection.served.add_done_callback(lambda _: self._forget_later(name))
        refusal = await connection.opened
        if refusal is not None:
            return refusal
        key = _keys.sign_object([self._relay.channel, name])
        return Answer(201, msgspec.json.encode({"key": key}), _JSON)

    def _forget_later(self, name: str) -> None:
        """Forget a connection that has ended, when the client has had the time to ask why."""
        seconds = AWAY_SECONDS if self._connections[name].accepted else 0
        self._ended[name] = asyncio.get_running_loop().call_later(seconds, self._forget, name)
        if len(self._ended) > MOST_POLLED:
            self._forget(next(iter(self._ended)))

    def _forget(self, name: str) -> None:
        del self._connections[name]
        self._ended.pop(name).cancel()

    async def _answer_here(self, request: Request) -> Answer:
        connection = self._connections.get(request.name)
        if connection is None:
            raise _refuse_unknown()
        return await connection.answer(request)


class _Connection:
    """One polled connection: plays the server of a WebSocket for the application."""

    def __init__(self, sockets: App, scope: Scope) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[Answer | None] = loop.create_future()  # None, or why it was refused
        self.accepted = False
        self._began = False
        self._sent = 0  # frames from the client
        self._lines: Iterator[bytes] = iter(())  # of its latest POST, those that are not taken yet
        self._turn = asyncio.Lock()  # of its POSTs
        self._waiting = False  # whether a second POST waits for the first
        self._more = asyncio.Event()  # lines to take
        self._all_taken = asyncio.Event()
        self._frames: deque[str] = deque()  # to the client
        self._size = 0  # of those, in characters
        self._before = 0  # frames that the client has got
        self._room = asyncio.Event()  # for more frames to the client
        self._news = asyncio.Event()
        self._poll = 0  # the latest GET
        self._close: dict[str, object] | None = None
        self._refusal: list[dict[str, Any]] = []
        self._away = loop.call_later(AWAY_SECONDS, self.end)
        self.served = asyncio.create_task(self._serve(sockets, scope))

    def end(self, code: int = _LOST, reason: str = "") -> None:
        """The client is gone, or has to go."""
        if self._close is None:
            self._close = {"code": code, "reason": reason}
        self._away.cancel()
        for event in (self._more, self._all_taken, self._room, self._news):
            event.set()

    async def answer(self, request: Request) -> Answer:
        """Do what the client asks for."""
        if request.method == "GET":
            return await self._give(request.before)
        if request.method == "POST":
            await self._take(request.before, request.body)
        else:
            self.end()
        return Answer(_NO_CONTENT)

    async def _serve(self, sockets: App, scope: Scope) -> None:
        try:
            await sockets(scope, self._receive, self._send)
        except Exception:
            logger.exception("a polled connection failed")
        finally:
            self.end()
            if not self.opened.done():
                self.opened.set_result(_describe(ChatError(INTERNAL)))

    # Frames from the client

    async def _take(self, before: int, body: bytes) -> None:
        """Pass on the frames that are new. Returns when the application has taken them, at its pace."""
        if self._turn.locked():
            if self._waiting:
                raise ChatError(TOO_MANY_REQUESTS, detail="wait for the answer to a POST", retry_after=1)
            self._waiting = True
        try:
            async with self._turn:
                await self._take_in_turn(before, body.removesuffix(b"\n"))
        finally:
            self._waiting = False

    async def _take_in_turn(self, before: int, body: bytes) -> None:
        known, sent = self._sent - before, body.count(b"\n") + 1 if body else 0
        if not 0 <= known <= sent:
            raise ChatError(INVALID_FIELD, field="after", detail=f"{self._sent} frames were sent before")
        if self._close is not None:
            raise _refuse_unknown()
        try:
            body.decode()
        except UnicodeDecodeError:
            raise ChatError(INVALID_FIELD, field="body", detail="frames must be UTF-8") from None
        if known == sent:
            return
        self._sent += sent - known
        self._lines = islice(io.BytesIO(body), known, None)
        self._all_taken.clear()
        self._more.set()
        await self._all_taken.wait()

    async def _receive(self) -> dict[str, Any]:
        if not self._began:
            self._began = True
            return {"type": "websocket.connect"}
        while self._close is None:
            if (line := next(self._lines, None)) is not None:
                return {"type": "websocket.receive", "text": line.decode().removesuffix("\n")}
            self._all_taken.set()
            self._more.clear()
            await self._more.wait()
        return {"type": "websocket.disconnect", "code": self._close["code"]}

    # Frames to the client

    async def _give(self, before: int) -> Answer:
        """The frames after these, which the client has got. Waits for one, unless it asks again meanwhile."""
        known = before - self._before
        if not 0 <= known <= len(self._frames):
            raise ChatError(INVALID_FIELD, field="after", detail=f"{self._before} frames were got before")
        if process.is_stopping():
            self.end(_RESTART)
        for _ in range(known):
            self._size -= len(self._frames.popleft())
        self._before = before
        if self._size < MOST_KEPT:
            self._room.set()
        self._poll = poll = self._poll + 1
        self._news.set()  # ends an earlier poll
        self._wait_for_client(POLL_SECONDS + AWAY_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                while not self._frames and self._close is None and poll == self._poll:
                    self._news.clear()
                    await self._news.wait()
        if poll != self._poll:
            return Answer(200, b'{"after":%d}\n' % before, _LINES)
        self._wait_for_client(AWAY_SECONDS)
        head: dict[str, object] = {"after": before + len(self._frames)}
        if self._close is not None:
            head["closed"] = self._close
        lines = [msgspec.json.encode(head), *(frame.encode() for frame in self._frames), b""]
        return Answer(200, b"\n".join(lines), _LINES)

    def _wait_for_client(self, seconds: float) -> None:
        """End the connection unless the client polls again within these seconds."""
        self._away.cancel()
        if self._close is None:
            self._away = asyncio.get_running_loop().call_later(seconds, self.end)

    async def _send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "websocket.send":
            await self._send_frame(message["text"])
        elif kind == "websocket.accept":
            self.accepted = True
            self.opened.set_result(None)
        elif kind == "websocket.close":
            if not self.opened.done():
                self.opened.set_result(_describe(ChatError(PAGE_NOT_FOUND)))
            self.end(message.get("code", 1000), message.get("reason", ""))
        else:  # the answer to a handshake that is refused, in two parts
            self._refusal.append(message)
            if kind == "websocket.http.response.body":
                start, body = self._refusal
                self.opened.set_result(Answer(start["status"], body["body"], tuple(start["headers"])))
                self.end()

    async def _send_frame(self, frame: str) -> None:
        """Keep a frame for the client. Returns when there is room for the next."""
        if self._close is not None:
            raise ConnectionError
        self._frames.append(frame)
        self._size += len(frame)
        self._news.set()
        while self._size >= MOST_KEPT and self._close is None:
            self._room.clear()
            try:
                async with asyncio.timeout(settings.ENV.wschat_slow_reader_seconds):
                    await self._room.wait()
            except TimeoutError:
                self.end(CLOSE_SLOW_READER.code, CLOSE_SLOW_READER.text)


class _Relay:
    """Requests for connections of other processes, and their answers."""

    def __init__(self, answer: Callable[[Request], Awaitable[Answer]]) -> None:
        self._answer = answer
        self.channel = ""  # of this process; stays so if there is no other
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = count()
        self._asked: dict[int, tuple[asyncio.Event, asyncio.Future[Answer]]] = {}

    async def start(self) -> None:
        """Listen to the other processes, if there may be any."""
        if not self.channel and (layer := _find_layer()) is not None:
            self.channel = await layer.new_channel()
            self._start_task(self._listen(layer))

    async def stop(self) -> None:
        """Stop listening."""
        await end_tasks(self._tasks)

    async def ask(self, channel: str, request: Request) -> Answer:
        """Have another process answer. Raises 902, 906."""
        layer = _find_layer()
        if layer is None or not channel:
            raise _refuse_unknown()
        await self.start()
        if len(self._asked) >= MOST_ASKED:
            raise ChatError(UNAVAILABLE, detail="too many requests are under way", retry_after=1)
        number, received = next(self._numbers), asyncio.Event()
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[number] = received, answer
        try:
            await _send_note(layer, channel, _Note(number, self.channel, request))
            async with asyncio.timeout(RELAY_SECONDS):
                await received.wait()
            async with asyncio.timeout(POLL_SECONDS + RELAY_SECONDS):
                return await answer
        except TimeoutError:
            if not received.is_set():  # that process is gone
                raise _refuse_unknown() from None
            raise ChatError(UNAVAILABLE, detail="the connection's process does not answer") from None
        except Exception as error:
            logger.warning("a polled connection of another process cannot be reached: %r", error)
            raise ChatError(UNAVAILABLE, detail="the connection cannot be reached at present") from None
        finally:
            del self._asked[number]

    async def _listen(self, layer: BaseChannelLayer) -> None:
        while True:
            try:
                note = _unpack((await layer.receive(self.channel))["note"])
            except Exception:
                logger.warning("requests for polled connections cannot be heard", exc_info=True)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            if note.request is not None:
                self._start_task(self._reply(layer, note, note.request))
            elif note.number in self._asked:  # else it comes too late
                received, answer = self._asked[note.number]
                received.set()
                if note.answer is not None and not answer.done():
                    answer.set_result(note.answer)

    async def _reply(self, layer: BaseChannelLayer, note: _Note, request: Request) -> None:
        try:
            await _send_note(layer, note.sender, _Note(note.number))
            try:
                answer = await self._answer(request)
            except ChatError as error:
                answer = _describe(error)
            await _send_note(layer, note.sender, _Note(note.number, answer=answer))
        except Exception:
            logger.warning("another process cannot be answered", exc_info=True)

    def _start_task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _find_layer() -> BaseChannelLayer | None:
    """The layer of polled connections; None where there is one process alone."""
    return channel_layers[LAYER] if LAYER in settings.CHANNEL_LAYERS else None


async def _send_note(layer: BaseChannelLayer, channel: str, note: _Note) -> None:
    await layer.send(channel, {"type": "chat.poll", "note": _pack(note)})


def _refuse_unknown() -> ChatError:
    return ChatError(PAGE_NOT_FOUND, detail="no such connection, or it has ended")


def _describe(error: ChatError) -> Answer:
    metrics.REFUSED.labels(str(error.kind.code)).inc()
    headers = tuple((name.lower().encode(), value.encode()) for name, value in error.headers().items())
    return Answer(error.kind.status, msgspec.json.encode(error.body()), _JSON + headers)


def _socket_scope(scope: Scope) -> Scope:
    """The scope of a WebSocket to `/ws` from the same client."""
    return {
        "type": "websocket",
        "asgi": scope["asgi"],
        "http_version": scope["http_version"],
        "scheme": "wss" if scope["scheme"] == "https" else "ws",
        "path": scope.get("root_path", "") + "/ws",
        "root_path": scope.get("root_path", ""),
        "query_string": b"",
        "headers": [pair for pair in scope["headers"] if pair[0] not in _OF_REQUESTS],
        "client": scope.get("client"),
        "server": scope.get("server"),
        "subprotocols": [SUBPROTOCOL],
        "extensions": {"websocket.http.response": {}, WAITS: {}},
    }


def _count_before(query: bytes) -> int:
    """`after`: how many frames came before this request. Raises 303."""
    given = parse_qs(query.decode("latin-1")).get("after", ["0"])[-1]
    if not (given.isascii() and given.isdigit() and len(given) < _DIGITS):
        raise ChatError(INVALID_FIELD, field="after", detail="after must be a number of frames")
    return int(given)


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; None if the client goes away before its end."""
    parts: list[bytes] = []
    while (message := await receive())["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
    return None
