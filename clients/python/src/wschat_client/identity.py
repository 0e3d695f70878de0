"""Who a client is: what it says in `hello`, and what it is told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from wschat_client.events import Frame, Person, parse_person

Token: TypeAlias = str | Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A room of two: the other one, how far it has come, how far you have read.

    `unread`: messages of the other member after that, counted up to 100.
    """

    room: int
    other: Person
    seq: int
    read: int
    unread: int = 0


class Identity:
    """`token`: an account's access token or a guest's session; or a coroutine function that gets one."""

    def __init__(self, name: str | None, color: str | None, token: Token | None) -> None:
        self.name = name
        self.color = color
        self.session: str | None = None
        self.participant = 0
        self.account = False
        self.conversations: list[Conversation] = []
        self._given = token
        self._known = False

    async def hello(self) -> Frame:
        """The command. Once the server knows us, we return with the same identity and name."""
        command: Frame = {"type": "hello"}
        if token := self.session or await self._token():
            command["token"] = token
        if not (self._known and token):
            wanted = {"name": self.name, "color": self.color}
            command |= {field: value for field, value in wanted.items() if value is not None}
        return command

    def welcomed(self, answer: Frame) -> None:
        """What the server says who we are."""
        self.name, self.color = str(answer["name"]), str(answer["color"])
        self.participant, self.account = int(answer["participant"]), answer["account"] is True
        self.session = answer.get("session")
        self.conversations = [_conversation(frame) for frame in answer["directs"]]
        self._known = True

    async def _token(self) -> str | None:
        given: str | Callable[[], Awaitable[str]] | None = self._given
        return given if given is None or isinstance(given, str) else await given()


def _conversation(frame: Frame) -> Conversation:
    room, seq, read = (int(frame[field]) for field in ("room", "seq", "read"))
    return Conversation(room, parse_person(frame["with"]), seq, read, int(frame.get("unread", 0)))
