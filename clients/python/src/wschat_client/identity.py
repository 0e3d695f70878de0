"""The identity of a client: what it sends in `hello`, and what the server answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from wschat_client.errors import CommandError
from wschat_client.events import Frame, Person, parse_person

INVALID_TOKEN: Final = 403

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
    """`token`: an account's access token or a guest's session; or a coroutine function that gets one.

    `epoch`: the history that all seqs are of; `epoch_is_new`: the last hello told another one than before.
    """

    def __init__(self, name: str | None, color: str | None, token: Token | None) -> None:
        self.name = name
        self.color = color
        self.session: str | None = None
        self.epoch = ""
        self.epoch_is_new = False
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

    def hello_as_new(self, error: CommandError) -> Frame | None:
        """The command after this refusal, if a new guest may help: a restored backup lacks the old one."""
        if error.code != INVALID_TOKEN or self.session is None or not self.name:
            return None
        self.session = None
        command = {"type": "hello", "name": self.name, "color": self.color}
        return {field: value for field, value in command.items() if value is not None}

    def welcomed(self, answer: Frame) -> None:
        """What the server says who we are."""
        self.name, self.color = str(answer["name"]), str(answer["color"])
        self.participant, self.account = int(answer["participant"]), answer["account"] is True
        self.session = answer.get("session")
        epoch = str(answer.get("epoch", ""))
        self.epoch_is_new = bool(self.epoch and epoch and epoch != self.epoch)
        self.epoch = epoch
        self.conversations = [_conversation(frame) for frame in answer["directs"]]
        self._known = True

    async def _token(self) -> str | None:
        given: str | Callable[[], Awaitable[str]] | None = self._given
        return given if given is None or isinstance(given, str) else await given()


def _conversation(frame: Frame) -> Conversation:
    room, seq, read = (int(frame[field]) for field in ("room", "seq", "read"))
    return Conversation(room, parse_person(frame["with"]), seq, read, int(frame.get("unread", 0)))
