"""What is checked before Django sees a request: the size of its body, and tricks with its charset."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from chat.errors import BODY_TOO_LARGE, ChatError

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


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
            await send(message)

        try:
            if _announced_length(scope) > self._most:
                raise _TooLarge
            await self._app(scope | {"headers": _without_charset(scope["headers"])}, counted, watched)
        except _TooLarge:
            if not started:
                await _refuse_request(send)


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


async def _refuse_request(send: Send) -> None:
    body = msgspec.json.encode(ChatError(BODY_TOO_LARGE).body())
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": BODY_TOO_LARGE.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
