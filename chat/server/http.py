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
- Other versions than HTTP/1.0 and 1.1 are refused, and answers to HTTP/1.0 come without chunks.
- `X-Forwarded-Prefix` counts if it is of a trusted proxy, and is taken away if it is not.
- An address has a limit on its connections. Those from a trusted proxy are of many clients, and not
  counted; a connection that becomes a WebSocket is counted as such, by the application.
- A connection that is closed lingers (`chat.server.linger`): the peer may still be sending.
"""

import asyncio
import re
import socket
from functools import cache, partial
from http import HTTPStatus
from typing import Any, Final, cast

import httptools
import msgspec
from uvicorn.middleware.proxy_headers import _TrustedHosts
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chat import metrics
from chat.budgets import Slots, network_of
from chat.errors import METHOD_NOT_ALLOWED, REQUEST_TIMEOUT, ChatError, refuse_connection
from chat.headers import HEAD_LINES
from chat.server.cors import allow_origin
from chat.server.linger import LingeringTransport
from chat.server.prefix import HEADER, join_prefixes

HEAD_SECONDS: Final = 10.0
HEAD_BYTES: Final = 65_536
BODY_IDLE_SECONDS: Final = 10.0  # without a byte
BODY_SECONDS: Final = 30.0  # in all
# What the kernel takes of an answer beyond what is on its way: else 4 MB, which no one could count.
UNSENT_BYTES: Final = 128 * 1024
_ABSOLUTE_FORM: Final = re.compile(rb"(?:https?|wss?)://([^/?#]*)", re.IGNORECASE)


_MAPPED: Final = "::ffff:"  # before an address of IPv4, as a socket of IPv6 tells it: no proxy would be known
TOO_LARGE: Final = "The head of the request is too large."
# Of a head, and of a body in chunks. Empty lines may come before a head, and count.
_END: Final = re.compile(rb"[^\r\n]\r\n\r\n")
_LONGEST_BEGINNING: Final = 4  # of an end: so much of it may have come before


class _BadHead(Exception):
    """Says why."""


class PeerLimit:
    """How many HTTP connections each address has to this process. `most`: 0 is any number."""

    def __init__(self, most: int, trusted: str) -> None:
        self._most = most
        self._trusted = _TrustedHosts(trusted)
        self._slots = Slots()

    def admit_connection(self, address: str) -> bool:
        """Count a connection. False if the address may have no more; a trusted proxy may have any number."""
        most = 0 if address in self._trusted else self._most
        return self._slots.take("http", network_of(address), most)

    def admit_refused(self, address: str) -> bool:
        """Whether one more that is refused may be told so, which takes a while: as many as there may be."""
        return self._slots.take("refused", network_of(address), self._most)

    def release_refused(self, address: str) -> None:
        """The refused connection has ended."""
        self._slots.free("refused", network_of(address))

    def release_connection(self, address: str) -> None:
        """Uncount a connection: it has ended, or has become a WebSocket."""
        self._slots.free("http", network_of(address))


@cache
def _find_trusted(proxies: str) -> _TrustedHosts:
    return _TrustedHosts(proxies)


def _read_address(name: Any) -> tuple[str, int | None] | None:
    """Host and port; of a Unix socket the path, if it has one."""
    if isinstance(name, str) and name:
        return name, None
    return (str(name[0]).removeprefix(_MAPPED), int(name[1])) if isinstance(name, tuple) else None


def build_answer(error: ChatError, headers: str = "") -> bytes:
    """A whole HTTP response with which the server itself refuses a request, and closes."""
    metrics.REFUSED.labels(str(error.kind.code)).inc()
    body = msgspec.json.encode(error.body())
    more = "".join(f"{name}: {value}\r\n" for name, value in error.headers().items())
    head = (
        f"HTTP/1.1 {error.kind.status} {HTTPStatus(error.kind.status).phrase}\r\n"
        f"Content-Type: application/json\r\n{more}{headers}{HEAD_LINES}"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


async def _answer_unchunked(app: Any, scope: Any, receive: Any, send: Any) -> None:
    """Send an answer without a length as it is: it ends with the connection.

    uvicorn would send it in chunks, which HTTP/1.0 does not have. It is not gathered to be measured: a long
    one would be in memory as a whole, and wait there for a client that reads slowly.
    """
    cycle, has_length = send.__self__, False

    async def send_unchunked(message: Any) -> None:
        nonlocal has_length
        if message["type"] == "http.response.start":
            has_length = any(name.lower() == b"content-length" for name, _ in message.get("headers", ()))
            if not has_length:
                cycle.chunked_encoding = False
        elif not has_length:
            cycle.expected_content_length = len(message.get("body", b""))
        await send(message)

    await app(scope, receive, send_unchunked)


class ChatHttpProtocol(HttpToolsProtocol):
    """One HTTP connection, until it becomes a WebSocket."""

    def __init__(self, *args: Any, peers: "PeerLimit | None" = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._peers = peers
        self._peer = ""  # if it is counted
        self._refused_peer = ""  # if it is counted as refused
        self._deadline: asyncio.TimerHandle | None = None  # while a head is waited for
        self._head_bytes = 0  # of a head whose end has not come, as they came; or around the data of chunks
        self._latest = b""  # bytes of the read before, in which an end may have begun
        self._body_left = 0  # bytes, if the head says how many
        self._is_handshake = False  # the head offers a WebSocket
        self._in_body = False  # its head is there, its end is not
        self._body_timer: asyncio.TimerHandle | None = None
        self._body_began = self._body_latest = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head.

        uvicorn makes sockets in Python to ask for both addresses. The event loop has them already.
        """
        self.connections.add(self)
        self.transport = cast(asyncio.Transport, LingeringTransport(transport))
        self.flow = FlowControl(self.transport)
        self.server = _read_address(transport.get_extra_info("sockname"))
        self.client = cast("tuple[str, int] | None", _read_address(transport.get_extra_info("peername")))
        self.scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        self._await_head()
        if self._peers is not None and self.client is not None:
            if self._peers.admit_connection(self.client[0]):
                self._peer = self.client[0]
            elif not self._peers.admit_refused(self.client[0]):
                self.transport.abort()
            else:
                self._refused_peer = self.client[0]
                self._refuse_request(refuse_connection("from your address"))

    def data_received(self, data: bytes) -> None:
        """A later head is waited for from its first byte on; before that, it is uvicorn's keep-alive."""
        if self._deadline is None and not self._in_body and self._is_idle():
            self._await_head()
        self._unset_keepalive_if_required()
        self._parse_data(data)
        if self._in_body:
            self._body_latest = self.loop.time()
            if self._body_timer is None:
                self._await_body()

    def _parse_data(self, data: bytes) -> None:
        seen = len(self._latest)
        data = self._latest + data
        self._latest = data[-_LONGEST_BEGINNING:]
        rest = memoryview(data)[seen:]
        try:
            while rest:
                piece = rest[: self._measure_piece(data, len(data) - len(rest))]
                self._head_bytes += len(piece)
                try:
                    self.parser.feed_data(piece)
                    rest = rest[len(piece) :]
                    if self._head_bytes >= HEAD_BYTES:  # and it goes on
                        raise _BadHead(TOO_LARGE)
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
        except (httptools.HttpParserError, _BadHead) as error:
            why = error if isinstance(error, _BadHead) else error.__context__
            told = str(why) if isinstance(why, _BadHead) else "Invalid HTTP request received."
            self.logger.warning("%s", told)
            self.send_400_response(told)

    def _measure_piece(self, data: bytes, start: int) -> int:
        """How much to parse at once: up to where a head or body may end, to count the bytes of each head.

        The parser does not say where in a piece it does.
        """
        if self._body_left:
            return self._body_left
        most = HEAD_BYTES - self._head_bytes
        end = _END.search(data, max(0, start - _LONGEST_BEGINNING), start + most)
        return end.end() - start if end is not None else most

    def _begin_without_upgrade(self) -> None:
        """Read the head again, as if it offered no upgrade: what follows it is its body."""
        head = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.scope["http_version"].encode())]
        head += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        self.parser.feed_data(b"\r\n".join([*head, b"", b""]))

    # What the parser reads

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. Each proxy may add a protocol; the client's is the first."""
        if name.lower() == b"x-forwarded-proto":
            if any(key == b"x-forwarded-proto" for key, _ in self.headers):
                return
            value = value.split(b",")[0].strip()
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there. That of a WebSocket goes to `handle_websocket_upgrade`, and makes no cycle."""
        self._head_bytes = 0
        version = self.parser.get_http_version()
        if version not in ("1.0", "1.1"):
            raise _BadHead("Only HTTP/1.0 and HTTP/1.1 are spoken here.")
        if version == "1.0":  # its connection ends after one answer
            # Not `self.app`: a handshake that is refused comes by twice.
            self.app = partial(_answer_unchunked, self.config.loaded_app)
        hosts = sum(name == b"host" for name, _ in self.headers)  # one, whatever the target: RFC 9112, 3.2
        if not self.url.startswith(b"/") and (hosts == 1 or self.parser.get_http_version() == "1.0"):
            self._take_origin_form()
        self._take_prefix()
        self._is_handshake = self._offers_websocket()
        if self._is_handshake:  # what is wrong with it is refused with an error of ours
            return
        if hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            raise _BadHead("HTTP/1.1 needs one Host header.")
        if self.parser.should_upgrade():  # a foreign one
            self.scope["method"] = self.parser.get_method().decode("ascii")
            self.scope["http_version"] = self.parser.get_http_version()
            return
        before: Any = self.cycle  # None at first
        super().on_headers_complete()
        if self.cycle is not before:
            if before is None:
                self._bound_unsent()
            self._head_came()
            self._in_body = True
            self._body_left = int(dict(self.headers).get(b"content-length", 0))

    def _bound_unsent(self) -> None:
        """Have what a client leaves unread wait in the application, which bounds it (`UnreadAnswers`)."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._head_bytes = 0
        self._body_left = max(0, self._body_left - len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The body is there. A WebSocket has none, and waits for no other request."""
        if self.parser.should_upgrade():
            # uvicorn starts its keep-alive timer here, which would cut the WebSocket after five seconds.
            return
        self._head_bytes = 0
        self._body_came()
        super().on_message_complete()
        if self._is_idle() and self.timeout_keep_alive_task is None and not self.transport.is_closing():
            # It was answered before, and its last bytes have ended uvicorn's wait for another request.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _take_origin_form(self) -> None:
        """Of `http://host/path`, take the path, and the host in place of any `Host`."""
        if (absolute := _ABSOLUTE_FORM.match(self.url)) is None:
            return
        self.headers[:] = [(b"host", absolute[1]), *(each for each in self.headers if each[0] != b"host")]
        path = self.url[absolute.end() :]
        self.url = path if path.startswith(b"/") else b"/" + path

    def _take_prefix(self) -> None:
        prefixes = [value for name, value in self.headers if name == HEADER]
        if not prefixes:
            self.scope["root_path"] = self.root_path = self.config.root_path
            return
        trusted = self.client is not None and self.client[0] in _find_trusted(
            str(self.config.forwarded_allow_ips)
        )
        if not trusted:
            self.headers[:] = [header for header in self.headers if header[0] != HEADER]
            prefixes = []
        self.scope["root_path"] = self.root_path = join_prefixes(prefixes) or self.config.root_path

    def _offers_websocket(self) -> bool:
        """Whether `websocket` is offered, maybe among others. uvicorn knows it only alone."""
        return (
            self.parser.should_upgrade()
            and self.parser.get_http_version() == "1.1"  # RFC 9110, 7.8
            and b"websocket" in self._is_listed(b"upgrade")
            and b"upgrade" in self._is_listed(b"connection")
        )

    def _should_upgrade(self) -> bool:
        return self._is_handshake

    def _is_listed(self, name: bytes) -> set[bytes]:
        values = [value.lower() for key, value in self.headers if key == name]
        return {word.strip() for value in values for word in value.split(b",")}

    def handle_websocket_upgrade(self) -> None:
        """Another protocol takes the connection."""
        self._head_came()
        self.connections.discard(self)
        made = cast(Any, self.ws_protocol_class)
        protocol = made(
            config=self.config,
            server_state=self.server_state,
            app_state=self.app_state,
            # Until the handshake is answered it counts here: one that is refused takes a while to end.
            on_accepted=self._uncount_peer,
        )
        protocol.take_connection(self.transport, (self.server, self.client), secure=self.scheme == "https")
        self.transport.set_protocol(protocol)
        method = self.parser.get_method()
        # Each refers to the other: in a storm of handshakes the garbage collector would run more often.
        self.parser = cast(Any, None)
        protocol.shake_hands(method, self.url, self.headers, self.root_path)

    def send_400_response(self, msg: str) -> None:
        """What could not be read is refused in a few words, as uvicorn does."""
        head = f"{HEAD_LINES}Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(msg)}\r\n"
        answer = f"HTTP/1.1 400 Bad Request\r\n{head}Connection: close\r\n\r\n{msg}"
        self.transport.write(answer.encode("ascii"))
        self.transport.close()

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
        self._uncount_peer()
        super().connection_lost(exc)

    def _uncount_peer(self) -> None:
        if self._peers is not None and self._peer:
            self._peers.release_connection(self._peer)
            self._peer = ""
        if self._peers is not None and self._refused_peer:
            self._peers.release_refused(self._refused_peer)
            self._refused_peer = ""

    def _linger_after(self) -> LingeringTransport:
        return cast(LingeringTransport, self.transport)

    def _refuse_request(self, error: ChatError) -> None:
        self.transport.write(build_answer(error))
        self.transport.close()

    # Waiting

    def _await_head(self) -> None:
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
            error = ChatError(REQUEST_TIMEOUT, detail="the request body did not arrive in time")
            lines = (b"%s: %s\r\n" % header for header in allow_origin(cycle.scope))
            self.transport.write(build_answer(error, b"".join(lines).decode("latin-1")))
        cycle.disconnected = True
        cycle.message_event.set()
        self.transport.close()
        self._linger_after().hurry()  # it has had its time
