"""WebSocket clients that read like the protocol."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

PATIENCE = 10.0  # seconds until a frame that has to come is given up
Frame = dict[str, Any]


class Socket:
    """One connection, in JSON."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.events: list[Frame] = []
        self._last_id = 0

    async def send(self, **fields: Any) -> None:
        await self.connection.send(json.dumps(fields))

    async def send_raw(self, frame: str | bytes) -> None:
        await self.connection.send(frame)

    async def receive(self) -> Frame:
        """The next frame."""
        async with asyncio.timeout(PATIENCE):
            frame: Frame = json.loads(await self.connection.recv())
        return frame

    async def receive_until(self, **fields: Any) -> Frame:
        """The next frame with these values; those before it are dropped."""
        while True:
            frame = await self.receive()
            if all(frame.get(name) == value for name, value in fields.items()):
                return frame

    async def receive_all(self, count: int) -> list[Frame]:
        return [await self.receive() for _ in range(count)]

    async def closed(self) -> tuple[int, str]:
        """Wait for the end; its close code and reason. Frames before it are dropped."""
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code or 0, self.connection.close_reason or ""

    async def quiet(self) -> bool:
        """Whether nothing is on its way: a ping is answered after all that was sent before it."""
        await (await self.connection.ping())
        try:
            async with asyncio.timeout(0):
                await self.connection.recv()
        except TimeoutError:
            return True
        return False

    # wschat.v1

    async def ask(self, **command: Any) -> Frame:
        """Send a command; its answer, `ok` or `error`. Events before it are kept in `events`."""
        self._last_id += 1
        await self.send(id=self._last_id, **command)
        while True:
            frame = await self.receive()
            if frame.get("id") == self._last_id:
                return frame
            self.events.append(frame)

    async def hello(self, name: str, **fields: Any) -> Frame:
        """Say hello, as soon as the name is free: it may still be that of the last test."""
        async with asyncio.timeout(PATIENCE):
            while (answer := await self.ask(type="hello", name=name, **fields)).get("code") == 202:
                pass
        return answer

    async def event(self, kind: str, **fields: Any) -> Frame:
        """The next event of this kind with these values, of those kept and those that come."""
        while True:
            while self.events:
                frame = self.events.pop(0)
                if frame["type"] == kind and all(frame.get(key) == value for key, value in fields.items()):
                    return frame
            self.events.append(await self.receive())

    # rooms

    async def join(self, name: str, color: str = "red") -> Frame:
        await self.send(event_type="join", name=name, color=color)
        return await self.receive()

    async def say(self, name: str, msg: str) -> None:
        await self.send(event_type="send", name=name, msg=msg)


@contextlib.asynccontextmanager
async def open_socket(url: str, **options: Any) -> AsyncIterator[Socket]:
    """A connection to `url`, cut at the end: frames left unread would hold up a closing handshake."""
    async with connect(url, proxy=None, **options) as connection:
        try:
            yield Socket(connection)
        finally:
            connection.transport.abort()


async def refused(url: str, **options: Any) -> tuple[int, Frame, dict[str, str]]:
    """The answer to a handshake that is refused: status, body, headers."""
    try:
        async with connect(url, proxy=None, **options):
            raise AssertionError("the handshake was accepted")
    except InvalidStatus as error:
        return error.response.status_code, json.loads(error.response.body), dict(error.response.headers)
