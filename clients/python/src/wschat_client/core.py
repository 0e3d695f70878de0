"""What a client does on its connections: rooms are joined, and events handed to whom they concern."""

import asyncio
from typing import Final

from wschat_client.address import Address
from wschat_client.backoff import Backoff
from wschat_client.connection import Answer
from wschat_client.cursor import log_seq
from wschat_client.desk import Desk
from wschat_client.errors import ClientEnded, RoomEnded, WschatError
from wschat_client.events import Event, Frame, Message, Person, Removed, parse_messages
from wschat_client.feed import Brake, Feeds
from wschat_client.identity import Conversation, Identity
from wschat_client.joins import NO_CODE, Joins, removal
from wschat_client.link import Link, OnState
from wschat_client.outbox import CLIENT
from wschat_client.seat import Entrance, Seat

LISTED: Final = 100  # conversations; a list in the answer to `hello` that is longer may have been cut


class Core:
    """The hooks of a link, and what the public classes stand on."""

    def __init__(
        self, address: Address, me: Identity, *, ping: float, queue: int, backoff: Backoff, on_state: OnState
    ) -> None:
        self.address = address
        self.me = me
        self._brake = Brake(queue)
        self.feeds = Feeds(self._brake)
        self.link = Link(
            address.socket, me, self, brake=self._brake, ping=ping, backoff=backoff, on_state=on_state
        )
        self._desk = Desk(self.link)
        self._joins = Joins(self.link, self._desk, self._hand_on, self._end)
        self._seats: dict[int, Seat] = {}
        self._past: set[int] = set()  # rooms that were left: late events of them are dropped
        self._all_listed: bool | None = None  # whether the first list of conversations was complete
        self._error: ClientEnded | None = None

    async def do(self, command: Frame, seat: Seat | None = None) -> Frame:
        """Have a command done, in its turn. Raises what is final."""
        error = self._error or (seat.error if seat is not None else None)
        if error is not None:
            raise error
        return await self._desk.do(command, CLIENT if seat is None else seat.number)

    def hint(self, command: Frame, seat: Seat) -> None:
        """Send a command now or never."""
        if seat.error is None:
            self._desk.hint(command, seat.number)

    # Rooms

    async def join(self, number: int, entrance: Entrance) -> Seat:
        """The seat in a room, once it is joined. In a room that is joined already, the present one."""
        if self._error is not None:
            raise self._error
        seat = self._seats.get(number)
        new = seat is None
        if seat is None:
            seat = self._take(Seat(number, entrance, Feeds(self._brake), self.me))
            self._joins.begin(seat)
        elif seat.direct:
            await self._open_conversation(seat, entrance)
        try:
            await asyncio.shield(seat.joined)
        except asyncio.CancelledError:
            if new:
                await self.leave(seat)
            raise
        return seat

    async def leave(self, seat: Seat) -> None:
        """Be in the room no more. Does nothing in a conversation of two, which cannot be left."""
        if seat.error is not None or seat.direct:
            return
        told: asyncio.Future[Answer] | None = None
        if self.link.connection is not None:
            told = asyncio.get_running_loop().create_future()
            self.link.connection.request({"type": "leave", "room": seat.number}, told.set_result)
        self._drop(seat, RoomEnded(seat.number, NO_CODE, "left"), clean=True)
        if told is not None:
            await asyncio.shield(told)

    def _take(self, seat: Seat) -> Seat:
        self._seats[seat.number] = seat
        self._past.discard(seat.number)
        seat.feeds.keep_from_now()
        return seat

    def _drop(
        self, seat: Seat, ended: RoomEnded, *, clean: bool = False, refused: WschatError | None = None
    ) -> None:
        if self._seats.get(seat.number) is seat:
            del self._seats[seat.number]
            self._past.add(seat.number)
        seat.end(ended, clean=clean, refused=refused)
        self._desk.end(seat.number, ended)

    def _end(self, seat: Seat, ended: RoomEnded, refused: WschatError | None = None) -> None:
        """The server does not have us in the room any more; `refused`: it would not let us in."""
        if refused is not None and seat.joined.done():
            event = removal(ended)
            seat.feeds.put(event)
            self.feeds.put(event)
        self._drop(seat, ended, refused=refused)

    # Conversations

    def conversation(self, number: int, other: Person, seq: int) -> Seat:
        """The seat in a conversation, which has come to `seq`."""
        seat = self._seats.get(number)
        if seat is None:  # if a complete list did not name it, it has begun since: its events are all to come
            seat = self._converse(number, 0 if self._all_listed else seq)
        seat.other = other
        return seat

    def _converse(self, number: int, seq: int) -> Seat:
        seat = self._take(Seat(number, Entrance(since=seq), Feeds(self._brake), self.me, direct=True))
        if self.link.connection is not None:
            self._desk.open(number)
        return seat

    async def _open_conversation(self, seat: Seat, entrance: Entrance) -> None:
        if entrance.since is not None:
            seat.rewind(entrance.since)
            self._joins.begin(seat)
        elif entrance.last:
            with seat.page() as page:
                answer = await self.do({"type": "history", "room": seat.number, "limit": entrance.last}, seat)
                messages = page.settle(parse_messages(answer["messages"]), int(answer["seq"]))
            seat.state.load(messages, max(int(answer["seq"]), seat.cursor.seq or 0))

    def _resume_conversations(self) -> None:
        """Their messages from while we were away come with a join."""
        talks = {talk.room: talk for talk in self.me.conversations}
        for talk in talks.values():
            if talk.room not in self._seats:
                self._converse(talk.room, self._known(talk))
            self._seats[talk.room].other = talk.other
        for seat in [seat for seat in self._seats.values() if seat.direct]:
            seen = seat.cursor.seq or 0
            if seat.number in talks and talks[seat.number].seq <= seen and seat.joined.done():
                self._desk.open(seat.number)
            else:
                seat.cursor.catch_up(seen)
                self._joins.begin(seat)

    def _known(self, talk: Conversation) -> int:
        """The position in a conversation without a seat: its end at first, the start if it is new."""
        if self._all_listed is None:
            return talk.seq
        return 0 if self._all_listed else talk.read

    # Hooks

    def up(self) -> None:
        """Take all seats again."""
        self._resume_conversations()
        if self._all_listed is None:
            self._all_listed = len(self.me.conversations) < LISTED
        for seat in list(self._seats.values()):
            if not seat.direct:
                self._joins.begin(seat)
        self._desk.open(CLIENT)

    def down(self, reason: WschatError) -> None:
        """Forget what belonged to the connection."""
        self._desk.down(reason)
        for seat in self._seats.values():
            seat.cursor.lost()

    def receive(self, event: Event) -> None:
        """Hand an event to the iterators, if it is new."""
        if isinstance(event, Message) and event.nonce is not None:
            self._desk.seen(event.nonce, event.room, event.seq)
        seat = self._seats.get(event.room) or self._begun(event)
        if seat is None:
            return
        self._hand_on(seat.receive(event))
        if isinstance(event, Removed):
            self._end(seat, RoomEnded(seat.number, event.code, event.error))

    def ended(self, error: ClientEnded, *, clean: bool) -> None:
        """End everything."""
        self._error = error
        for seat in self._seats.values():
            seat.end(error, clean=clean)
        self._desk.end_all(error)
        self.feeds.end(None if clean else error)

    def _hand_on(self, events: list[Event]) -> None:
        for event in events:
            self.feeds.put(event)

    def _begun(self, event: Event) -> Seat | None:
        """The seat in a conversation that another user began with us."""
        if not log_seq(event) or event.room in self._past:
            return None
        seat = self._converse(event.room, log_seq(event) - 1)
        if isinstance(event, Message) and event.sender.name != self.me.name:
            seat.other = event.sender
        return seat
