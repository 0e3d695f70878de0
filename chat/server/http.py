"""uvicorn's HTTP protocol, with an end to waiting for a request, and without foreign upgrades.

What differs from `HttpToolsProtocol` (uvicorn 0.54):

- The wait for a head or a body ends, and a head has a limit: a client that opens
  connections and sends a byte now and then would hold them all.
- An upgrade to anything but a WebSocket (`h2c`, as curl and the JDK offer) is ignored, as RFC 9110, 7.8, asks
  for. The parser stops at each upgrade, so that uvicorn loses the body.
- What comes in the same segment as a WebSocket handshake are frames; uvicorn drops them.
- A target in absolute form (RFC 9112, 3.2.2) is read as its path, and its authority is the host.
- Of the values of several proxies in `X-Forwarded-Proto`, the first counts, for pages and sockets alike.
- HTTP/1.1 without `Host`, or with two of them, is refused, as RFC 9112, 3.2, asks for.
- An address has a limit on its connections. Those from a trusted proxy are of many clients, and not
  counted; a connection that becomes a WebSocket is counted as such, by the application.
- A connection that is closed lingers (`chat.server.linger`): the peer may still be sending.
"""

import asyncio
import re
from http import HTTPStatus
from typing import Any, Final, cast

import httptools
import msgspec
from uvicorn.middleware.proxy_headers import _TrustedHosts
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chat import metrics
from chat.budgets import Places, network_of
from chat.errors import METHOD_NOT_ALLOWED, REQUEST_TIMEOUT, TOO_MANY_REQUESTS, ChatError
from chat.server.linger import LingeringTransport

HEAD_SECONDS: Final = 10.0
HEAD_BYTES: Final = 65_536
BODY_IDLE_SECONDS: Final = 10.0  # without a byte
BODY_SECONDS: Final = 30.0  # in all
_ABSOLUTE_FORM: Final = re.compile(rb"(?:https?|wss?)://([^/?#]*)", re.IGNORECASE)


TOO_LARGE: Final = "The head of the request is too large."
FULL_SECONDS: Final = 5.0  # after which a client whose address has too many connections may try again
_HEADER_EXTRA: Final = 4  # ": " and the end of the line


class _BadHead(Exception):
    """Says why."""


class PeerLimit:
    """How many HTTP connections each address has to this process. `most`: 0 is any number."""

    def __init__(self, most: int, trusted: str) -> None:
        self._most = most
        self._trusted = _TrustedHosts(trusted)
        self._places = Places()

    def take(self, address: str) -> bool:
        """Take a place, if there is one. A trusted proxy always finds one."""
        most = 0 if address in self._trusted else self._most
        return self._places.take("http", network_of(address), most)

    def give_back(self, address: str) -> None:
        """The connection has ended, or is none of HTTP any more."""
        self._places.give_back("http", network_of(address))


def build_answer(error: ChatError, headers: str = "") -> bytes:
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

    def __init__(self, *args: Any, peers: "PeerLimit | None" = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._peers = peers
        self._peer = ""  # if it is counted
        self._deadline: asyncio.TimerHandle | None = None  # while a head is waited for
        self._head_bytes = self._parsed_bytes = 0
        self._in_body = False  # its head is there, its end is not
        self._body_timer: asyncio.TimerHandle | None = None
        self._body_began = self._body_latest = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        super().connection_made(cast(asyncio.Transport, LingeringTransport(transport)))
        self._await_head()
        if self._peers is not None and self.client is not None:
            if self._peers.take(self.client[0]):
                self._peer = self.client[0]
            else:
                detail = "too many connections from your address are open"
                self._refuse_request(ChatError(TOO_MANY_REQUESTS, detail=detail, retry_after=FULL_SECONDS))

    def data_received(self, data: bytes) -> None:
        """A later head is waited for from its first byte on; before that, it is uvicorn's keep-alive."""
        if self._deadline is None and not self._in_body and self._is_idle():
            self._await_head()
        self._unset_keepalive_if_required()
        self._parse_data(data)
        if self._deadline is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response(TOO_LARGE)
        if self._in_body:
            self._body_latest = self.loop.time()
            if self._body_timer is None:
                self._await_body()

    def _parse_data(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while True:
                try:
                    self.parser.feed_data(rest)
                    return
                except httptools.HttpParserUpgrade as upgrade:
                    if self._should_upgrade():
                        self.handle_websocket_upgrade()
                        if frames := bytes(rest[upgrade.args[0] :]):
                            cast(asyncio.Protocol, self.transport.get_protocol()).data_received(frames)
                        return
                    # CONNECT stops the parser as an upgrade does, but names no offer that could be ignored.
                    if self.scope["method"] == "CONNECT":
                        self._refuse_request(ChatError(METHOD_NOT_ALLOWED))
                        return
                    rest = rest[upgrade.args[0] :]
                    self._begin_without_upgrade()
        except httptools.HttpParserError as error:
            why = error.__context__
            told = str(why) if isinstance(why, _BadHead) else "Invalid HTTP request received."
            self.logger.warning("%s", told)
            self.send_400_response(told)

    def _begin_without_upgrade(self) -> None:
        """Read the head again, as if it offered no upgrade: what follows it is its body."""
        head = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.scope["http_version"].encode())]
        head += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        self.parser.feed_data(b"\r\n".join([*head, b"", b""]))

    # What the parser reads

    def on_url(self, url: bytes) -> None:
        """A part of the head."""
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. Each proxy may add a protocol; the client's is the first."""
        self._count_head(len(name) + len(value) + _HEADER_EXTRA)
        if name.lower() == b"x-forwarded-proto":
            if any(key == b"x-forwarded-proto" for key, _ in self.headers):
                return
            value = value.split(b",")[0].strip()
        super().on_header(name, value)

    def _count_head(self, size: int) -> None:
        """Count what there is of the head, which may have come in one read with its end and more."""
        self._parsed_bytes += size
        if self._parsed_bytes > HEAD_BYTES:
            raise _BadHead(TOO_LARGE)

    def on_headers_complete(self) -> None:
        """The head is there. That of a WebSocket goes to `handle_websocket_upgrade`, and makes no cycle."""
        self._parsed_bytes = 0
        if not self.url.startswith(b"/"):
            self._take_origin_form()
        hosts = sum(name == b"host" for name, _ in self.headers)
        is_handshake = self._get_upgrade() is not None  # which is refused with an error of ours
        if not is_handshake and (hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1")):
            raise _BadHead("HTTP/1.1 needs one Host header.")
        if self._is_foreign_upgrade():
            self.scope["method"] = self.parser.get_method().decode("ascii")
            self.scope["http_version"] = self.parser.get_http_version()
            return
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            self._head_came()
            self._in_body = True

    def on_message_complete(self) -> None:
        """The body is there. A WebSocket has none, and waits for no other request."""
        if self.parser.should_upgrade():
            # uvicorn starts its keep-alive timer here, which would cut the WebSocket after five seconds.
            return
        self._body_came()
        super().on_message_complete()
        if self._is_idle() and self.timeout_keep_alive_task is None and not self.transport.is_closing():
            # It was answered before, and its last bytes have ended uvicorn's wait for another request.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _is_foreign_upgrade(self) -> bool:
        return self.parser.should_upgrade() and not self._should_upgrade()

    def _take_origin_form(self) -> None:
        """Of `http://host/path`, take the path, and the host in place of any `Host`."""
        if (absolute := _ABSOLUTE_FORM.match(self.url)) is None:
            return
        self.headers[:] = [(b"host", absolute[1]), *(each for each in self.headers if each[0] != b"host")]
        path = self.url[absolute.end() :]
        self.url = path if path.startswith(b"/") else b"/" + path

    def _get_upgrade(self) -> bytes | None:
        """`websocket` if that is offered, maybe among others. uvicorn knows it only alone."""
        if self.parser.get_http_version() != "1.1":
            return None  # RFC 9110, 7.8
        offered = self._is_listed(b"upgrade")
        return (
            b"websocket" if b"websocket" in offered and b"upgrade" in self._is_listed(b"connection") else None
        )

    def _is_listed(self, name: bytes) -> set[bytes]:
        values = [value.lower() for key, value in self.headers if key == name]
        return {word.strip() for value in values for word in value.split(b",")}

    def handle_websocket_upgrade(self) -> None:
        """Another protocol takes the connection."""
        self._head_came()
        self._stand_up()
        self.headers[:] = [each for each in self.headers if each[0] != b"upgrade"]
        self.headers.append((b"upgrade", b"websocket"))
        super().handle_websocket_upgrade()

    # Ends

    def timeout_keep_alive_handler(self) -> None:
        """No other request has come, and so nothing is on its way."""
        if self._in_body:
            self.transport.close()
        else:
            self._linger_after().close_now()

    def shutdown(self) -> None:
        """The server ends."""
        if self._is_idle() and not self._in_body and not self.transport.is_closing():
            self._linger_after().close_now()
        else:
            super().shutdown()
            self._linger_after().hurry()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended, for whatever reason."""
        self._head_came()
        self._body_came()
        self._stand_up()
        super().connection_lost(exc)

    def _stand_up(self) -> None:
        if self._peers is not None and self._peer:
            self._peers.give_back(self._peer)
            self._peer = ""

    def _linger_after(self) -> LingeringTransport:
        return cast(LingeringTransport, self.transport)

    def _refuse_request(self, error: ChatError) -> None:
        self.transport.write(build_answer(error))
        self.transport.close()

    # Waiting

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _head_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _await_body(self) -> None:
        self._body_began = self._body_latest = self.loop.time()
        self._body_timer = self.loop.call_later(BODY_IDLE_SECONDS, self._look_at_body)

    def _body_came(self) -> None:
        self._in_body = False
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _look_at_body(self) -> None:
        """Cut what does not come. While this server is the one to be waited for, the time stands still."""
        if self.transport.is_closing():
            return
        if self.flow.read_paused or self.pipeline or self.cycle.waiting_for_100_continue:
            self._await_body()
            return
        now = self.loop.time()
        due = min(self._body_latest + BODY_IDLE_SECONDS, self._body_began + BODY_SECONDS)
        if now < due:
            self._body_timer = self.loop.call_later(due - now, self._look_at_body)
            return
        cycle = self.cycle
        if not cycle.response_started:
            self.transport.write(
                build_answer(ChatError(REQUEST_TIMEOUT, detail="the request body did not arrive in time"))
            )
        cycle.disconnected = True
        cycle.message_event.set()
        self.transport.close()
        self._linger_after().hurry()  # it has had its time
