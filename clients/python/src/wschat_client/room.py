"""A room, as the user of a client has it."""

from dataclasses import dataclass

from wschat_client.core import Core
from wschat_client.errors import WschatError
from wschat_client.events import Frame, Message, Person, parse_messages, parse_person
from wschat_client.feed import Feed
from wschat_client.outbox import new_nonce
from wschat_client.seat import RoomInfo, Seat
from wschat_client.state import RoomState


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, oldest first, as they are now. `more`: there are others in the direction asked for."""

    messages: list[Message]
    more: bool


@dataclass(frozen=True, slots=True)
class Moderators:
    """Who runs a room: its owner (None: only staff) and its moderators, by name."""

    owner: Person | None
    moderators: tuple[Person, ...]


class Room:
    """A room that was joined, or a conversation of two. Its coroutines survive lost connections."""

    def __init__(self, core: Core, seat: Seat) -> None:
        self._core = core
        self._seat = seat

    @property
    def number(self) -> int:
        """Its number on the server."""
        return self._seat.number

    @property
    def info(self) -> RoomInfo | None:
        """Title, description and so on; None in a conversation that was not joined."""
        return self._seat.info

    @property
    def other(self) -> Person | None:
        """The other one in a conversation of two."""
        return self._seat.other

    @property
    def state(self) -> RoomState:
        """Its latest messages, those that were asked for in the join and all since, as of `cursor`."""
        return self._seat.state

    @property
    def cursor(self) -> int:
        """The seq of the last event handed on; `client.join(…, since=room.cursor)` goes on from there."""
        return self._seat.cursor.seq or 0

    @property
    def read_mark(self) -> int:
        """How far you have read, as far as is known here."""
        return self._seat.read

    @property
    def unread(self) -> int:
        """The number of messages of others after your read mark, as last sent by the server; 100 at most.

        It says so with each join, and when another connection of yours moves the mark.
        """
        return self._seat.unread

    @property
    def error(self) -> WschatError | None:
        """Why you are in the room no more; None as long as you are."""
        return self._seat.error

    def events(self) -> Feed:
        """An iterator over its events, each event of the log once and in order.

        The first one begins at the join, if it is asked for before a whole queue of events has come; others,
        and a late one, begin now: what was before is in `state`. It raises RoomEnded or ClientEnded after the
        last event, if there is a reason, and just ends after `leave` or `close`.
        """
        return self._seat.feeds.open()

    async def send(self, text: str, *, reply_to: int | None = None) -> int:
        """Send a message. Returns its seq once stored. Raises CommandError if it is refused for good."""
        fields: Frame = {} if reply_to is None else {"reply_to": reply_to}
        answer = await self._do("send", text=text, nonce=new_nonce(), **fields)
        return int(answer["seq"])

    async def edit(self, target: int, text: str) -> int | None:
        """Give your message another text. The seq of the change; None if there was nothing to change."""
        return (await self._do("edit", target=target, text=text)).get("seq")

    async def delete(self, target: int) -> int | None:
        """Take a message away. The seq of that; None if there was nothing to take away."""
        return (await self._do("delete", target=target)).get("seq")

    async def react(self, target: int, emoji: str, *, on: bool = True) -> int | None:
        """Add an emoji to a message, or take yours away. The seq; None if there was nothing to change."""
        return (await self._do("react", target=target, emoji=emoji, on=on)).get("seq")

    async def pin(self, target: int, *, on: bool = True) -> int | None:
        """Pin or unpin a message: for moderators, and for both members of a conversation.

        The seq; None if there was nothing to change.
        """
        return (await self._do("pin", target=target, on=on)).get("seq")

    async def mute(self, name: str, *, seconds: int | None = None, on: bool = True) -> int | None:
        """Mute a name for some seconds or until further notice, or unmute it: for moderators.

        The seq; None if there was nothing to change.
        """
        return (await self._do("mute", name=name, seconds=seconds, on=on)).get("seq")

    async def set_moderator(self, name: str, *, on: bool = True) -> int | None:
        """For the owner of the room, and staff: let a participant moderate it, or no longer.

        The seq; None if there was nothing to change.
        """
        return (await self._do("moderator", name=name, on=on)).get("seq")

    async def moderators(self) -> Moderators:
        """Who runs the room."""
        answer = await self._do("moderators")
        owner = None if answer["owner"] is None else parse_person(answer["owner"])
        return Moderators(owner, tuple(map(parse_person, answer["moderators"])))

    async def describe(self, description: str) -> int:
        """Change the description, if you may change the room. Returns the seq of the change."""
        return int((await self._do("describe", description=description))["seq"])

    async def read(self, seq: int) -> None:
        """Move your read mark forward."""
        await self._do("read", seq=seq)
        self._seat.read = max(self._seat.read, seq)

    async def members(self) -> list[Person]:
        """The members of the room, in the order in which they joined."""
        return [parse_person(frame) for frame in (await self._do("members"))["members"]]

    async def history(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> Page:
        """The latest messages before a seq, the first after one, or the latest of all; 100 at most.

        They are as of the last event handed on when this returns.
        """
        asked = {"before": before, "after": after, "limit": limit}
        fields = {name: value for name, value in asked.items() if value is not None}
        with self._seat.page() as page:
            answer = await self._do("history", **fields)
            messages = page.settle(parse_messages(answer["messages"]), int(answer["seq"]))
        return Page(messages, answer["more"] is True)

    async def search(self, text: str, *, before: int | None = None, limit: int = 50) -> Page:
        """The latest messages with all these words, or the latest of them before a seq; 100 at most."""
        fields = {} if before is None else {"before": before}
        answer = await self._do("search", text=text, limit=limit, **fields)
        return Page(parse_messages(answer["messages"]), answer["more"] is True)

    async def pins(self) -> list[Message]:
        """The messages that are pinned to the room, as they are now, the latest pin first."""
        with self._seat.page() as page:
            answer = await self._do("pins")
            messages = page.settle(parse_messages(answer["messages"]), int(answer["seq"]))
        return [message for message in messages if message.pinned]

    def typing(self) -> None:
        """Tell the others that you are writing; again every few seconds. Lost if there is no connection."""
        self._core.hint(self._command("typing"), self._seat)

    async def leave(self) -> None:
        """Be in the room no more. A conversation of two cannot be left."""
        await self._core.leave(self._seat)

    def _command(self, kind: str, **fields: object) -> Frame:
        return {"type": kind, "room": self.number, **fields}

    async def _do(self, kind: str, **fields: object) -> Frame:
        return await self._core.do(self._command(kind, **fields), self._seat)
