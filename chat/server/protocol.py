"""uvicorn's WebSocket protocol, with a way for finished frames and without its ghosts.

What differs from `WebSocketsSansIOProtocol` (uvicorn 0.54):

- `scope["extensions"]["wschat.frames"]` writes finished frames to the socket and tells whether it is blocked.
- A peer that does not answer pings, or does not end a close, is aborted: uvicorn's `close()` waits for the
  write buffer, so that a client that stopped reading would stay until its own end.
- Reading goes on while a few messages wait, where uvicorn stops and starts reading for each one.
- A message in endless fragments is refused (empty ones never reach `ws_max_size`), and bad UTF-8 closes with
  1007 without a traceback in the log.
- A handshake that is refused before the application sees it gets the error form of this server; so does
  one that cannot be read, where uvicorn answers nothing and keeps the connection.
- Frames that come before the handshake is answered wait: uvicorn answers them at once, or fails over them.
- Pongs do not pile up for a peer that does not read them.
- A handshake for which there is no place is refused (`chat.server.places`).
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from chat import metrics
from chat.errors import NO_SESSION, TOO_MANY_CONNECTIONS, UNSUPPORTED_DEVICE, ChatError
from chat.realtime.outbox import EXTENSION
from chat.server.places import Places

MOST_FRAGMENTS: Final = 1024
MOST_WAITING: Final = 32
CLOSE_SECONDS: Final = 5.0
FULL_SECONDS: Final = 5.0  # after which somebody may try again for whom there was no place
MOST_UNSENT_BEFORE_PONG: Final = 65_536  # bytes
_PONG: Final = b"\x8a"  # how a pong begins on the wire


def _nothing() -> None:
    pass


class TransportWriter:
    """The frame extension of one connection: see `chat.realtime.outbox.FrameWriter`."""

    __slots__ = ("_protocol", "descriptor", "on_blocked", "on_clear", "on_closing", "write")

    def __init__(self, protocol: "ChatWebSocketProtocol") -> None:
        transport = protocol.transport
        # A byte in the buffer pauses the protocol, an empty one resumes it. While it is empty, bytes may pass
        # the transport by: that takes a quarter off the time of a broadcast.
        transport.set_write_buffer_limits(high=0)
        self._protocol = protocol
        self.write: Callable[[bytes], None] = transport.write
        self.descriptor: int | None = None
        if transport.get_extra_info("sslcontext") is None:
            self.descriptor = transport.get_extra_info("socket").fileno()
        self.on_blocked: Callable[[], None] = _nothing
        self.on_clear: Callable[[], None] = _nothing
        self.on_closing: Callable[[], None] = _nothing

    def buffered(self) -> int:
        """Unsent bytes."""
        return self._protocol.transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        """Send a close frame behind what was written, and abort if the peer does not answer it."""
        self._protocol.close(code, reason)

    def abort(self) -> None:
        """End the connection at once, unsent bytes and all."""
        self._protocol.abort()


class ChatWebSocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection. `places`: how many there may be; without, any number."""

    def __init__(self, *args: Any, places: Places | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = places
        self._has_place = False
        self.writer: TransportWriter | None = None
        self.close_timeout = CLOSE_SECONDS
        self._owed_pong = b""

    # The extension

    def handle_connect(self, event: Request) -> None:
        """Offer the extension; the application's task has not begun to run yet."""
        if event.headers.get("Sec-WebSocket-Version", "13") != "13":
            self._refuse(ChatError(UNSUPPORTED_DEVICE))
            return
        if self.conn.accept(event).status_code != 101:
            self._refuse(ChatError(NO_SESSION))
            return
        if self._places is not None and not self._places.take():
            self._refuse(ChatError(TOO_MANY_CONNECTIONS, retry_after=FULL_SECONDS))
            return
        self._has_place = True
        super().handle_connect(event)
        self.transport.pause_reading()  # until `send` has answered the handshake
        self.writer = TransportWriter(self)
        cast(dict[str, Any], self.scope["extensions"])[EXTENSION] = self.writer

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

    def _closing(self) -> None:
        """Let nobody write frames any more: what comes now is the close frame, or nothing."""
        self._owed_pong = b""
        if self.writer is not None:
            writer, self.writer = self.writer, None
            writer.on_closing()

    # Messages in

    def data_received(self, data: bytes) -> None:
        """As uvicorn does; it does not see that a handshake could not be read."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self._refuse(ChatError(NO_SESSION, detail=str(self.conn.handshake_exc)))

    def handle_ping(self) -> None:
        """Answer, at once or when the transport has drained.

        Whoever pings and does not read is owed one pong, to the latest ping: RFC 6455, 5.5.3, asks for that
        alone. The others are dropped, as they would fill the memory.
        """
        output = (
            self.conn.data_to_send()
        )  # what one read came to: pongs to all its pings, maybe a close frame
        if not output:
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
        if len(self.frames) >= MOST_FRAGMENTS:
            self._fail(1009, "too many fragments")
            return
        super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Queue the message; stop reading when many wait."""
        data = b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        if self.curr_msg_data_type == "text":
            try:
                self.queue.put_nowait({"type": "websocket.receive", "text": data.decode()})
            except UnicodeDecodeError:
                self._fail(1007, "not UTF-8")
                return
        else:
            self.queue.put_nowait({"type": "websocket.receive", "bytes": bytes(data)})
        if not self.read_paused and self.queue.qsize() >= MOST_WAITING:
            self.read_paused = True
            self.transport.pause_reading()

    def _fail(self, code: int, reason: str) -> None:
        if not self.close_sent:
            self.close(code, reason)

    # Ends

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake; abort if the peer does not finish it in time."""
        if not self.handshake_complete or self.close_sent or self.transport.is_closing():
            return
        self._closing()
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    def abort(self) -> None:
        """End at once."""
        self._closing()
        self.transport.abort()

    async def send(self, message: Any) -> None:
        """As uvicorn does, but for the close."""
        if message["type"] == "websocket.close" and self.handshake_complete:
            self.close(message.get("code", 1000), message.get("reason") or "")
        else:
            await super().send(message)
            if message["type"] == "websocket.accept" and not self.transport.is_closing():
                self.transport.resume_reading()
            if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
                self.handshake_complete = True  # it is refused: uvicorn would log that nobody completed it

    def handle_close(self, event: Frame) -> None:
        """The peer closes, or answers our close."""
        self._closing()
        super().handle_close(event)
        self._abort_if_stuck()

    def handle_parser_exception(self) -> None:
        """The peer broke the protocol: the close frame says how."""
        self._closing()
        super().handle_parser_exception()
        self._abort_if_stuck()

    def keepalive_timeout(self) -> None:
        """No pong came. Nobody is reading: waiting for the buffer would wait for ever."""
        self._closing()
        super().keepalive_timeout()
        self._abort_if_stuck()

    def shutdown(self) -> None:
        """The server ends. It asks one connection after the other, so that none may fail."""
        self._closing()
        try:
            if (
                not self.transport.is_closing()
            ):  # else the last word is said, and another close frame an error
                super().shutdown()
        except Exception:
            self.logger.exception("a connection could not be closed")
            self.transport.abort()
        self._abort_if_stuck()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended, for whatever reason."""
        if self._places is not None and self._has_place:
            self._has_place = False
            self._places.give_back()
        self._closing()
        super().connection_lost(exc)

    def _abort_if_stuck(self) -> None:
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    # Handshakes that the application never sees

    def _refuse(self, error: ChatError) -> None:
        metrics.REFUSED.labels(str(error.kind.code)).inc()
        body = msgspec.json.encode(error.body())
        more = "".join(f"{name}: {value}\r\n" for name, value in error.headers().items())
        head = (
            f"HTTP/1.1 {error.kind.status} {HTTPStatus(error.kind.status).phrase}\r\n"
            f"Content-Type: application/json\r\n{more}"
            f"Content-Length: {len(body)}\r\nSec-WebSocket-Version: 13\r\nConnection: close\r\n\r\n"
        )
        self.handshake_initiated = self.handshake_complete = self.close_sent = True
        self.transport.write(head.encode() + body)
        self.transport.close()
