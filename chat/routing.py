"""Which address speaks which protocol."""

import re
from collections.abc import Awaitable
from typing import Any, Final

from chat import conf
from chat.consumers import NowhereConsumer, Receive, RoomConsumer, Send, V1Consumer
from chat.dialects import DIALECTS

# Each with the protocol, unless that stands in the address. Channels' router would copy the scope for each
# connection, and ask Django's resolver of each pattern.
_ROUTES: Final = [
    (re.compile(r"chats/(?P<ref>(?s:.+?))/ws/?"), "rooms"),
    (re.compile(r"ws/?"), "wschat.v1"),
    (re.compile(r"dialects/(?P<dialect>[a-z0-9.]+)(?:/(?P<ref>(?s:.+?)))?/?"), ""),
    (re.compile(r""), ""),  # as the server's options say
]


def route_socket(scope: Any, receive: Receive, send: Send) -> Awaitable[None]:
    """Any WebSocket: the address says which protocol it speaks, and at the bare root the port."""
    path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
    for pattern, name in _ROUTES:
        if (found := pattern.fullmatch(path)) is not None:
            named = found.groupdict()
            port = (scope.get("server") or ("", 0))[1] or 0
            dialect = DIALECTS.get(name or named.get("dialect") or conf.root_dialect(port))
            if dialect is None:
                break
            if dialect.greets:
                return V1Consumer(dialect)(scope, receive, send)
            return RoomConsumer(dialect, named.get("ref"))(scope, receive, send)
    return NowhereConsumer(DIALECTS["rooms"])(scope, receive, send)
