"""The path under which the site stands, where it has a part of a host: `/chat` of `/chat/room/1`."""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]

HEADER: Final = b"x-forwarded-prefix"
_PREFIX: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+")


def is_prefix(text: str) -> bool:
    """Whether a text is a path as a prefix has it: no slash at its end, nothing that needs an escape."""
    return _PREFIX.fullmatch(text) is not None


def join_prefixes(values: Iterable[bytes]) -> str:
    """The prefix that proxies, the outermost one first, say that they took off; "" for what is none."""
    parts = [part.strip().rstrip(b"/") for value in values for part in value.split(b",")]
    prefix = b"".join(parts).decode("latin-1")
    return prefix if is_prefix(prefix) else ""


class PathPrefix:
    """ASGI middleware: have `root_path` say the prefix, and `path` begin with it, as ASGI asks for.

    It does not matter whether the proxy took it off. Django and Channels do the rest.

    `prefix`: the one of the settings, for requests whose server says none.
    """

    def __init__(self, app: App, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, scope: Scope, receive: Any, send: Any) -> Awaitable[None]:
        """Serve one request or connection."""
        prefix = scope.get("root_path", "").rstrip("/") or self._prefix
        if prefix:
            scope = dict(scope, root_path=prefix, path=_begin_with(prefix, scope["path"]))
        return self._app(scope, receive, send)


def _begin_with(prefix: str, path: str) -> str:
    if path == prefix:
        return f"{prefix}/"
    return path if path.startswith(f"{prefix}/") else f"{prefix}{path}"
