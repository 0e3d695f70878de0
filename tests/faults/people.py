"""The clients, in a process of their own: `python -m tests.faults.people`.

Reads one JSON command a line and answers each with one line, once it is done. `load.py` has the other half.
"""

import asyncio
import itertools
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from wschat_client import Backoff, Client, ConnectionLost, Message, Room

from tests.faults.records import Heard, Log, Lost

AT_ONCE = 20  # who may enter at the same time
QUEUE = 100_000  # more than any client will get
SOON = (0.2, 1.0)  # what is measured is the server, not how patient a client is


class Person:
    """One client in one room, who writes down what happens."""

    def __init__(self, address: str, name: str, room: int) -> None:
        self.address = address
        self.log = Log(name, room)
        self._entered = False
        self._sending: set[asyncio.Future[int]] = set()
        self._client = Client(
            address, name=name, queue=QUEUE, backoff=Backoff(*SOON), on_state=self._on_state
        )
        self.room: Room

    async def enter(self) -> None:
        """Connect, join, and listen from then on."""
        await self._client.__aenter__()
        self.room = await self._client.join(self.log.room, since=0)
        self._listening = asyncio.create_task(self._listen())
        self._entered = True

    async def say(self, text: str) -> None:
        """Say something until it is acknowledged."""
        sending = asyncio.ensure_future(self.room.send(text))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)
        seq = await sending
        self.log.said.append((text, seq))

    async def leave(self) -> None:
        """Go away, once all that was said is acknowledged."""
        await asyncio.gather(*self._sending)
        await self._client.close()
        await self._listening

    def drain(self) -> Log:
        """What was written down since the last time."""
        log, self.log = self.log, Log(self.log.name, self.log.room)
        return log

    async def _listen(self) -> None:
        async for event in self.room.events():
            if isinstance(event, Message):
                self.log.heard.append(Heard(event.seq, event.text, time.time()))

    def _on_state(self, state: str, reason: object) -> None:
        if state == "connected" and self._entered:
            self.log.back.append(time.time())
        if state == "waiting" and isinstance(reason, ConnectionLost):
            self.log.lost.append(Lost(time.time(), reason.code, reason.retry_after))


class Crowd:
    """All of them. Each public coroutine is a command."""

    def __init__(self) -> None:
        self._people: list[Person] = []
        self._saying: set[asyncio.Task[None]] = set()
        self._talking: asyncio.Task[None] | None = None
        self._speakers: list[Person] = []
        self._person = itertools.count()
        self._number = itertools.count(1)

    async def enter(self, addresses: list[str], rooms: list[int], count: int) -> int:
        """Create this number of clients, spread over the rooms, and in each over the addresses."""
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with turn:
                address = addresses[number // len(rooms) % len(addresses)]
                person = Person(address, f"r{rooms[0]} p{next(self._person)}", rooms[number % len(rooms)])
                await person.enter()
                self._people.append(person)

        await asyncio.gather(*(one(number) for number in range(count)))
        return len(self._people)

    async def replace(self) -> int:
        """Replace the oldest clients with new ones in the same rooms, publishers included."""
        old = self._people.pop(0)
        new = Person(old.address, f"r{old.log.room} n{next(self._person)}", old.log.room)
        await new.enter()
        self._people.append(new)
        self._speakers[:] = [new if person is old else person for person in self._speakers]
        await old.leave()
        return 0

    async def talk(
        self, rate: float, most: int | None = None, only: str = "", first: int | None = None
    ) -> int:
        """Begin to send at this rate a second, one client after the other; at most this number of messages.

        `only`: clients that joined at this address. `first`: only this number of them, the oldest.
        """
        self._speakers = [person for person in self._people if only in ("", person.address)][:first]
        self._talking = asyncio.create_task(self._talk(rate, most))
        return 0

    async def hush(self, seconds: float, *, finish: bool = False) -> int:
        """Stop, or `finish` first. Returns how many messages are unacknowledged after these seconds."""
        if self._talking is not None:
            if not finish:
                self._talking.cancel()
            await asyncio.gather(self._talking, return_exceptions=True)
        if self._saying:
            await asyncio.wait(self._saying, timeout=seconds)
        return len(self._saying)

    async def reach(self, seqs: list[tuple[int, int]], seconds: float) -> list[str]:
        """Wait until each client has this seq of its room. Returns those that have not in these seconds."""
        deadline, goal = time.monotonic() + seconds, dict(seqs)
        while behind := [p for p in self._people if p.room.cursor < goal.get(p.log.room, 0)]:
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(0.02)
        return [person.log.name for person in behind]

    async def report(self) -> list[Log]:
        """What was written down since the last report."""
        await asyncio.sleep(0)  # those who listen take what is there
        return [person.drain() for person in self._people]

    async def leave(self) -> int:
        """Everybody goes away."""
        people, self._people = self._people, []
        await asyncio.gather(*(person.leave() for person in people))
        return 0

    async def _talk(self, rate: float, most: int | None) -> None:
        start = time.monotonic()
        for said in itertools.count():
            if said == most:
                return
            person = self._speakers[said % len(self._speakers)]
            await asyncio.sleep(max(0.0, start + said / rate - time.monotonic()))
            saying = asyncio.create_task(person.say(f"{person.log.name} says {next(self._number)}"))
            self._saying.add(saying)
            saying.add_done_callback(self._saying.discard)


async def obey(lines: asyncio.StreamReader, answer: Callable[[bytes], Any]) -> None:
    """Do one command after the other, until there are no more."""
    crowd = Crowd()
    while line := await lines.readline():
        name, arguments = msgspec.json.decode(line, type=tuple[str, dict[str, Any]])
        command: Callable[..., Awaitable[Any]] = getattr(crowd, name)
        answer(msgspec.json.encode(await command(**arguments)) + b"\n")


async def main() -> None:
    """Listen to standard input."""
    lines = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)

    def answer(line: bytes) -> None:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()

    await obey(lines, answer)


if __name__ == "__main__":
    asyncio.run(main())
