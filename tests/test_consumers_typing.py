"""Typing notices, in process, with a clock that the test moves."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from chat.budgets import RATES, LimitTable, Rate
from chat.engine import process
from chat.models import Room
from chat.permissions import SITE
from chat.services import moderation, rooms
from chat.sessions import session as session_module
from tests.support.marks import whole_db
from tests.test_consumers import _engine, receive, v1

__all__ = ["_engine"]  # a fixture of theirs that is ours, too
pytestmark = whole_db
ELSEWHERE = {"title": "elsewhere", "visibility": "public"}


class Clock:
    """The sessions' clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(session_module, "time", SimpleNamespace(monotonic=lambda: self.now))


class Member:
    """A member of a few rooms. `heard`: where others were writing."""

    def __init__(self, socket: WebsocketCommunicator) -> None:
        self.socket = socket
        self.heard: list[int] = []
        self._last_id = 1

    async def ask(self, **command: Any) -> dict[str, Any]:
        """The answer to a command."""
        self._last_id += 1
        await self.socket.send_json_to({"id": self._last_id, **command})
        while (frame := await receive(self.socket)).get("id") != self._last_id:
            if frame["type"] == "typing":
                self.heard.append(frame["room"])
        return frame

    async def write(self, room: int) -> int:
        """Send a typing notice. Returns the code of the refusal, or 0."""
        code: int = (await self.ask(type="typing", room=room)).get("code", 0)
        return code


async def member(name: str, *entered: int) -> Member:
    found = Member(await v1(name))
    for room in entered:
        assert (await found.ask(type="join", room=room))["type"] == "ok"
    return found


async def mute(room: int, name: str) -> None:
    await sync_to_async(moderation.mute_name)(room=await Room.objects.aget(pk=room), name=name, actor=SITE)


async def test_newest_mute_decides_whether_writing_is_shown(monkeypatch: pytest.MonkeyPatch):
    """Bob was writing in two rooms within a second. One was shown; then he was muted in the other."""
    clock = Clock(monkeypatch)
    made = await sync_to_async(rooms.create_room)(actor=SITE, fields=ELSEWHERE, anonymous_allowed=True)
    bob, eve = await member("bob", 1, made.pk), await member("eve", 1, made.pk)
    assert await bob.write(made.pk) == 0
    clock.now += 0.5
    assert await bob.write(1) == 0
    await mute(1, "bob")
    clock.now += 0.6
    assert await bob.write(1) == 107
    assert await bob.write(1) == 107
    assert await bob.write(made.pk) == 0
    await eve.ask(type="ping")
    assert eve.heard == [made.pk, made.pk]
    await bob.socket.disconnect()
    await eve.socket.disconnect()


async def test_refused_writing_is_looked_up_once_a_second(monkeypatch: pytest.MonkeyPatch):
    clock = Clock(monkeypatch)
    bob = await member("bob", 1)
    await mute(1, "bob")
    asked: list[object] = []
    check = moderation.check_may_type

    def counted(questions: Any) -> Any:
        asked.append(questions)
        return check(questions)

    monkeypatch.setattr((await process.get_running()).loaders.typing_checks, "_answer", counted)
    assert [await bob.write(1) for _ in range(5)] == [107] * 5
    assert len(asked) == 1
    clock.now += 1.0
    assert await bob.write(1) == 107
    assert len(asked) == 2
    await bob.socket.disconnect()


async def test_typing_by_the_key_is_answered_and_not_all_of_it_passed_on():
    await process.get_running()
    ann, bob = await member("ann", 1), await member("bob", 1)
    budgets = (await process.get_running()).collaborators.budgets
    budgets.table = LimitTable(rates={**RATES, "typing": Rate(2, 0.001)})
    began = time.monotonic()
    assert [await ann.write(1) for _ in range(40)] == [0] * 40
    assert (await ann.ask(type="send", room=1, text="done"))["type"] == "ok"
    assert time.monotonic() - began < 10  # nothing has waited for the budget, which would take hours
    await bob.ask(type="ping")
    assert 1 <= len(bob.heard) <= 2
