"""uvicorn's WebSocket protocol, with a way for finished frames and without its ghosts.

What differs from `WebSocketsSansIOProtocol` (uvicorn 0.54):

- `scope["extensions"]["wschat.frames"]` writes finished frames to the socket and tells whether it is blocked.
- A peer that does not answer pings, or does not read a close frame, is aborted: uvicorn's `close()` waits for
  the write buffer, so that a client that stopped reading would stay until its own end.
- After a close frame what still comes is dropped unread, and TCP ends in order (`chat.server.linger`): a
  peer that is still sending would else see a reset in place of the close frame.
- Reading goes on while a few messages wait, where uvicorn stops and starts reading for each one.
- Of what one read brought, a few frames are taken in a turn of the event loop, and a connection that never
  pauses rests before the next few (`chat.sessions.pace`). Meanwhile it is not read.
- A message in endless fragments is refused, or with many empty ones (they never reach `ws_max_size`), and
  bad UTF-8 closes with 1007 without a traceback in the log.
- A message that has begun has to end: pongs between its fragments would keep it here for ever, and not all
  clients are pinged.
- The HTTP protocol hands on the request that it has parsed: see `chat.server.handshake`. One that is refused
  before the application sees it gets the error form of this server.
- Frames that come before the handshake is answered wait: uvicorn answers them at once, or fails over them.
- Pongs do not pile up for a peer that does not read them.
- A handshake beyond the limit is refused (`chat.server.connection_limit`).
- The application may return once it has shaken hands: see `chat.server.handover`.
- Whole text frames and pongs are read here (`chat.server.frames`). What else comes goes to a connection of
  `websockets`, which is made when it is needed: most clients never need one.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from functools import cache, partial
from time import thread_time
from typing import Any, Final, cast

from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from chat import metrics
from chat.delivery.outbox import EXTENSION
from chat.errors import (
    CLOSE_SLOW_SENDER,
    FULL_SECONDS,
    INTERNAL,
    TOO_MANY_CONNECTIONS,
    ChatError,
)
from chat.server.connection_limit import ConnectionLimit
from chat.server.frames import PONG, read_frame
from chat.server.handover import FrameReceiver, Handover
from chat.server.handshake import Handshake, Headers, build_acceptance, read_handshake
from chat.server.http import build_answer
from chat.server.linger import LingeringTransport
from chat.server.paced import PacedReader
from chat.server.writer import TransportWriter
from chat.sessions.pace import LARGEST_READ, MOST_BYTES, MOST_FRAMES, MOST_TURNS_OF_LOST, Pace

Address = tuple[str, int | None] | None

MOST_FRAGMENTS: Final = 1024
MOST_EMPTY: Final = 8  # fragments of one message, which bring nothing and take as long as a small message
MOST_WAITING: Final = 32
CLOSE_SECONDS: Final = 5.0
MESSAGE_SECONDS: Final = 30.0  # from the first byte of a message to its last
MOST_UNSENT_BEFORE_PONG: Final = 65_536  # bytes
_PONG: Final = bytes((PONG,))
_PING: Final = b"\x89\x04"  # how ours begin

_logger = logging.getLogger("uvicorn.error")  # as uvicorn's protocols do


@cache
def _written_by_nobody() -> asyncio.Event:
    """Shared by all connections whose application has returned: no task waits to write to them."""
    return asyncio.Event()


class ChatServerProtocol(ServerProtocol):
    """The frames of one connection. A close frame may come between fragments (RFC 6455, 5.4): `websockets`
    takes that for a broken message.
    """

    def recv_frame(self, frame: Frame) -> None:
        """Process an incoming frame."""
        if frame.opcode is Opcode.CLOSE:
            self.current_size = None
        super().recv_frame(frame)


class ChatWebSocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection. `limit`: how many there may be; without it, any number.

    `on_accepted` is called once, when the handshake is accepted or the connection has ended.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        limit: ConnectionLimit | None = None,
        on_accepted: Callable[[], None] | None = None,
    ) -> None:
        # What uvicorn sets, without the connection of `websockets`: that is made when it is needed.
        self.config = config
        self.app = cast(Any, config.loaded_app)
        self.loop = asyncio.get_running_loop()
        self.logger = _logger
        self.asgi_version = config.asgi_version
        self.app_state = app_state
        self.connections = server_state.connections
        self.tasks = server_state.tasks
        self.default_headers = server_state.default_headers
        self.queue = asyncio.Queue()
        self.handshake_initiated = self.handshake_complete = False
        self.close_sent = self.disconnected = False
        self.close_timer = self.initial_response = None
        self.close_timeout = CLOSE_SECONDS
        self.read_paused = False
        self.writable = asyncio.Event()
        self.writable.set()
        self.ping_interval = config.ws_ping_interval
        self.ping_timeout = config.ws_ping_timeout
        self.ping_timer = self.pong_timer = self.pending_ping_payload = None
        self.ping_sent_at = self.last_ping_rtt = 0.0
        self.frames: list[bytes] = []
        self.curr_msg_data_type = "bytes"
        # What is ours
        self._conn: ChatServerProtocol | None = None
        self._handshake: Handshake | None = None
        self._limit = limit
        self._on_accepted = on_accepted
        self._is_counted = False
        self.writer: TransportWriter | None = None
        self._owed_pong = b""
        self._handover: Handover | None = None
        self._reader = PacedReader()
        self._has_message = False  # a message came in this turn
        self._pace = Pace()  # turns are on end while more has come than is taken at once
        self._next_turn: asyncio.TimerHandle | None = None
        self._unfinished: asyncio.TimerHandle | None = None  # while a message is in part here
        self._end: Callable[[], None] | None = None  # it is lost, and what it has sent is not taken yet

    @property
    def conn(self) -> ChatServerProtocol:  # type: ignore[override]
        """The connection as `websockets` sees it. Most never need one: see `chat.server.frames`."""
        if self._conn is None:
            conn = self._conn = ChatServerProtocol(max_size=self.config.ws_max_size, logger=self.logger)
            conn.state = State.OPEN  # the handshake is not its business
            self._reader.install(conn)
        return self._conn

    # The extension

    def take_connection(
        self, transport: asyncio.Transport, addresses: tuple[Address, Address], *, secure: bool
    ) -> None:
        """Take over a connection, whose server and client are known, in place of `connection_made`."""
        self.connections.add(self)
        self.transport = transport
        self.server, self.client = cast(Any, addresses)
        self.scheme = "wss" if secure else "ws"

    def shake_hands(self, method: bytes, target: bytes, headers: Headers, root_path: str) -> None:
        """Call the application with a handshake, unless it is refused, and offer it the extension."""
        try:
            handshake = self._handshake = read_handshake(method, target, headers)
            # Here, before the application is called: a refused handshake costs no task and no query.
            if self._limit is not None and not self._limit.admit_connection():
                raise ChatError(TOO_MANY_CONNECTIONS, retry_after=FULL_SECONDS)
        except ChatError as error:
            self._refuse_handshake(error)
            return
        self._is_counted = True
        self.handshake_initiated = True
        self.transport.pause_reading()  # until `send` has answered the handshake
        self.writer = TransportWriter(self)
        self.scope = {
            "type": "websocket",
            "asgi": {"version": self.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": self.scheme,
            "server": self.server,
            "client": self.client,
            "root_path": root_path,
            "path": root_path + handshake.path,
            "raw_path": root_path.encode("ascii") + handshake.raw_path,
            "query_string": handshake.query,
            "headers": headers,
            "subprotocols": handshake.subprotocols,
            "state": self.app_state.copy(),
            "extensions": cast(Any, {"websocket.http.response": {}, EXTENSION: self.writer}),
        }
        self.queue.put_nowait({"type": "websocket.connect"})
        task = self.loop.create_task(self.run_asgi())
        task.add_done_callback(self.on_task_complete)
        self.tasks.add(task)

    def start_handover(self, receiver: FrameReceiver) -> None:
        """See `TransportWriter.hand_over`. What waits already goes first."""
        waiting, self._handover = self.queue, Handover(receiver, self._read_on, self._spawn_task)
        self.queue = cast(Any, self._handover)
        self.writable = _written_by_nobody()
        while not waiting.empty():
            self.queue.put_nowait(waiting.get_nowait())
        self._read_on()

    async def run_asgi(self) -> None:
        """As uvicorn does, but that a connection which was handed over goes on."""
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            self.logger.exception("Exception in ASGI application")
            self.send_500_response()
        else:
            if not self.handshake_complete:
                self.logger.error("the application has not answered a handshake")
                self.send_500_response()
        if self._handover is not None:
            # The connection outlives its application: an idle one must not hold its handshake in memory.
            self.scope, self._handshake = cast(Any, None), None
        elif self.close_timer is None:
            self.transport.close()

    def _spawn_task(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    @property
    def _busy(self) -> bool:
        return bool(self.queue.qsize()) if self._handover is None else self._handover.busy

    def _read_on(self) -> None:
        """If what was taken is done, take the next of what has come; if nothing has, read."""
        if self._busy or self.close_sent:
            return
        if self._end is not None and self._pace.turns >= MOST_TURNS_OF_LOST and self._reader.more:
            self._reader.discard()
            # None of these frames was acknowledged, so the sender knows that they may be lost.
            metrics.DROPPED.labels("sender_lost").inc()
        if self._reader.more:
            if self._next_turn is None:
                self._next_turn = self.loop.call_later(self._pace.rest(), self._take_turn)
            return
        if self._end is not None:
            end, self._end = self._end, None
            end()
        elif self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()

    def pause_writing(self) -> None:
        """The transport holds something."""
        super().pause_writing()
        if self.writer is not None:
            self.writer.on_blocked()

    def resume_writing(self) -> None:
        """The transport has drained."""
        pong, self._owed_pong = self._owed_pong, b""
        if pong:
            self.transport.write(pong)
            if self.transport.get_write_buffer_size():
                return  # it has stuck half way: the transport has paused us, and will come back
        super().resume_writing()
        if self.writer is not None:
            self.writer.on_clear()

    def _begin_closing(self) -> None:
        """Stop taking frames: only the close frame may follow."""
        self._stop_watching()
        self._owed_pong = b""
        if self.writer is not None:
            writer, self.writer = self.writer, None
            writer.on_closing()

    # Messages in

    def data_received(self, data: bytes) -> None:
        """Take it, unless something before it waits."""
        if self.read_paused or (self.handshake_initiated and not self.handshake_complete):
            self._reader.put_aside(data)
            return
        if len(data) < LARGEST_READ:  # else as much had gathered meanwhile: it never lets up
            self._pace.pause()
        self._take_frame(data)

    def _take_turn(self) -> None:
        self._next_turn = None
        if not self._busy and not self.close_sent:
            try:
                self._take_frame(b"")
            except Exception:  # in a timer, no one else would end the connection
                self.logger.exception("a connection failed")
                self._reader.discard()
                self.abort()
            self._read_on()

    def _take_frame(self, data: bytes) -> None:
        """As uvicorn does, a few frames."""
        if not data:
            self._pace.count_turn()
        self._has_message = False
        began = thread_time() if self._pace.rests else 0.0
        waiting, left, size = self._reader.buffer, MOST_FRAMES, MOST_BYTES
        if self._is_between_messages():
            if waiting:
                waiting += data
                left, taken = self._take_whole(waiting)
                data = b""
                del waiting[:taken]
            else:
                left, taken = self._take_whole(data)
                data = data[taken:]
            size -= taken
        if data or waiting:
            self._reader.begin_turn(data, left, size)
            super().data_received(data)
            self._watch_message()
        if self._pace.rests and self._has_message:  # pings alone cost next to nothing
            self._pace.note_work(thread_time() - began)
        if self._reader.more:
            if not self.read_paused:
                self.read_paused = True
                self.transport.pause_reading()
            self._read_on()

    def _is_between_messages(self) -> bool:
        conn = self._conn
        return conn is None or (
            self._reader.between_frames and conn.current_size is None and conn.state is State.OPEN
        )

    def _watch_message(self) -> None:
        """Have a message that has begun end in time. Whole ones never come here."""
        between = self._is_between_messages()
        if self._unfinished is not None and (between or self._has_message):
            self._stop_watching()
        if self._unfinished is None and not (between or self.close_sent or self.transport.is_closing()):
            self._unfinished = self.loop.call_later(MESSAGE_SECONDS, self._end_unfinished)

    def _end_unfinished(self) -> None:
        """The rest of a message has not come. While this server is the one to be waited for, it may."""
        self._unfinished = None
        if self.read_paused or self._reader.more:
            self._watch_message()
            return
        self.close(CLOSE_SLOW_SENDER.code, CLOSE_SLOW_SENDER.text)
        cast(LingeringTransport, self.transport).hurry()  # it has had its time

    def _stop_watching(self) -> None:
        if self._unfinished is not None:
            self._unfinished.cancel()
            self._unfinished = None

    def _take_whole(self, data: bytes | bytearray) -> tuple[int, int]:
        """Take the whole frames at the beginning. Returns how many more may be taken, and how far it came."""
        end, left, longest = 0, MOST_FRAMES, self.config.ws_max_size
        self.curr_msg_data_type = "text"
        while left and end <= MOST_BYTES and (found := read_frame(data, end, longest)) is not None:
            first, payload, end = found
            left -= 1
            if first == PONG:
                self.handle_pong(Frame(Opcode.PONG, payload))
                continue
            self.frames = [payload]
            self.send_receive_event_to_app()
            if self.close_sent:
                return 0, len(data)  # what follows is not taken
        return left, end

    def handle_ping(self) -> None:
        """Answer, at once or when the transport has drained.

        A peer that pings and does not read is owed one pong, to the latest ping: RFC 6455, 5.5.3, asks for
        no more. The others are dropped, as they would fill the memory.
        """
        # What one turn came to: pongs to all its pings, maybe a close frame.
        output = self.conn.data_to_send()
        if not output or self.transport.is_closing():
            return
        pongs = [self._owed_pong] if self._owed_pong else []
        pongs += [frame for frame in output if frame.startswith(_PONG)]
        self._owed_pong = b""
        if self.transport.get_write_buffer_size() > MOST_UNSENT_BEFORE_PONG:
            output = [frame for frame in output if not frame.startswith(_PONG)]
            self._owed_pong = pongs.pop()
            metrics.DROPPED.labels("pong_unread").inc(len(pongs))
        self.transport.write(b"".join(output))

    def handle_cont(self, event: Frame) -> None:
        """Collect a fragment."""
        empty = not event.data and self.frames.count(b"") >= MOST_EMPTY
        if empty or len(self.frames) >= MOST_FRAGMENTS:
            self._fail_connection(1009, "too many fragments")
            return
        super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Queue the message; stop reading when many wait."""
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        self._has_message = True
        if self.close_sent:
            return
        frame: Any = data
        if self.curr_msg_data_type == "text":
            try:
                frame = data.decode()
            except UnicodeDecodeError:
                self._fail_connection(1007, "not UTF-8")
                return
        if self._handover is not None:
            self._handover.take_frame(frame)
        else:
            self.queue.put_nowait(cast(Any, {"type": "websocket.receive", self.curr_msg_data_type: frame}))
        if not self.read_paused and self.queue.qsize() >= MOST_WAITING:
            self.read_paused = True
            self.transport.pause_reading()

    def _fail_connection(self, code: int, reason: str) -> None:
        if not self.close_sent:
            self.close(code, reason)

    # Ends

    def close(self, code: int, reason: str) -> None:
        """Send a close frame and the end; what the peer answers is of no interest."""
        if not self.handshake_complete or self.close_sent or self.transport.is_closing():
            return
        if self._conn is not None and (
            self._conn.parser_exc is not None or self._conn.state is not State.OPEN
        ):
            return  # another close frame is about to go, or the peer's has been read
        self._begin_closing()
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()
        self._abort_if_stuck()

    def abort(self) -> None:
        """End at once."""
        self._begin_closing()
        self.transport.abort()

    async def send(self, message: Any) -> None:
        """As uvicorn does, but for the close."""
        if message["type"] == "websocket.close" and self.handshake_complete:
            self.close(message.get("code", 1000), message.get("reason") or "")
        elif message["type"] == "websocket.accept" and self._handshake is not None:
            self._accept_handshake(self._handshake, message)
        else:
            await super().send(message)
            if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
                self.handshake_complete = True  # it is refused: uvicorn would log that it was not completed

    def _accept_handshake(self, handshake: Handshake, message: Any) -> None:
        """Answer the handshake, and read frames from now on."""
        if self.disconnected:
            raise ClientDisconnected
        headers = [*self.default_headers, *message.get("headers", ())]
        if subprotocol := message.get("subprotocol"):
            headers.append((b"Sec-WebSocket-Protocol", subprotocol.encode("ascii")))
        if not self.transport.is_closing():
            self.handshake_complete = True
            self.transport.write(build_acceptance(handshake, headers))
            self.logger.info("a WebSocket was accepted at %s", self.scope["path"])
            self.start_keepalive()
            if not self.read_paused:
                self.transport.resume_reading()
        self._note_accepted()

    def handle_close(self, event: Frame) -> None:
        """The peer closes, or answers our close."""
        self._begin_closing()
        super().handle_close(event)
        self._abort_if_stuck()

    def handle_parser_exception(self) -> None:
        """The peer broke the protocol: the close frame says how, after what came before it was heard."""
        last = self.conn.data_to_send()
        self.handle_events()
        self._begin_closing()
        if self._end is not None:
            return  # the connection is lost, and the rest of what it sent is dropped
        self.transport.write(b"".join(last))
        super().handle_parser_exception()
        self._abort_if_stuck()

    def send_keepalive_ping(self) -> None:
        """As uvicorn does, without a connection of `websockets`."""
        self.ping_timer = None
        if self.close_sent or self.transport.is_closing():
            return
        self.pending_ping_payload = random.randbytes(4)  # it only tells one pong from another
        self.ping_sent_at = self.loop.time()
        self.transport.write(_PING + self.pending_ping_payload)
        self.pong_timer = self.loop.call_later(cast(float, self.ping_timeout), self.keepalive_timeout)

    def keepalive_timeout(self) -> None:
        """No pong came. With bytes unsent the peer does not read, nor would it read why: do not wait.

        Else the close frame goes to the kernel, and tells a peer that was only asleep.
        """
        if self.read_paused:  # its pong may wait where all else does that it has sent
            self.pong_timer = None
            self.schedule_ping()
            return
        if self.transport.get_write_buffer_size():
            # A close frame would wait for the same peer, and keep a dead connection for CLOSE_SECONDS more.
            self.stop_keepalive()
            self.abort()
            return
        self._begin_closing()
        super().keepalive_timeout()
        cast(LingeringTransport, self.transport).close_now()  # a peer that is silent is not sending
        self._abort_if_stuck()

    def shutdown(self) -> None:
        """The server ends. It asks one connection after the other, so that none may fail."""
        self._begin_closing()
        try:
            if (
                not self.transport.is_closing()
            ):  # else the last word is said, and another close frame an error
                super().shutdown()
        except Exception:
            self.logger.exception("a connection could not be closed")
            self.transport.abort()
        cast(LingeringTransport, self.transport).hurry()
        self._abort_if_stuck()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended, for whatever reason."""
        self._note_accepted()
        if self._limit is not None and self._is_counted:
            self._is_counted = False
            self._limit.release_connection()
        self._begin_closing()
        end = partial(super().connection_lost, exc)
        if self._handover is not None and self._reader.more and not self.close_sent:
            self.stop_keepalive()
            # What it sent before it went is taken without a rest, and then it ends. That is little: else
            # a flooder that connects again and again would never rest.
            self._end = end
            self._pace.lose()
            self._stop_resting()
            self._read_on()
            return
        self._stop_resting()
        end()

    def _note_accepted(self) -> None:
        if self._on_accepted is not None:
            on_accepted, self._on_accepted = self._on_accepted, None
            on_accepted()

    def _stop_resting(self) -> None:
        if self._next_turn is not None:
            self._next_turn.cancel()
            self._next_turn = None

    def _abort_if_stuck(self) -> None:
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(self.close_timeout, self._abort_stuck)

    def _abort_stuck(self) -> None:
        """The close frame has not even left: the peer does not read."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    # Handshakes that the application never sees

    def send_500_response(self) -> None:
        """The application has failed."""
        if self.initial_response is None and not self.handshake_complete:
            self._refuse_handshake(ChatError(INTERNAL))

    def _refuse_handshake(self, error: ChatError) -> None:
        self.handshake_initiated = self.handshake_complete = self.close_sent = True
        # RFC 6455, 4.4: tell a client of another version which version this server speaks.
        self.transport.write(build_answer(error, "Sec-WebSocket-Version: 13\r\n"))
        self.transport.close()
