"""What a client does on its connections: join rooms, and pass events to their iterators."""

import asyncio
from typing import Final

from wschat_client.address import Address
from wschat_client.backoff import Backoff
from wschat_client.command_queue import CommandQueue
from wschat_client.connection import Answer
from wschat_client.cursor import log_seq
from wschat_client.errors import ClientEnded, CommandError, RoomEnded, WschatError
from wschat_client.event_stream import Brake, EventStreams
from wschat_client.events import (
    Blocked,
    Event,
    Expiring,
    Frame,
    JoinedRoomChanged,
    Mentioned,
    Message,
    MessageSaved,
    Person,
    Removed,
    RulesAccepted,
    Unfinished,
    parse_messages,
)
from wschat_client.identity import Conversation, Identity
from wschat_client.joins import CURSOR_EXPIRED, NO_CODE, Joins, removal
from wschat_client.link import Link, OnState
from wschat_client.membership import JoinOptions, Membership
from wschat_client.outbox import CLIENT

# Events that come whatever rooms this client has joined.
OF_PARTICIPANT: Final = (Blocked, JoinedRoomChanged, Mentioned, MessageSaved, RulesAccepted, Unfinished)
LISTED: Final = 100  # conversations; a list in the answer to `hello` that is longer may have been cut


class Core:
    """The hooks of a link, and what the public classes stand on."""

    def __init__(
        self, address: Address, me: Identity, *, ping: float, queue: int, backoff: Backoff, on_state: OnState
    ) -> None:
        self.address = address
        self.me = me
        self._brake = Brake(queue)
        self.streams = EventStreams(self._brake)
        self.link = Link(
            address.socket, me, self, brake=self._brake, ping=ping, backoff=backoff, on_state=on_state
        )
        self._commands = CommandQueue(self.link)
        self._joins = Joins(self.link, self._commands, self._hand_on, self._end)
        self._memberships: dict[int, Membership] = {}
        self._past: set[int] = set()  # rooms that were left: late events of them are dropped
        self._all_listed: bool | None = None  # whether the first list of conversations was complete
        self._error: ClientEnded | None = None

    async def do(self, command: Frame, membership: Membership | None = None) -> Frame:
        """Send a command in its turn. Returns its `ok`, or raises its final error."""
        error = self._error or (membership.error if membership is not None else None)
        if error is not None:
            raise error
        return await self._commands.do(command, CLIENT if membership is None else membership.number)

    def hint(self, command: Frame, membership: Membership) -> None:
        """Send a command now or never."""
        if membership.error is None:
            self._commands.hint(command, membership.number)

    # Rooms

    async def join(self, number: int, options: JoinOptions) -> Membership:
        """The membership in a room, once it is joined. In a room that is joined already, the present one."""
        if self._error is not None:
            raise self._error
        membership = self._memberships.get(number)
        new = membership is None
        if membership is None:
            membership = self._take(Membership(number, options, EventStreams(self._brake), self.me))
            self._joins.begin(membership)
        elif membership.direct:
            await self._open_conversation(membership, options)
        try:
            await asyncio.shield(membership.joined)
        except asyncio.CancelledError:
            if new:
                await self.leave(membership)
            raise
        return membership

    async def leave(self, membership: Membership) -> None:
        """Leave the room. Does nothing in a direct conversation, which cannot be left."""
        if membership.error is not None or membership.direct:
            return
        told: asyncio.Future[Answer] | None = None
        if self.link.connection is not None:
            told = asyncio.get_running_loop().create_future()
            self.link.connection.request({"type": "leave", "room": membership.number}, told.set_result)
        self._drop(membership, RoomEnded(membership.number, NO_CODE, "left"), clean=True)
        if told is not None:
            await asyncio.shield(told)

    def _take(self, membership: Membership) -> Membership:
        self._memberships[membership.number] = membership
        self._past.discard(membership.number)
        membership.streams.keep_from_now()
        return membership

    def _drop(
        self,
        membership: Membership,
        ended: RoomEnded,
        *,
        clean: bool = False,
        refused: WschatError | None = None,
    ) -> None:
        if self._memberships.get(membership.number) is membership:
            del self._memberships[membership.number]
            self._past.add(membership.number)
        membership.end(ended, clean=clean, refused=refused)
        self._commands.end(membership.number, ended)

    def _end(self, membership: Membership, ended: RoomEnded, refused: WschatError | None = None) -> None:
        """The server ended our membership; `refused`: the error of a refused join."""
        if refused is not None and membership.joined.done():
            event = removal(ended)
            membership.streams.put(event)
            self.streams.put(event)
        self._drop(membership, ended, refused=refused)

    # Conversations

    def conversation(self, number: int, other: Person, seq: int) -> Membership:
        """The membership in a conversation, which has come to `seq`."""
        membership = self._memberships.get(number)
        if (
            membership is None
        ):  # if a complete list did not name it, it has begun since: its events are all to come
            membership = self._converse(number, 0 if self._all_listed else seq)
        membership.other = other
        return membership

    def _converse(self, number: int, seq: int) -> Membership:
        membership = self._take(
            Membership(number, JoinOptions(since=seq), EventStreams(self._brake), self.me, direct=True)
        )
        if self.link.connection is not None:
            self._commands.open(number)
        return membership

    async def _open_conversation(self, membership: Membership, options: JoinOptions) -> None:
        if options.since is not None:
            membership.rewind(options.since)
            self._joins.begin(membership)
        elif options.last:
            with membership.page() as page:
                answer = await self.do(
                    {"type": "history", "room": membership.number, "limit": options.last}, membership
                )
                messages = page.settle(parse_messages(answer["messages"]), int(answer["seq"]))
            membership.timeline.load(messages, max(int(answer["seq"]), membership.cursor.seq or 0))

    def _resume_conversations(self) -> None:
        """Their messages from while we were away come with a join."""
        talks = {talk.room: talk for talk in self.me.conversations}
        for talk in talks.values():
            if talk.room not in self._memberships:
                self._converse(talk.room, self._known(talk))
            self._memberships[talk.room].other = talk.other
        for membership in [membership for membership in self._memberships.values() if membership.direct]:
            seen = membership.cursor.seq or 0
            if membership.number in talks and talks[membership.number].seq < seen:
                # The server cannot know less in the same history.
                seen = talks[membership.number].seq
                self.streams.put(membership.reset(seen))
            if (
                membership.number in talks
                and talks[membership.number].seq <= seen
                and membership.joined.done()
            ):
                self._commands.open(membership.number)
            else:
                membership.cursor.catch_up(seen)
                self._joins.begin(membership)

    def _reset(self) -> None:
        """The server has another history: nothing that is known of the rooms holds."""
        self._all_listed = None
        self._commands.void(
            CommandError(CURSOR_EXPIRED, "Cursor expired", detail="the room has another history")
        )
        ends = {talk.room: talk.seq for talk in self.me.conversations}
        for membership in list(self._memberships.values()):
            seq = ends.get(membership.number, 0) if membership.direct else None
            self.streams.put(membership.reset(seq))

    def _known(self, talk: Conversation) -> int:
        """The position in a conversation without a membership: its end at first, the start if it is new."""
        if self._all_listed is None:
            return talk.seq
        return 0 if self._all_listed else talk.read

    # Hooks

    def up(self) -> None:
        """Take all memberships again."""
        if self.me.epoch_is_new:
            self._reset()
        self._resume_conversations()
        if self._all_listed is None:
            self._all_listed = len(self.me.conversations) < LISTED
        for membership in list(self._memberships.values()):
            if not membership.direct:
                self._joins.begin(membership)
        self._commands.open(CLIENT)

    def down(self, reason: WschatError) -> None:
        """Forget what belonged to the connection."""
        self._commands.down(reason)
        for membership in self._memberships.values():
            membership.cursor.lost()

    def receive(self, event: Event) -> None:
        """Hand an event to the iterators, if it is new."""
        if isinstance(event, Message) and event.nonce is not None:
            self._commands.seen(event.nonce, event.room, event.seq)
        membership = self._memberships.get(event.room) or self._begun(event)
        if membership is None:
            if isinstance(event, OF_PARTICIPANT):
                self._hand_on([event])
            return
        self._hand_on(membership.receive(event))
        if isinstance(event, Expiring):
            self._joins.renew(membership)
        if isinstance(event, Removed):
            self._end(membership, RoomEnded(membership.number, event.code, event.error))

    def ended(self, error: ClientEnded, *, clean: bool) -> None:
        """End everything."""
        self._error = error
        for membership in self._memberships.values():
            membership.end(error, clean=clean)
        self._commands.end_all(error)
        self.streams.end(None if clean else error)

    def _hand_on(self, events: list[Event]) -> None:
        for event in events:
            self.streams.put(event)

    def _begun(self, event: Event) -> Membership | None:
        """The membership in a conversation that another user began with us."""
        if not log_seq(event) or event.room in self._past:
            return None
        membership = self._converse(event.room, log_seq(event) - 1)
        if isinstance(event, Message) and event.sender.name != self.me.name:
            membership.other = event.sender
        return membership
