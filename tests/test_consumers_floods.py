"""Connections that send without a pause, in process: how much of theirs is under way at the same time."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from chat import consumers
from chat.engine import process
from chat.log.drafts import Draft, Outcome
from chat.log.log import log
from chat.models import Room
from chat.sessions import pace
from chat.sessions.pace import FREE_TURNS, MOST_FRAMES, MOST_TURNS_OF_LOST, MOST_UNANSWERED
from tests.support.marks import whole_db
from wschat_site.asgi import application

pytestmark = whole_db
MANY = 3 * MOST_UNANSWERED + 5
PATIENCE = 10.0  # seconds


@pytest.fixture(autouse=True)
async def _engine() -> AsyncIterator[None]:
    yield
    await process.stop_runtime()


class HeldLog:
    """The log, whose commits wait until they may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go_on = threading.Event()
        self._begun = 0
        self._commit = log._commit
        monkeypatch.setattr(log, "_commit", self._commit_later)

    def _commit_later(self, drafts: Sequence[Draft]) -> Sequence[Outcome]:
        self._begun += len(drafts)
        assert self.go_on.wait(PATIENCE)
        return self._commit(drafts)

    def under_way(self) -> int:
        """Drafts that were submitted, as nothing is answered; 0 before the first commit has begun."""
        return self._begun and self._begun + log._waiting

    async def have_under_way(self, count: int) -> None:
        """Wait for this number."""
        async with asyncio.timeout(3 * PATIENCE):
            while self.under_way() < count:  # noqa: ASYNC110 (it is another thread that counts)
                await asyncio.sleep(0)


async def connect(path: str) -> WebsocketCommunicator:
    socket = WebsocketCommunicator(application, path, headers=[(b"host", b"testserver")])
    connected, _ = await socket.connect(timeout=PATIENCE)
    assert connected
    return socket


async def receive(socket: WebsocketCommunicator) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(await socket.receive_from(timeout=PATIENCE))
    return frame


ENVELOPE = {"sender_username": "ann", "content": "x"}
POSTS: dict[str, tuple[str, dict[str, Any]]] = {
    "rooms": ("/chats/1/ws", {"event_type": "send", "name": "ann", "msg": "x"}),
    "plain": ("/dialects/plain/1", {"usr": "ann", "msg": "x"}),
    "uuid": ("/dialects/uuid/1", {"contents": "x"}),
    "envelope": (
        "/dialects/envelope/1",
        {"message_type": "GroupChat", "message_body": {"GroupChat": ENVELOPE}},
    ),
    "send": ("/ws", {"type": "send", "id": 7, "room": 1, "text": "x"}),
    "edit": ("/ws", {"type": "edit", "id": 7, "room": 1, "target": 1, "text": "x"}),
    "react": ("/ws", {"type": "react", "id": 7, "room": 1, "target": 1, "emoji": "👍"}),
    "pin": ("/ws", {"type": "pin", "id": 7, "room": 1, "target": 1}),
}


@pytest.mark.parametrize("kind", POSTS)
async def test_connection_has_few_drafts_under_way(kind: str, monkeypatch: pytest.MonkeyPatch):
    path, post = POSTS[kind]
    socket = await connect(path)
    if path == "/ws":
        await socket.send_json_to({"type": "hello", "id": 1, "name": "ann"})
        await socket.send_json_to({"type": "join", "id": 2, "room": 1})
        while (await receive(socket)).get("id") != 2:
            pass
    held = HeldLog(monkeypatch)
    for _ in range(MANY):
        await socket.send_json_to(post)
    await held.have_under_way(MOST_UNANSWERED)
    for _ in range(100):
        await asyncio.sleep(0)
    assert held.under_way() == MOST_UNANSWERED
    held.go_on.set()
    await held.have_under_way(MANY)
    await socket.disconnect()


async def test_answers_of_a_flood_come_in_order_and_each_once(monkeypatch: pytest.MonkeyPatch):
    """In two rooms and in none, refusals and pings among them."""
    socket = await connect("/ws")
    await socket.send_json_to({"type": "hello", "id": 1, "name": "ann"})
    await socket.send_json_to({"type": "join", "id": 2, "room": 1})
    while (await receive(socket)).get("id") != 2:
        pass
    for number in range(3, 3 + 2 * MANY, 2):
        room = 999 if number % 5 == 0 else 1
        await socket.send_json_to({"type": "send", "id": number, "room": room, "text": str(number)})
        await socket.send_json_to({"type": "ping", "id": number + 1})
    answered: list[int] = []
    said: list[int] = []
    while len(answered) < 2 * MANY:
        frame = await receive(socket)
        if frame["type"] == "message":
            said.append(int(frame["text"]))
        elif "id" in frame:
            answered.append(frame["id"])
    assert sorted(answered) == list(range(3, 3 + 2 * MANY))
    assert said == [number for number in range(3, 3 + 2 * MANY, 2) if number % 5]
    await socket.disconnect()


async def test_others_have_their_turn_between_a_few_frames():
    socket = await connect("/ws")
    await socket.send_json_to({"type": "hello", "id": 1, "name": "ann"})
    assert (await receive(socket))["type"] == "ok"
    count = 20 * MOST_FRAMES
    for number in range(2, 2 + count):
        await socket.send_json_to({"type": "ping", "id": number})
    turns = 0
    while socket.output_queue.qsize() < count:
        turns += 1
        await asyncio.sleep(0)
    assert turns >= count // MOST_FRAMES
    await socket.disconnect()


async def test_connection_that_is_lost_does_not_rest(monkeypatch: pytest.MonkeyPatch):
    """What it has sent is taken at once: no member is shown who has left."""
    monkeypatch.setattr(pace, "SHARE", 1e9)
    monkeypatch.setattr(pace, "LONGEST_REST", 3600.0)
    socket = await connect("/ws")
    count = (FREE_TURNS + 2) * MOST_FRAMES
    await socket.send_json_to({"type": "hello", "id": 1, "name": "ann"})
    await socket.send_json_to({"type": "join", "id": 2, "room": 1})
    for number in range(3, 3 + count):
        await socket.send_json_to({"type": "send", "id": number, "room": 1, "text": str(number)})
    await socket.disconnect(timeout=PATIENCE)
    async with asyncio.timeout(PATIENCE):  # the last ones are not committed yet
        while (await Room.objects.aget(pk=1)).last_seq < count:  # noqa: ASYNC110 (a thread commits)
            await asyncio.sleep(0)
        while (await process.get_running()).recipients.participants():  # noqa: ASYNC110 (likewise)
            await asyncio.sleep(0)
    assert (await Room.objects.aget(pk=1)).last_seq == count


async def test_little_is_taken_of_a_flooder_that_is_lost(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pace, "SHARE", 1e9)
    monkeypatch.setattr(pace, "LONGEST_REST", 3600.0)
    monkeypatch.setattr(consumers, "_PAUSE_SECONDS", 3600.0)  # this test sends more slowly than a flooder
    socket = await connect("/dialects/plain/1")
    for number in range(3 * MOST_TURNS_OF_LOST * MOST_FRAMES):
        await socket.send_json_to({"usr": "ann", "msg": str(number)})
    await socket.disconnect(timeout=PATIENCE)
    await process.stop_runtime()  # all is committed then
    assert (await Room.objects.aget(pk=1)).last_seq <= MOST_TURNS_OF_LOST * MOST_FRAMES
