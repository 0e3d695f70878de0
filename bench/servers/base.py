"""What a chat server is asked to do, whatever its protocol is."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.contenders import PEERS
from bench.generator import Opened, Options, Published, Talk
from bench.stand import PUBLISHERS, Running, Stand

READERS: Final = 25  # who read a history in turns: one alone asks so much that ours would slow them down
ABREAST: Final = 100  # clients that connect at the same time: the backlog of some servers takes no more

_SILENCE: Final = 60  # seconds: with 64 messages under way Prosody may send nothing for ten
_PATIENCE: Final = 400  # seconds for all to come in, where that is not what is measured


class ChatServer(ABC):
    """One of those that are compared.

    `keeps`: where a message is when it is acknowledged. `most`: larger crowds take too long.
    """

    name: str
    keeps: str
    most = 1_000_000

    def lacks(self) -> str:
        """What is not installed and keeps it out; empty if nothing."""
        return ""

    @abstractmethod
    def serving(self, stand: Stand, folder: Path) -> contextlib.AbstractContextManager[Running]:
        """Let it run for as long as the block lasts, with its data in the folder: again, perhaps."""

    @abstractmethod
    def enter(self, stand: Stand, server: Running, clients: int) -> Opened:
        """Have new clients connect and join one room, and go. Some may not have got in."""

    @abstractmethod
    def broadcast(
        self, stand: Stand, server: Running, members: int, under_way: Sequence[int]
    ) -> list[Published]:
        """Have members of a room publish; one phase for each number under way in all."""

    @abstractmethod
    def acknowledge(self, stand: Stand, server: Running, rooms: int) -> Published:
        """Have a member of each room send the next message when the last one was taken."""

    @abstractmethod
    def stay(self, stand: Stand, server: Running, clients: int) -> contextlib.AbstractContextManager[object]:
        """Have new clients join one room, and do nothing for as long as the block lasts."""

    @abstractmethod
    def fall_behind(self, server: Running, clients: int, behind: int) -> Any:
        """Send what clients that are away miss. What they know then is for `catch_up`."""

    @abstractmethod
    def catch_up(self, stand: Stand, server: Running, clients: int, known: Any) -> Opened:
        """Have the clients that were away all come at once, until each has the last message."""

    @abstractmethod
    def fill(self, server: Running, messages: int) -> int:
        """Put messages into a room, and say how many there are: fewer, if that takes too long."""

    @abstractmethod
    def read_history(self, stand: Stand, server: Running, messages: int) -> Published:
        """Have a member of that room read pages of 50 messages, one after the other, each from anywhere."""


class SocketServer(ChatServer):
    """A server whose clients talk over WebSocket, so that the load generator can be all of them.

    `room`: how they talk in one room.
    """

    room: Talk

    @abstractmethod
    def talk_in_rooms(self, server: Running, rooms: int) -> tuple[Talk, Options]:
        """How each client talks in a room of its own."""

    @abstractmethod
    def talk_of_history(self) -> Talk:
        """How a client asks for pages."""

    def enter(self, stand: Stand, server: Running, clients: int) -> Opened:
        return _open(stand, server, self.room, clients)

    def broadcast(
        self, stand: Stand, server: Running, members: int, under_way: Sequence[int]
    ) -> list[Published]:
        options = {
            "n": members,
            "b": min(PUBLISHERS, members),
            "c": ABREAST,
            "o": _PATIENCE,
            "q": _SILENCE,
            "t": stand.seconds,
        }
        return stand.generator.run(self.room, [server.port], server.pid, options, under_way)

    def acknowledge(self, stand: Stand, server: Running, rooms: int) -> Published:
        talk, words = self.talk_in_rooms(server, rooms)
        options = {"n": rooms, "c": ABREAST, "b": rooms, "x": 1, "q": _SILENCE, "t": stand.seconds, **words}
        return stand.generator.run(talk, [server.port], server.pid, options)[0]

    def stay(self, stand: Stand, server: Running, clients: int) -> contextlib.AbstractContextManager[object]:
        return stand.generator.hold(
            self.room, [server.port], server.pid, {"n": clients, "c": ABREAST, "o": _PATIENCE}
        )

    def catch_up(self, stand: Stand, server: Running, clients: int, known: tuple[Talk, Options]) -> Opened:
        talk, words = known
        return _open(stand, server, talk, clients, words)

    def read_history(self, stand: Stand, server: Running, messages: int) -> Published:
        turns: Options = {"n": READERS, "b": READERS, "x": 1, "y": 1, "r": messages}
        options = {**turns, "q": _SILENCE, "t": stand.seconds}
        return stand.generator.run(self.talk_of_history(), [server.port], server.pid, options, (1,))[0]


def _open(stand: Stand, server: Running, talk: Talk, clients: int, words: Options | None = None) -> Opened:
    options = {"n": clients, "c": ABREAST, **(words or {})}
    return stand.generator.open_only(talk, [server.port], server.pid, options)


def configuration(name: str, folder: Path, port: int) -> Path:
    """Write the configuration of a server into its folder, from the pattern in bench/peers/."""
    file = folder / name
    text = (PEERS / name).read_text("utf-8")
    file.write_text(text.replace("@FOLDER@", str(folder)).replace("@PORT@", str(port)), "utf-8")
    return file
