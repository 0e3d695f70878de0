"""uvicorn's HTTP protocol, with an end to waiting for a request.

uvicorn (0.54) waits for the rest of a head for ever, and takes one of any size: whoever opens connections and
sends a byte now and then would hold them all. A connection that is closed lingers (`chat.server.linger`): the
peer may still be sending.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chat import metrics
from chat.errors import ChatError
from chat.server.linger import LingeringTransport

HEAD_SECONDS: Final = 10.0
HEAD_BYTES: Final = 65_536


def answer(error: ChatError, headers: str = "") -> bytes:
    """A whole HTTP response with which the server itself refuses a request, and closes."""
    metrics.REFUSED.labels(str(error.kind.code)).inc()
    body = msgspec.json.encode(error.body())
    more = "".join(f"{name}: {value}\r\n" for name, value in error.headers().items())
    head = (
        f"HTTP/1.1 {error.kind.status} {HTTPStatus(error.kind.status).phrase}\r\n"
        f"Content-Type: application/json\r\n{more}{headers}"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


class ChatHttpProtocol(HttpToolsProtocol):
    """One HTTP connection, until it becomes a WebSocket."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None  # while a head is waited for
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        super().connection_made(cast(asyncio.Transport, LingeringTransport(transport)))
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """A later head is waited for from its first byte on; before that, it is uvicorn's keep-alive."""
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        super().data_received(data)
        if self._deadline is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The head of the request is too large.")

    def on_headers_complete(self) -> None:
        """The head is there. That of a WebSocket goes to `handle_websocket_upgrade`, and makes no cycle."""
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            self._head_came()

    def handle_websocket_upgrade(self) -> None:
        """Another protocol takes the connection."""
        self._head_came()
        super().handle_websocket_upgrade()

    def timeout_keep_alive_handler(self) -> None:
        """No other request has come, and so nothing is on its way."""
        self._lingering().close_now()

    def shutdown(self) -> None:
        """The server ends."""
        if (self.cycle is None or self.cycle.response_complete) and not self.transport.is_closing():
            self._lingering().close_now()
        else:
            super().shutdown()
            self._lingering().hurry()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended, for whatever reason."""
        self._head_came()
        super().connection_lost(exc)

    def _lingering(self) -> LingeringTransport:
        return cast(LingeringTransport, self.transport)

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _head_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
