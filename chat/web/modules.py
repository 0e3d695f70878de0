"""The JavaScript modules that a page needs, for its `modulepreload` links."""

import posixpath
import re
from functools import cache
from pathlib import Path
from typing import Final

from django.contrib.staticfiles import finders

EVERY_PAGE: Final = "chat/pages/base.js"
ROOM_PAGE: Final = "chat/pages/room.js"

_IMPORT: Final = re.compile(r"""(?:\bfrom|^import)\s*["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)


@cache
def list_modules(*scripts: str) -> tuple[str, ...]:
    """The scripts, and all that they import, directly or not, in the order of their names, as static files.

    A browser sees the imports of a module only when it has the module: without the list it would fetch the
    modules of a room's page in one round trip after the other. What a script imports when it is first wanted
    (`import()`) is not in the list. Reads the files once for each process.
    """
    found: set[str] = set()
    waiting = list(scripts)
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        folder = posixpath.dirname(module)
        imported = _IMPORT.findall(_read_module(module))
        waiting += [posixpath.normpath(posixpath.join(folder, path)) for path in imported]
    return (*scripts, *sorted(found.difference(scripts)))


def _read_module(module: str) -> str:
    path = finders.find(module)
    if not isinstance(path, str):
        raise FileNotFoundError(f"no static file {module}")
    return Path(path).read_text("utf-8")
