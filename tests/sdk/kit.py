"""Helpers for the tests of the SDK."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.support.server import ROOT

EXPORTING = sorted(path.stem for path in (ROOT / "static" / "sdk").glob("*.js") if path.stem != "types")
LOAD = f"""
    const names = {json.dumps(EXPORTING)};
    const modules = await Promise.all(names.map((name) => import(`/static/sdk/${{name}}.js`)));
    const sdk = Object.assign({{}}, ...modules);
"""
TALKER = (Path(__file__).parent / "talker.js").read_text("utf-8")
MILLISECONDS = 30_000  # until a condition must be true


class Modules:
    """The pure modules: `run` calls a JavaScript function with all that they export."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def run(self, source: str, argument: object = None) -> Any:
        return self._page.evaluate(
            f"async (argument) => {{ {LOAD} return ({source})(sdk, argument); }}", argument
        )


class Talker:
    """One person with one client, on a page. `talker.js` has the other half."""

    def __init__(self, page: Page, name: str, options: dict[str, object]) -> None:
        self.page = page
        self.name = name
        self._options = options
        self._start()

    def _start(self) -> None:
        start = f"async (options) => {{ {LOAD} window.me = ({TALKER})(sdk, options); }}"
        self.page.evaluate(start, {"name": self.name, **self._options})

    def reload(self, **options: object) -> None:
        """Load the page again in the same tab: another client of the same person, in no room yet."""
        session = self.do("me => me.client.session")
        self.page.reload()
        self._options = {**self._options, "session": session, **options}
        self._start()

    def do(self, source: str, argument: object = None) -> Any:
        """Call a JavaScript function with the talker (see talker.js) and an argument."""
        return self.page.evaluate(f"(argument) => ({source})(window.me, argument)", argument)

    def wait(self, source: str, argument: object = None) -> None:
        """Until a JavaScript function of the same kind says that it is so."""
        self.page.wait_for_function(
            f"(argument) => ({source})(window.me, argument)", arg=argument, polling=20, timeout=MILLISECONDS
        )

    def connected(self) -> "Talker":
        """Once the client is connected."""
        self.wait("me => me.states.at(-1)?.[0] === 'connected'")
        return self

    # what they do

    def join(self, room: int, **options: object) -> "Talker":
        """Be in the room."""
        self.do("(me, [room, options]) => me.join(room, options)", [room, options])
        self.wait("(me, room) => me.logs[room].joined > 0", room)
        return self

    def send(self, room: int, *texts: str) -> list[int]:
        """Say these one after the other; their seqs, when all are stored."""
        seqs: list[int] = self.do("(me, [room, texts]) => me.say(room, texts)", [room, list(texts)])
        return seqs

    # what they see

    def events(self, room: int) -> list[dict[str, Any]]:
        """The events of the room's log, as the client handed them over."""
        found: list[dict[str, Any]] = self.do("(me, room) => me.logs[room].events", room)
        return found

    def texts(self, room: int) -> list[str]:
        """The messages of the room as they are now."""
        found: list[str] = self.do("(me, room) => me.rooms[room].messages.map(({ text }) => text)", room)
        return found

    def waits_for(self, room: int, count: int) -> list[dict[str, Any]]:
        """The events of the room's log, as soon as there are this many."""
        self.wait("(me, [room, count]) => me.logs[room]?.events.length >= count", [room, count])
        return self.events(room)
