"""The entry point: one client, one participant, any number of rooms."""

from types import TracebackType
from typing import Self

from wschat_client.address import Address
from wschat_client.backoff import Backoff
from wschat_client.core import Core
from wschat_client.errors import WschatError
from wschat_client.event_stream import EventStream
from wschat_client.events import Unfinished, parse_person, parse_unfinished
from wschat_client.filters import (
    Caught,
    Filter,
    HeldMessage,
    parse_caught,
    parse_filter,
    parse_held_message,
)
from wschat_client.identity import Conversation, Identity, Token
from wschat_client.link import OnState, State
from wschat_client.membership import JoinOptions
from wschat_client.mentions import (
    BlockedPerson,
    JoinedRoom,
    MentionPage,
    SavedPage,
    parse_blocked,
    parse_joined_room,
    parse_mentions,
    parse_saved,
)
from wschat_client.reports import ReportPage, parse_report
from wschat_client.rest import find_room, room_token
from wschat_client.room import Ban, Room, parse_bans


class Client:
    """Connects on entering, and stays connected until it is left.

    `token`: an account's access token, or the `session` of a guest; without one you become a new guest under
    `name`. `on_state` is told "connecting", "connected", "waiting" (to try again) and "ended", with the
    reason of the last two. `ping`: seconds between pings, and until a link that answers none is given up.
    `queue`: events that an iterator holds before the reading stops.
    """

    def __init__(
        self,
        address: str,
        *,
        name: str | None = None,
        color: str | None = None,
        token: Token | None = None,
        on_state: OnState | None = None,
        ping: float = 20.0,
        queue: int = 1000,
        backoff: Backoff | None = None,
    ) -> None:
        """Raises ValueError if the address is none."""
        self._me = Identity(name, color, token)
        self._core = Core(
            Address.parse(address),
            self._me,
            ping=ping,
            queue=queue,
            backoff=backoff or Backoff(),
            on_state=on_state or _ignore,
        )

    async def __aenter__(self) -> Self:
        """Connect. Raises CannotConnect, or CommandError if the server refuses the name or the token.

        A server that answers "try again" (902: its database is away) is asked until it has another answer.
        """
        await self._core.link.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Disconnect for good. Waiting commands fail with ClientEnded; iterators end."""
        await self._core.link.stop()

    @property
    def name(self) -> str:
        """Your name, as the server has it."""
        return self._me.name or ""

    @property
    def participant(self) -> int:
        """Your number on the server."""
        return self._me.participant

    @property
    def account(self) -> bool:
        """Whether you have an account there."""
        return self._me.account

    @property
    def session(self) -> str | None:
        """As `token` of another Client it makes the same guest. Keep it secret. None: you are no guest."""
        return self._me.session

    @property
    def epoch(self) -> str:
        """The history of the server that all seqs are of. Keep it together with `Room.cursor`."""
        return self._me.epoch

    @property
    def conversations(self) -> list[Conversation]:
        """Your conversations of two when the present connection began, the latest first."""
        return list(self._me.conversations)

    async def join(
        self,
        room: int | str,
        *,
        last: int | None = None,
        since: int | None = None,
        epoch: str = "",
        token: Token = "",
        password: str | None = None,
    ) -> Room:
        """Enter a room, by number or title. If you are in it, or it is a conversation, it is opened.

        `last`: the number of latest messages in its `messages`. `since`: its events after this seq come
        first; `epoch`: the `Client.epoch` that it is of. A private or hidden room asks for a room token, or
        for its `password`, with which a token is got for each join. Raises CommandError if the server
        refuses.
        """
        if last is not None and since is not None:
            raise ValueError("give last or since, not both")
        number = room if isinstance(room, int) else await find_room(self._core.address, room)

        async def get_token() -> str:
            return await room_token(self._core.address, number, self.name, password or "")

        options = JoinOptions(last, since, token if password is None else get_token, epoch)
        return Room(self._core, await self._core.join(number, options))

    async def direct(self, name: str, text: str | None = None) -> Room:
        """Open the direct conversation with a user; with `text`, send it there."""
        answer = await self._core.do({"type": "direct", "to": name})
        other = parse_person(answer["with"])
        room = Room(self._core, self._core.conversation(int(answer["room"]), other, int(answer["seq"])))
        if text is not None:
            await room.send(text)
        return room

    async def mentions(
        self, room: int | None = None, *, before: int | None = None, limit: int = 50
    ) -> MentionPage:
        """The messages that mention you, latest first: in one room, or in all that you can read.

        `before`: the id of the last one of the page before.
        """
        asked = {"before": before, "limit": limit}
        return parse_mentions(await self._core.do({"type": "mentions"} | _in_room(room) | asked))

    async def saved(
        self, room: int | None = None, *, before: int | None = None, limit: int = 50
    ) -> SavedPage:
        """The messages that you saved, latest first: in one room, or in all that you can read.

        `before`: the `id` of the last one on the previous page.
        """
        asked = {"before": before, "limit": limit}
        return parse_saved(await self._core.do({"type": "saved"} | _in_room(room) | asked))

    async def save(self, room: int, seq: int, *, on: bool = True) -> None:
        """Save a message for later; with `on` false, remove it from those that you saved."""
        await self._core.do({"type": "save", "room": room, "target": seq, "on": on})

    async def keep_unfinished(self, room: int, text: str, *, reply_to: int | None = None) -> None:
        """Keep what you have begun to write in a room, for your other clients; "": remove it."""
        command = {"type": "keep_unfinished", "room": room, "text": text, "reply_to": reply_to}
        await self._core.do(command)

    async def unfinished(self) -> tuple[Unfinished, ...]:
        """What you have begun to write, in all rooms that you can read, latest first."""
        return tuple(map(parse_unfinished, (await self._core.do({"type": "unfinished"}))["texts"]))

    async def blocked(self) -> tuple[BlockedPerson, ...]:
        """The people whom you have blocked, latest first."""
        return parse_blocked(await self._core.do({"type": "blocked"}))

    async def block(self, participant: int, *, on: bool = True) -> None:
        """Block the participant of this number, as in their messages; with `on` false, unblock.

        The two of you cannot write to each other directly then, and their mentions do not call you.
        """
        await self._core.do({"type": "block", "participant": participant, "on": on})

    async def joined_rooms(self) -> tuple[JoinedRoom, ...]:
        """The rooms that you have joined, the latest first, with what is unread in each."""
        answer = await self._core.do({"type": "joined_rooms"})
        return tuple(map(parse_joined_room, answer["rooms"]))

    async def set_level(self, room: int, level: str, *, seconds: int | None = None) -> None:
        """Set what calls you in a room that you have joined: `all` messages, `mentions` or `nothing`.

        `seconds`: for how long; None: until you change it.
        """
        await self._core.do({"type": "level", "room": room, "level": level, "seconds": seconds})

    async def reports(
        self,
        room: int | None = None,
        *,
        mine: bool = False,
        done: bool = False,
        before: int | None = None,
        limit: int = 50,
    ) -> ReportPage:
        """The reports that wait, of a room or of all that you run; with `done`, those that are decided.

        `mine`: instead, those that you have filed. `before`: the id of the last one of the page before.
        """
        asked = {"room": room, "mine": mine, "done": done, "before": before, "limit": limit}
        answer = await self._core.do({"type": "reports", **asked})
        shown = [parse_report(one) for one in answer["reports"]]
        return ReportPage(shown, answer["more"] is True, answer.get("waiting"))

    async def claim(self, report: int, *, on: bool = True, handler: str | None = None) -> None:
        """Claim a report, to decide it, or release it: for moderators.

        `handler`: the handler that you expect it to have, "" for none. Refused with 914 if it has another one
        by now.
        """
        await self._core.do({"type": "claim", "report": report, "on": on, "handler": handler})

    async def decide(
        self, report: int, decision: str, *, seconds: int | None = None, reason: str = ""
    ) -> None:
        """End a report, and all others of the same message: for moderators.

        `decision`: `nothing` to do, `delete` the message, `mute`, `kick` or `ban` its sender, or `done` in
        some other way. Of a held message: `approve` or `reject` it, or `mute`, `kick` or `ban` its sender,
        which rejects it. `seconds`: how long a mute or ban lasts.
        """
        command = {"report": report, "decision": decision, "seconds": seconds, "reason": reason}
        await self._core.do({"type": "decide", **command})

    async def ban_from_server(
        self,
        name: str | None = None,
        *,
        pattern: str | None = None,
        network: str | None = None,
        newcomers: bool = False,
        hold: bool = False,
        seconds: int | None = None,
        reason: str = "",
        note: str = "",
    ) -> tuple[Ban, ...]:
        """Ban a name, a pattern of names (* is any text) or a network from the whole server: for staff.

        `seconds`: for how long; without, until further notice. `newcomers`: instead, for this many seconds
        no one new can join, and only staff can create rooms; with `hold` guests can join, and the first
        messages of new ones wait for a moderator. Returns all bans from the server.
        """
        whom = {"name": name, "pattern": pattern, "network": network, "newcomers": newcomers}
        whom |= {"hold": True} if hold else {}
        command = {"type": "ban_from_server", **whom, "seconds": seconds, "reason": reason, "note": note}
        return parse_bans(await self._core.do(command))

    async def unban_from_server(self, ban: int) -> tuple[Ban, ...]:
        """Lift a ban from the server, by its id: for staff. Returns those that are left."""
        return parse_bans(await self._core.do({"type": "unban_from_server", "ban": ban}))

    async def server_bans(self) -> tuple[Ban, ...]:
        """The bans from the server, the latest first: for staff."""
        return parse_bans(await self._core.do({"type": "server_bans"}))

    async def held_messages(self, room: int | None = None) -> tuple[HeldMessage, ...]:
        """Your own messages that wait for a moderator, the oldest first: of one room, or of all."""
        answer = await self._core.do({"type": "held"} | _in_room(room))
        return tuple(map(parse_held_message, answer["messages"]))

    async def filters(self, room: int | None = None) -> tuple[Filter, ...]:
        """The filters of a room, oldest first: for moderators. Without a room, the server's: for staff."""
        answer = await self._core.do({"type": "filters"} | _in_room(room))
        return tuple(map(parse_filter, answer["filters"]))

    async def add_filter(
        self,
        kind: str,
        action: str,
        *,
        room: int | None = None,
        pattern: str = "",
        amount: int | None = None,
        note: str = "",
    ) -> Filter:
        """Add a filter to a room: for moderators. Without a room, to the server: for staff.

        `kind`: `words`, `regex`, `links`, `invites`, `repeated`, `capitals` or `mentions`. `action`: `warn`,
        `hold`, `refuse` or `mute`. `pattern` and `amount` are for some kinds; the `note` is for moderators.
        """
        what = {"kind": kind, "action": action, "pattern": pattern, "amount": amount, "note": note}
        answer = await self._core.do({"type": "add_filter"} | _in_room(room) | what)
        return parse_filter(answer["filter"])

    async def change_filter(
        self,
        number: int,
        kind: str,
        action: str,
        *,
        pattern: str = "",
        amount: int | None = None,
        note: str = "",
    ) -> Filter:
        """Give a filter these values in place of all that it has: for moderators."""
        what = {"kind": kind, "action": action, "pattern": pattern, "amount": amount, "note": note}
        answer = await self._core.do({"type": "change_filter", "filter": number, **what})
        return parse_filter(answer["filter"])

    async def remove_filter(self, number: int) -> None:
        """Remove a filter: for moderators."""
        await self._core.do({"type": "remove_filter", "filter": number})

    async def try_filter(
        self,
        kind: str,
        action: str,
        *,
        room: int | None = None,
        pattern: str = "",
        amount: int | None = None,
    ) -> Caught:
        """See what a filter would have caught among the latest messages: for moderators. Nothing is added."""
        what = {"kind": kind, "action": action, "pattern": pattern, "amount": amount}
        return parse_caught(await self._core.do({"type": "try_filter"} | _in_room(room) | what))

    def events(self) -> EventStream:
        """An iterator over the events of all rooms and conversations, from now on.

        Asked for before the client is entered, it misses nothing.
        """
        return self._core.streams.open()


def _in_room(room: int | None) -> dict[str, int]:
    return {} if room is None else {"room": room}


def _ignore(state: State, reason: WschatError | None) -> None:
    """Ignore the state."""
