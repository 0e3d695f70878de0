"""WebSocket connections: the handshake of each address, then frames in and out of a session."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from time import perf_counter, thread_time
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, urlsplit

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from chat import conf, metrics, tokens
from chat.cookies import name_prefix, read_cookies
from chat.delivery.outbox import EXTENSION, FrameOutbox, FrameWriter, Outbox, SendOutbox
from chat.dialects import DIALECTS
from chat.dialects.base import Dialect, to_json
from chat.dialects.v1 import SUBPROTOCOL, TOKEN_PREFIX
from chat.engine import process
from chat.engine.runtime import Runtime
from chat.errors import (
    CLOSE_INTERNAL,
    CLOSE_TOO_LARGE,
    INTERNAL,
    INVALID_FIELD,
    NO_SESSION,
    PAGE_NOT_FOUND,
    ChatError,
)
from chat.headers import add_headers
from chat.log.bans import Client
from chat.log.threads import run_in_thread
from chat.models import ConnectionEnd
from chat.models.room import DEFAULT_ROOM_ID
from chat.permissions import ANONYMOUS, Actor
from chat.services import identity, spending
from chat.services.access import Pass
from chat.sessions.pace import MOST_FRAMES, MOST_TURNS_OF_LOST, Pace
from chat.sessions.session import Session
from chat.sessions.slots import ConnectionSlots

WAITS: Final = "wschat.waits"  # the extension of a server that waits until its frames are taken
HELLO_SECONDS: Final = 10.0
MOST_REPLAYED: Final = 100
_OF_THIS_MACHINE: Final = [".localhost", "127.0.0.1", "[::1]"]  # as Django has it with DEBUG
_PAUSE_SECONDS: Final = 0.001  # without a message: longer than it takes to get one that has come already

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Server(FrameWriter, Protocol):
    """The server's extension; with it the application need not live as long as the connection."""

    def hand_over(self, visitor: "Connection") -> None: ...
    def stop_pings(self) -> None: ...


class ChatConsumer(AsyncConsumer):
    """One connection. The receive loop is its own: Channels' dispatch costs half of the possible rate."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__()
        self.dialect = dialect

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Shake hands, then have frames passed to the session until the connection ends."""
        self.scope, self.base_send = scope, send
        await receive()  # websocket.connect
        try:
            session, subprotocol = await self._open()
        except ChatError as error:
            await self._refuse_handshake(error)
            return
        except Exception:
            logger.exception("a handshake failed")
            await self._refuse_handshake(ChatError(INTERNAL))
            return
        try:
            await send({"type": "websocket.accept", "subprotocol": subprotocol})
        except BaseException:  # the client has gone meanwhile
            session.end_session()
            raise
        if self._writer is not None and not self.dialect.pinged:
            self._writer.stop_pings()
        connection = Connection(self._runtime, session, self._outbox, self.dialect)
        try:
            await self._enter_home(session)
        except Exception:
            logger.exception("a connection failed")
            connection.on_failed()
            connection.on_ended()
            return
        except BaseException:  # cancelled: the client has gone meanwhile
            connection.on_ended()
            raise
        if self._writer is not None:
            self._writer.hand_over(connection)
        else:
            waits = WAITS in scope.get("extensions", {})
            await _pass_on(receive, connection, conf.get_size_limits().frame, waits=waits)

    async def admit(self, actor: Actor) -> tuple[Pass | None, str | None]:
        """The pass for the room that the address names, if any, and the subprotocol to accept."""
        raise NotImplementedError

    async def _open(self) -> tuple[Session, str | None]:
        self._check_host()
        self._runtime = await process.get_running()
        with_ = self._runtime.collaborators
        address = (self.scope.get("client") or ("",))[0] or ""
        slots = ConnectionSlots(with_.slots, with_.budgets.table, address)
        try:
            return await self._open_session(slots, address)
        except BaseException:
            slots.release()
            raise

    async def _open_session(self, slots: ConnectionSlots, address: str) -> tuple[Session, str | None]:
        actor = replace(await self._identify_actor(), address=address)
        if not self.dialect.greets:  # else hello says who it is
            slots.take_for_participant(actor.participant)
        if self.dialect.named:
            spending.charge("join", actor, address)  # everyone in the room is told of the connection
        self._replay = _asked_for(self.scope.get("query_string", b"")) if self.dialect.named else 0
        self._pass, subprotocol = await self.admit(actor)
        with_ = self._runtime.collaborators
        if self.dialect.anonymous and self._pass is not None and self._pass.bans:
            client = Client((actor.participant,), (), address, self._pass.token)
            await with_.loaders.entry_checks.load((self._pass.room, client, actor))
        if self._pass is not None:
            # Before the handshake is answered: what is said from then on, the client shall hear.
            await with_.subscriptions.open_room(self._pass.room)
        self._outbox = self._make_outbox()
        return Session(with_, self._outbox, self.dialect, actor, address, slots), subprotocol

    def _check_host(self) -> None:
        """Raise 301 for a name that is none of this site's, as DNS of another page may lead here."""
        named = any(name == b"host" for name, _ in self.scope["headers"])
        server = str((self.scope.get("server") or ("",))[0])
        allowed = settings.ALLOWED_HOSTS or (_OF_THIS_MACHINE if settings.DEBUG else [])
        if not _is_allowed(self._read_header(b"host") if named else server, tuple(allowed)):
            raise ChatError(NO_SESSION, detail="this server does not go by that name: see ALLOWED_HOSTS")

    async def _enter_home(self, session: Session) -> None:
        if self._pass is not None:
            await session.enter_home(self._pass, self._replay)

    async def _identify_actor(self) -> Actor:
        """The actor that the cookies name. They count only if the page that opened the socket is our own."""
        # Most programs send no cookies: theirs cost nothing here.
        given = next((value for name, value in self.scope["headers"] if name == b"cookie"), b"")
        name = name_prefix(self.scope.get("root_path", "")) + settings.SESSION_COOKIE_NAME
        key = read_cookies(given.decode("latin-1")).get(name) if given else None
        if key is None or not self._same_origin():
            return ANONYMOUS
        return await run_in_thread(identity.of_session, _open_session(key))

    def _same_origin(self) -> bool:
        """Whether the Origin is this site: a browser sends one, and cookies with it, from any page."""
        origin, host = self._read_header(b"origin"), self._read_header(b"host")
        if origin in settings.CSRF_TRUSTED_ORIGINS:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        scheme = {"wss": "https", "ws": "http"}.get(self.scope.get("scheme", "ws"), "")
        return bool(origin) and parts.netloc == host and parts.scheme == scheme

    def _read_header(self, name: bytes) -> str:
        values = [value for key, value in self.scope["headers"] if key == name]
        return values[0].decode("latin-1") if len(values) == 1 else ""

    def _make_outbox(self) -> Outbox:
        limit = settings.ENV.wschat_slow_reader_bytes
        self._writer: Server | None = self.scope.get("extensions", {}).get(EXTENSION)
        if self._writer is None:
            return SendOutbox(self.base_send, limit)
        outbox = FrameOutbox(self._writer, limit)
        self._writer.on_closing = outbox.detach
        return outbox

    async def _refuse_handshake(self, error: ChatError) -> None:
        """Answer the handshake with the error, in HTTP where the server can."""
        metrics.REFUSED.labels(str(error.kind.code)).inc()
        if "websocket.http.response" not in self.scope.get("extensions", {}):
            await self.base_send({"type": "websocket.close"})
            return
        headers = [(b"content-type", b"application/json")]
        headers += [(name.lower().encode(), value.encode()) for name, value in error.headers().items()]
        start = {
            "type": "websocket.http.response.start",
            "status": error.kind.status,
            "headers": add_headers(headers),
        }
        await self.base_send(start)
        await self.base_send({"type": "websocket.http.response.body", "body": to_json(error.body())})


def _open_session(key: str) -> SessionBase:
    """The session of this key, which is read when it is asked."""
    session: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return session


@lru_cache(maxsize=1024)
def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _asked_for(query: bytes) -> int:
    """How many of the last messages `?history=N` asks for. Raises 303."""
    if not query:
        return 0
    given = parse_qs(query.decode("latin-1")).get("history", ["0"])[-1]
    if not (given.isascii() and given.isdigit()):
        raise ChatError(INVALID_FIELD, field="history", detail="history must be a number of messages")
    return min(int(given[:9]), MOST_REPLAYED)


class Connection:
    """One connection after its handshake; see `chat.server.handover.FrameReceiver`."""

    __slots__ = ("_connections", "_deadline", "_dialect", "_outbox", "_runtime", "_session", "receive")

    def __init__(self, runtime: Runtime, session: Session, outbox: Outbox, dialect: Dialect) -> None:
        self._runtime, self._session, self._outbox = runtime, session, outbox
        self._dialect = dialect
        self.receive = session.receive_frame
        self._connections = metrics.CONNECTIONS.labels(dialect.name)
        self._connections.inc()
        self._deadline: asyncio.TimerHandle | None = None
        if dialect.greets:
            self._deadline = asyncio.get_running_loop().call_later(HELLO_SECONDS, session.expire_hello)
        runtime.sessions.add(session)

    def on_failed(self) -> None:
        """Something went wrong that should not."""
        self._outbox.close(CLOSE_INTERNAL)

    def on_too_large(self) -> None:
        """A frame is larger than this server takes."""
        self._session.end_connection(CLOSE_TOO_LARGE)

    def on_ended(self) -> None:
        """The connection has ended."""
        self._connections.dec()
        if self._deadline is not None:
            self._deadline.cancel()
        self._runtime.sessions.discard(self._session)
        self._runtime.figures.note_end(self._describe_end())
        self._outbox.detach()
        self._session.end_session()

    def _describe_end(self) -> ConnectionEnd:
        """The row for the admin site. To call while the outbox is attached, which knows what is unsent."""
        who, reason = self._session.known_as, self._outbox.closed_for
        return ConnectionEnd(
            at=timezone.now(),
            participant=None if who is None else who.participant,
            name="" if who is None else who.name,
            dialect=self._dialect.name,
            code=0 if reason is None else reason.code,
            reason="" if reason is None else reason.text,
            unsent=self._outbox.buffered_bytes(),
        )


async def _pass_on(receive: Receive, connection: Connection, most_bytes: int, *, waits: bool) -> None:
    """Pass frames on for a server that cannot do so itself, at the pace of `chat.sessions.pace`.

    Such a server has another limit on the size of a frame than this site, or none. Unless it `waits`, it
    cannot be told to stop reading, so frames wait here. Of a connection that is lost a few are taken without
    a rest, so that its members are no ghosts, and the others dropped.
    """
    frames: asyncio.Queue[str | bytes | None] = asyncio.Queue()
    lost = asyncio.Event()
    room = asyncio.Semaphore(MOST_FRAMES if waits else sys.maxsize)
    reading = asyncio.create_task(_read_all(receive, frames, room, lost))
    pace, left = Pace(), MOST_FRAMES
    pace.count_turn()
    try:
        while True:
            asked = perf_counter()
            if (frame := await frames.get()) is None:
                break
            room.release()
            if lost.is_set():
                pace.lose()
                if pace.turns > MOST_TURNS_OF_LOST:
                    metrics.DROPPED.labels("sender_lost").inc()
                    break
            if perf_counter() - asked > _PAUSE_SECONDS:
                left = MOST_FRAMES
                if pace.turns > 1:
                    pace.pause()
                    pace.count_turn()
            size = len(frame if isinstance(frame, bytes) else frame.encode("utf-8", "surrogatepass"))
            if size > most_bytes:
                connection.on_too_large()
            began = thread_time() if pace.rests else 0.0
            pending = connection.receive(frame)
            if pace.rests:
                pace.note_work(thread_time() - began)
            if pending is not None:
                await pending
            left -= 1
            if not left:
                await _rest_until_lost(pace.rest(), lost)
                pace.count_turn()
                left = MOST_FRAMES
    except Exception:
        logger.exception("a connection failed")
        connection.on_failed()
    finally:
        reading.cancel()
        connection.on_ended()


async def _read_all(
    receive: Receive,
    frames: "asyncio.Queue[str | bytes | None]",
    room: asyncio.Semaphore,
    lost: asyncio.Event,
) -> None:
    """Put each frame into the queue while it has room, and None at the end of the connection."""
    try:
        while (message := await receive())["type"] != "websocket.disconnect":
            await room.acquire()
            frame = message.get("text")
            frames.put_nowait(message["bytes"] if frame is None else frame)
    finally:
        lost.set()
        frames.put_nowait(None)


async def _rest_until_lost(seconds: float, lost: asyncio.Event) -> None:
    """Let others have their turn; for as long as that, unless the connection is lost."""
    await asyncio.sleep(0)
    if seconds:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await lost.wait()


class RoomConsumer(ChatConsumer):
    """`/chats/<room>/ws`, `/dialects/<dialect>/<room>`: one room, the default one if none is named."""

    def __init__(self, dialect: Dialect, ref: str | None) -> None:
        super().__init__(dialect)
        self._ref = ref or str(DEFAULT_ROOM_ID)

    async def admit(self, actor: Actor) -> tuple[Pass | None, str | None]:
        """By the token in `Authorization` or in the list of subprotocols, which is then the one accepted."""
        named = self._choose_subprotocol()
        token = tokens.read_bearer(self._read_header(b"authorization")) or named
        asked = self._ref, token, actor
        return await self._runtime.loaders.admissions_by_address.load(asked), named or None

    def _choose_subprotocol(self) -> str:
        """The token, or else the protocol of this address.

        Pages of `rooms` offer whatever stands for a token, also where none is needed, and browsers drop the
        connection unless it is accepted. The name of another protocol is never such a word.
        """
        offered = [word for word in self.scope.get("subprotocols") or () if word]
        known = self.dialect.name if self.dialect.name in offered else ""
        token = next((word for word in offered if word.count(".") == 2), known)
        others = offered if self.dialect.name == "rooms" else ()
        return token or next((word for word in others if word not in DIALECTS), "")


class V1Consumer(ChatConsumer):
    """`/ws`: the web UI, the SDKs and bots."""

    async def _identify_actor(self) -> Actor:
        """By a token among the subprotocols, for clients that can set no headers; else by the cookies."""
        for word in self.scope.get("subprotocols") or ():
            if word.startswith(TOKEN_PREFIX):
                return await run_in_thread(identity.of_token, word.removeprefix(TOKEN_PREFIX))
        return await super()._identify_actor()

    async def admit(self, actor: Actor) -> tuple[Pass | None, str | None]:
        """Let every client in; it joins rooms by command."""
        return None, SUBPROTOCOL if SUBPROTOCOL in (self.scope.get("subprotocols") or ()) else None


class NowhereConsumer(ChatConsumer):
    """Every other address."""

    async def admit(self, actor: Actor) -> tuple[Pass | None, str | None]:
        """Refuse every client with 404."""
        raise ChatError(PAGE_NOT_FOUND)
