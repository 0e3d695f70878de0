"""The JavaScript modules that a page needs, for its `modulepreload` links."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

from chat.models import Event
from chat.web import bundles

EVERY_PAGE: Final = "chat/pages/base.js"
HOME_PAGE: Final = "chat/pages/home.js"
ROOM_PAGE: Final = "chat/pages/room.js"
FORMATTING: Final = "chat/text/formatting.js"
_LATEST: Final = 50  # messages that a room's page loads at first
# Roughly what `static/chat/text/message-text.js` does not take for plain words. It decides; this is a hint.
_MARKUP: Final = re.compile(r"[*_~`\[\]<>\\#|\n\r]|^[ \t]*(?:[-+=]|\d+[.)])|://|\w\.[^\W\d_]|@\S*\.")


def list_room_modules(room: int | None) -> tuple[str, ...]:
    """The modules for the page of this room, with those that format messages if the latest need it."""
    if room is None:
        return list_modules(EVERY_PAGE, ROOM_PAGE)
    latest = Event.objects.latest_messages(room).values_list("text", flat=True)[:_LATEST]
    formatted = any(_MARKUP.search(text) for text in latest)
    return list_modules(EVERY_PAGE, ROOM_PAGE, *[FORMATTING] * formatted)


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
        waiting += bundles.find_imports(module, _read_module(module))
    return (*scripts, *sorted(found.difference(scripts)))


def _read_module(module: str) -> str:
    """As it was collected, or else as it lies there."""
    if module in getattr(staticfiles_storage, "hashed_files", ()):
        with staticfiles_storage.open(module) as file:
            return str(file.read().decode())
    path = finders.find(module)
    if not isinstance(path, str):
        raise FileNotFoundError(f"no static file {module}")
    return Path(path).read_text("utf-8")
