"""One person in one room, in the words of each protocol: who speaks and hears the same in all of them."""

from contextlib import AsyncExitStack
from typing import ClassVar

from tests.support.server import ServerProcess
from tests.support.sockets import Frame, Socket, open_socket


class Speaker:
    """A member of a room. `name` is what the others see."""

    protocol: ClassVar[str]
    joins: ClassVar[bool] = True  # whether the room hears of their coming, and they of others'

    def __init__(self, socket: Socket, room: int, name: str) -> None:
        self.socket = socket
        self.room = room
        self.name = name

    @classmethod
    async def enter(cls, stack: AsyncExitStack, server: ServerProcess, room: int, name: str) -> "Speaker":
        """Connect, and be in the room."""
        url = f"{server.ws_url}/dialects/{cls.protocol}/{room}"
        speaker = cls(await stack.enter_async_context(open_socket(url)), room, name)
        await speaker.arrive()
        return speaker

    async def arrive(self) -> None:
        """Be in the room under the name."""

    async def say(self, text: str) -> None:
        raise NotImplementedError

    async def go(self) -> None:
        """Leave the room, by going offline."""
        await self.socket.connection.close()

    def said(self, frame: Frame) -> tuple[str, str] | None:
        """The sender and text, if the frame is a message."""
        raise NotImplementedError

    def came(self, frame: Frame) -> str | None:
        """The name, if the frame is an arrival."""
        return None

    def went(self, frame: Frame) -> str | None:
        """The name, if the frame is a departure."""
        return None

    async def hears(self, sender: "Speaker", text: str) -> None:
        """The next thing that is said is this."""
        while (heard := self.said(await self.socket.receive())) is None:
            pass
        assert heard == (sender.name, text), (self.protocol, heard)

    async def is_refused(self) -> None:
        """What was said last was not taken."""
        while not self.refusal(await self.socket.receive()):
            pass

    def refusal(self, frame: Frame) -> bool:
        """Whether the frame is a refusal."""
        raise NotImplementedError

    async def sees_come(self, other: "Speaker") -> None:
        while self.came(await self.socket.receive()) != other.name:
            pass

    async def sees_go(self, other: "Speaker") -> None:
        while self.went(await self.socket.receive()) != other.name:
            pass


class Plain(Speaker):
    protocol = "plain"
    joins = False

    async def say(self, text: str) -> None:
        await self.socket.send(usr=self.name, msg=text)

    async def is_refused(self) -> None:
        """This protocol announces nothing: a later message under another label is the next event."""
        await self.socket.send(usr="marker", msg="marker")
        assert (await self.socket.receive())["usr"] == "marker"

    def said(self, frame: Frame) -> tuple[str, str] | None:
        return frame["usr"], frame["msg"]


class Uuid(Speaker):
    protocol = "uuid"

    async def arrive(self) -> None:
        first = await self.socket.receive()
        assert (first["sender"], first["action"]) == ("system", "connect")
        self.name = first["contents"]

    async def say(self, text: str) -> None:
        await self.socket.send(contents=text)

    def said(self, frame: Frame) -> tuple[str, str] | None:
        return (frame["sender"], frame["contents"]) if frame["action"] == "chat" else None

    def refusal(self, frame: Frame) -> bool:
        return frame["action"] == "error"

    def came(self, frame: Frame) -> str | None:
        return frame["contents"] if frame["action"] == "connect" else None

    def went(self, frame: Frame) -> str | None:
        return frame["contents"] if frame["action"] == "disconnect" else None


class Envelope(Speaker):
    protocol = "envelope"

    async def arrive(self) -> None:
        await self.do("Enter")
        await self.sees_come(self)

    async def do(self, kind: str, *, tagged: bool = True, token: str | None = None, **fields: str) -> None:
        """Send a message of this kind under our own name."""
        body: Frame = {"sender_username": self.name, **fields}
        await self.socket.send(message_type=kind, message_body={kind: body} if tagged else body, token=token)

    async def body(self, kind: str) -> Frame:
        """The body of the next message of this kind."""
        while (frame := await self.socket.receive())["message_type"] != kind:
            pass
        return body(frame)

    async def say(self, text: str) -> None:
        await self.do("GroupChat", content=text)

    def said(self, frame: Frame) -> tuple[str, str] | None:
        if frame["message_type"] != "GroupChat":
            return None
        return body(frame)["sender_username"], body(frame)["content"]

    def refusal(self, frame: Frame) -> bool:
        return frame["message_type"] == "PrivateInfo"

    def came(self, frame: Frame) -> str | None:
        return self._info(frame, " entered the room")

    def went(self, frame: Frame) -> str | None:
        return self._info(frame, " left the room")

    def _info(self, frame: Frame, end: str) -> str | None:
        if frame["message_type"] != "GroupInfo":
            return None
        info: str = body(frame)["info"]
        return info.removesuffix(end) if info.endswith(end) else None


def body(frame: Frame) -> Frame:
    """The fields of an envelope, tagged or flat."""
    inner: Frame = frame["message_body"]
    return inner.get(frame["message_type"], inner)


class Rooms(Speaker):
    protocol = "rooms"

    async def arrive(self) -> None:
        await self.socket.send(event_type="join", name=self.name)
        await self.sees_come(self)

    async def say(self, text: str) -> None:
        await self.socket.say(self.name, text)

    def said(self, frame: Frame) -> tuple[str, str] | None:
        return (frame["name"], frame["msg"]) if frame["event_type"] == "send" else None

    def refusal(self, frame: Frame) -> bool:
        return frame["event_type"] == "error"

    def came(self, frame: Frame) -> str | None:
        return frame["name"] if frame["event_type"] == "join" else None

    def went(self, frame: Frame) -> str | None:
        return frame["name"] if frame["event_type"] == "leave" else None


class V1(Speaker):
    protocol = "wschat.v1"

    async def arrive(self) -> None:
        assert (await self.socket.hello(self.name))["type"] == "ok"
        assert (await self.socket.ask(type="join", room=self.room))["type"] == "ok"

    async def say(self, text: str) -> None:
        await self.socket.send(type="send", id=0, room=self.room, text=text)

    def said(self, frame: Frame) -> tuple[str, str] | None:
        return (frame["sender"]["name"], frame["text"]) if frame["type"] == "message" else None

    def refusal(self, frame: Frame) -> bool:
        return frame["type"] == "error"

    def came(self, frame: Frame) -> str | None:
        return frame["who"]["name"] if frame["type"] == "joined" else None

    def went(self, frame: Frame) -> str | None:
        return frame["who"]["name"] if frame["type"] == "left" else None


SPEAKERS: list[type[Speaker]] = [Plain, Uuid, Envelope, Rooms, V1]
