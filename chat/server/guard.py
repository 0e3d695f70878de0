"""Around Django: the size of a request's body, tricks with its charset, headers that each answer has, and how
much of answers waits for clients that read slowly.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, Final

import msgspec
from uvicorn.middleware.proxy_headers import _TrustedHosts

from chat import metrics
from chat.budgets import network_of
from chat.errors import BODY_TOO_LARGE, FULL_SECONDS, TOO_MANY_REQUESTS, ChatError
from chat.headers import add_headers
from chat.server.cors import allow_origin

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


_LONGEST: Final = 255  # of what may be an address, with a zone
MEGABYTE: Final = 1024 * 1024
_SMALL: Final = 64 * 1024  # bytes of an answer, which the connection takes at once
_IN_PARTS: Final = MEGABYTE  # of an answer without a length: its parts have to be smaller
_SIGNS: Final = frozenset({b"forwarded", b"via", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"})

logger = logging.getLogger(__name__)


class KnownClients:
    """ASGI middleware. A trusted proxy that does not say whose requests it passes on is not the client.

    Its address would be that of all clients, who then would share the limits of one. The default trusts this
    machine, whose own programs are clients: there, other headers of a proxy have to tell. What a proxy says
    that is no address of a network, such as `unknown`, is none.
    """

    def __init__(self, app: Any, trusted: str) -> None:
        self._app = app
        self._trusted = _TrustedHosts(trusted)
        self._told: set[str] = set()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request or connection."""
        peer = (scope.get("client") or ("",))[0]
        if peer and not self._trusted.always_trust and peer in self._trusted and _hides_client(scope, peer):
            scope = scope | {"client": None}
            if peer not in self._told:
                self._told.add(peer)
                logger.warning(
                    "the proxy at %s sends no X-Forwarded-For: limits cannot tell clients apart", peer
                )
        elif peer and (known := _read_address(peer[:_LONGEST])) != peer:
            scope = scope | {"client": known and (known, scope["client"][1])}
        answer: Awaitable[None] = self._app(scope, receive, send)
        return answer


@lru_cache(maxsize=1024)
def _read_address(given: str) -> str | None:
    """The address of a network in its one spelling; None for anything else that a proxy may say."""
    try:
        address = ip_address(given.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def _hides_client(scope: Scope, peer: str) -> bool:
    names = {name for name, _ in scope["headers"]}
    if b"x-forwarded-for" in names:
        return False
    return bool(names & _SIGNS) or not _is_of_this_machine(peer)


@lru_cache(maxsize=1024)
def _is_of_this_machine(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:  # a name, or the path of a socket
        return True


class _TooLarge(Exception):
    pass


class Guard:
    """ASGI middleware. Django would read a body of any size to disk before a view could refuse it, and
    takes whatever codec a `charset=` names, those included that are none for text.
    """

    def __init__(self, app: Any, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False
        left = self._most

        async def counted() -> dict[str, Any]:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise _TooLarge
            return message

        async def watched(message: dict[str, Any]) -> None:
            nonlocal started
            started = True
            # What a 304 says would take the place of what the browser got with the file.
            if message["type"] == "http.response.start" and message["status"] != HTTPStatus.NOT_MODIFIED:
                message["headers"] = add_headers(message.get("headers", ()))
            await send(message)

        try:
            if _announced_length(scope) > self._most:
                raise _TooLarge
            await self._app(scope | {"headers": _without_charset(scope["headers"])}, counted, watched)
        except _TooLarge:
            if not started:
                await _refuse_request(scope, watched, ChatError(BODY_TOO_LARGE))


class UnreadAnswers:
    """ASGI middleware. An answer stays in memory until its client has read it, however slowly: all that
    clients at one address have there at a time is bounded.

    An answer that would be beyond the bound is dropped, and refused in a few words. What is under way is
    never cut, and what fits into the buffer of a connection always passes.
    """

    def __init__(self, app: Any, most: int) -> None:
        """`most`: bytes; 0 is any number."""
        self._app = app
        self._most = most
        self._unread: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        client = scope.get("client")
        if not self._most or client is None:
            await self._app(scope, receive, send)
            return
        address, size, refused = network_of(client[0]), 0, False

        async def counted(message: dict[str, Any]) -> None:
            nonlocal size, refused
            if refused:
                raise asyncio.CancelledError  # Django stops making it, as if the client had gone
            if message["type"] == "http.response.start" and (length := _measure_answer(scope, message)):
                refused = self._unread.get(address, 0) + length > self._most
                if refused:
                    metrics.DROPPED.labels("unread_answer").inc()
                    await _refuse_request(scope, send, _refuse_unread())
                    return
                size = length
                self._unread[address] = self._unread.get(address, 0) + size
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except asyncio.CancelledError:
            if not refused:
                raise
        finally:
            if size:
                self._unread[address] -= size
                if not self._unread[address]:
                    del self._unread[address]


def _announced_length(scope: Scope) -> int:
    """The body's size as the request states it."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return max((int(value) for value in lengths if value.isdigit()), default=0)


def _without_charset(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers, with no charset in the content type: it is UTF-8 here, whatever a client says.

    Each parameter that as much as mentions one goes, so that it does not matter how Django reads the rest.
    """
    return [(name, _cut_connection(value) if name == b"content-type" else value) for name, value in headers]


def _cut_connection(content_type: bytes) -> bytes:
    kind, *parameters = content_type.split(b";")
    return b";".join([kind, *(each for each in parameters if b"charset" not in each.lower())])


def _refuse_unread() -> ChatError:
    detail = "too much of earlier answers to your address is unread; read it, or try again later"
    return ChatError(TOO_MANY_REQUESTS, detail=detail, retry_after=FULL_SECONDS)


def _measure_answer(scope: Scope, start: dict[str, Any]) -> int:
    """How much of memory an answer takes until it is read, from its head; 0 if it is small."""
    if scope["method"] == "HEAD" or start["status"] == HTTPStatus.NOT_MODIFIED:
        return 0
    lengths = [int(value) for name, value in start.get("headers", ()) if name.lower() == b"content-length"]
    length = lengths[0] if lengths else _IN_PARTS
    return length if length > _SMALL else 0


async def _refuse_request(scope: Scope, send: Send, error: ChatError) -> None:
    body = msgspec.json.encode(error.body())
    headers = [(b"content-type", b"application/json"), (b"connection", b"close"), *allow_origin(scope)]
    headers += [(name.lower().encode(), value.encode()) for name, value in error.headers().items()]
    await send({"type": "http.response.start", "status": error.kind.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
