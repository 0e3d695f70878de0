"""Clients of a Matrix server: guests over HTTP, each with its long poll (`/sync`)."""

import asyncio
import math
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

import msgspec

from bench.generator import GeneratorFailed, Opened, Published
from bench.machine import processor_seconds
from bench.stand import PUBLISHERS

SECONDS_TO_COME_IN: Final = 120  # as bench/load/load.c has it
_QUIET_SECONDS: Final = 60
_POLL_SECONDS: Final = 600
_FILTER: Final = '{"room":{"timeline":{"limit":100},"state":{"lazy_load_members":true}}}'
_NUMBER: Final = re.compile(rb'"body":"~b(\d+) ')
_OPEN_TO_GUESTS: Final = {
    "preset": "public_chat",
    "initial_state": [{"type": "m.room.guest_access", "content": {"guest_access": "can_join"}}],
}


class Failed(GeneratorFailed):
    """The server refused a request, or ended."""


class Client:
    """One participant. It polls on one connection, and sends on others: one for each message under way."""

    def __init__(self, port: int, token: str = "", since: str = "") -> None:
        self.port = port
        self.token = token
        self.since = since
        self._idle: list[_Connection] = []
        self._polls: _Connection | None = None

    async def register(self, **account: Any) -> None:
        """Become a guest, or an account if one is described."""
        kind = "" if account else "?kind=guest"
        self.token = (await self.call("POST", f"register{kind}", account))["access_token"]

    async def enter(self, room: str) -> Self:
        """Become a guest in the room, and learn what is there."""
        await self.register()
        await self.call("POST", f"rooms/{quote(room)}/join", {})
        await self.sync(0)
        return self

    async def say(self, room: str, number: int | str, text: str) -> None:
        body = {"msgtype": "m.text", "body": text}
        await self.call("PUT", f"rooms/{quote(room)}/send/m.room.message/{number}", body)

    async def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        connection = self._idle.pop() if self._idle else await self._connect()
        try:
            answer = await connection.ask(method, path, self.token, body)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        found: dict[str, Any] = msgspec.json.decode(answer)
        return found

    async def sync(self, seconds: float) -> bytes:
        """What is new, as soon as there is anything, within the time."""
        await self.ask_for_news(seconds)
        assert self._polls
        answer = await self._polls.answer()
        self.since = msgspec.json.decode(answer, type=_Sync).next_batch
        return answer

    async def ask_for_news(self, seconds: float) -> None:
        """Only ask: what comes is left unread."""
        self._polls = self._polls or await self._connect()
        query = {"timeout": int(seconds * 1000), "filter": _FILTER}
        if self.since:
            query["since"] = self.since
        await self._polls.send("GET", f"sync?{urlencode(query)}", self.token, None)

    def stop_polling(self) -> None:
        """Give up what was asked for and has not come."""
        if self._polls:
            self._polls.close()
            self._polls = None

    async def _connect(self) -> "_Connection":
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24)
        return _Connection(reader, writer)

    def close(self) -> None:
        self.stop_polling()
        for connection in self._idle:
            connection.close()


class _Sync(msgspec.Struct):
    next_batch: str


class _Connection:
    """HTTP/1.1, one request after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def close(self) -> None:
        self._writer.transport.abort()

    async def ask(self, method: str, path: str, token: str, body: Any) -> bytes:
        await self.send(method, path, token, body)
        return await self.answer()

    async def send(self, method: str, path: str, token: str, body: Any) -> None:
        content = b"" if body is None else msgspec.json.encode(body)
        sender = f"Authorization: Bearer {token}\r\n" if token else ""
        head = f"{method} /_matrix/client/v3/{path} HTTP/1.1\r\nHost: localhost\r\n{sender}"
        self._writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        await self._writer.drain()

    async def answer(self) -> bytes:
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
            if size := re.search(rb"\r\ncontent-length: *(\d+)", head):
                content = await self._reader.readexactly(int(size[1]))
            else:
                content = await self._chunks()
        except asyncio.IncompleteReadError:
            raise Failed("the server has closed the connection") from None
        if not head.startswith(b"http/1.1 200"):
            raise Failed(f"{head.splitlines()[0].decode()}: {content[:200]!r}")
        return content

    async def _chunks(self) -> bytes:
        content = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            content += await self._reader.readexactly(size)
            await self._reader.readuntil(b"\r\n")
        await self._reader.readuntil(b"\r\n")
        return content


async def make_rooms(port: int, count: int) -> list[str]:
    """Rooms that guests may join; their ids."""
    owner = Client(port)
    try:
        account = {"username": f"owner{time.time_ns()}", "password": "of-the-owner-1"}
        await owner.register(auth={"type": "m.login.dummy"}, **account)
        return [(await owner.call("POST", "createRoom", _OPEN_TO_GUESTS))["room_id"] for _ in range(count)]
    finally:
        owner.close()


class Clock:
    """What the load and the server have used since it was made."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.begun, self._load, self._server = time.monotonic(), time.process_time(), processor_seconds(pid)

    def figures(self) -> dict[str, Any]:
        seconds = time.monotonic() - self.begun
        load, server = time.process_time() - self._load, processor_seconds(self._pid) - self._server
        return {
            "load_busy": load / seconds,
            "server_busy": server / seconds,
            "server_cpu_seconds": server,
            "closed": 0,
        }


async def come_in(
    clients: Sequence[Client], how: Callable[[Client], Awaitable[object]], abreast: int, pid: int
) -> Opened:
    """Have all of them do it, not too many at the same time; who takes too long is refused."""
    clock, gate = Clock(pid), asyncio.Semaphore(abreast)
    last = clock.begun
    ready = 0

    async def one(client: Client) -> None:
        nonlocal last, ready
        async with gate:
            await how(client)
        ready += 1
        last = time.monotonic()

    tasks = [asyncio.ensure_future(one(client)) for client in clients]
    done, late = await asyncio.wait(tasks, timeout=SECONDS_TO_COME_IN)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    failures = [error for task in done if (error := task.exception())]
    if failures and not ready:
        raise failures[0]
    seconds = max(last - clock.begun, 1e-9)
    return Opened(
        clients=len(clients),
        ready=ready,
        refused=len(clients) - ready,
        seconds=seconds,
        connects_per_second=ready / seconds,
        joins_per_second=ready / seconds,
        **clock.figures(),
    )


class Broadcasts:
    """Clients keep a number of messages under way: the next is sent when all have one."""

    def __init__(self, members: Sequence[Client], room: str, pid: int) -> None:
        self._members = members
        self._room = room
        self._pid = pid
        self._number = 0
        self._left: dict[int, tuple[float, set[int]]] = {}  # when it began, and who has it not
        self._delays: list[float] = []
        self._deliveries = 0
        self._arrived = 0.0
        self._until = 0.0
        self._sending: list[asyncio.Task[None]] = []

    async def phase(self, under_way: int, seconds: float) -> Published:
        """Publish for the time, and wait for what is under way then."""
        clock, first = Clock(self._pid), self._number
        self._delays, self._deliveries, self._left = [], 0, {}
        self._arrived, self._until = clock.begun, clock.begun + seconds
        for _ in range(under_way):
            self._publish()
        readers = [asyncio.ensure_future(self._read(index)) for index in range(len(self._members))]
        try:
            while self._left and time.monotonic() - self._arrived < _QUIET_SECONDS:
                await asyncio.sleep(0.02)
                for task in (*readers, *self._sending):
                    if task.done():
                        task.result()
                self._sending = [task for task in self._sending if not task.done()]
        finally:
            for task in (*readers, *self._sending):
                task.cancel()
            await asyncio.gather(*readers, *self._sending, return_exceptions=True)
            for member in self._members:
                member.stop_polling()
        broadcasts = self._number - first
        took = max(self._arrived - clock.begun, 1e-9)
        delays = sorted(self._delays) or [math.inf]
        return Published(
            under_way=under_way,
            broadcasts=broadcasts,
            deliveries=self._deliveries,
            lost=broadcasts * len(self._members) - self._deliveries,
            seconds=took,
            broadcasts_per_second=self._deliveries / len(self._members) / took,
            deliveries_per_second=self._deliveries / took,
            p50_ms=1e3 * delays[(len(delays) - 1) // 2],
            p99_ms=1e3 * delays[int((len(delays) - 1) * 0.99)],
            **clock.figures(),
        )

    def _publish(self) -> None:
        number = self._number
        self._number += 1
        self._left[number] = (time.monotonic(), set(range(len(self._members))))
        text = f"~b{number} ".ljust(64, "x")
        task = asyncio.ensure_future(
            self._members[number % min(PUBLISHERS, len(self._members))].say(self._room, number, text)
        )
        self._sending.append(task)

    async def _read(self, index: int) -> None:
        while True:
            for found in _NUMBER.findall(await self._members[index].sync(_POLL_SECONDS)):
                self._count(int(found), index)

    def _count(self, number: int, index: int) -> None:
        if number not in self._left or index not in self._left[number][1]:
            return
        begun, left = self._left[number]
        left.discard(index)
        self._deliveries += 1
        self._arrived = time.monotonic()
        if not left:
            del self._left[number]
            self._delays.append(self._arrived - begun)
            if self._arrived < self._until:
                self._publish()


async def acknowledged(
    clients: Sequence[Client], rooms: Sequence[str], seconds: float, pid: int
) -> Published:
    """Have each send the next message to its room when the last one was answered."""
    clock = Clock(pid)
    until = clock.begun + seconds

    async def one(client: Client, room: str) -> list[float]:
        delays: list[float] = []
        while (begun := time.monotonic()) < until:
            await client.say(room, len(delays), "x" * 64)
            delays.append(time.monotonic() - begun)
        return delays

    return _published(clock, await asyncio.gather(*map(one, clients, rooms)), len(clients))


async def pages(client: Client, room: str, tokens: Sequence[str], seconds: float, pid: int) -> Published:
    """Read pages of 50 from any of these places, one after the other."""
    clock, chance = Clock(pid), random.Random(1)
    delays: list[float] = []
    while (begun := time.monotonic()) < clock.begun + seconds or not delays:
        await page(client, room, chance.choice(tokens))
        delays.append(time.monotonic() - begun)
    return _published(clock, [delays], 1)


async def page(client: Client, room: str, token: str = "") -> str:
    """Read a page of 50, the last one if no place is named. Where the next one begins, "" at the end."""
    query = urlencode({"dir": "b", "limit": 50, **({"from": token} if token else {})})
    found = await client.call("GET", f"rooms/{quote(room)}/messages?{query}")
    return str(found.get("end", ""))


def _published(clock: Clock, found: Sequence[Sequence[float]], under_way: int) -> Published:
    delays = sorted(delay for each in found for delay in each)
    took = time.monotonic() - clock.begun
    return Published(
        under_way=under_way,
        broadcasts=len(delays),
        deliveries=len(delays),
        lost=0,
        seconds=took,
        broadcasts_per_second=len(delays) / took,
        deliveries_per_second=len(delays) / took,
        p50_ms=1e3 * delays[(len(delays) - 1) // 2],
        p99_ms=1e3 * delays[int((len(delays) - 1) * 0.99)],
        **clock.figures(),
    )
