"""The way in: one client, one participant, any number of rooms."""

from types import TracebackType
from typing import Self

from wschat_client.address import Address
from wschat_client.backoff import Backoff
from wschat_client.core import Core
from wschat_client.errors import WschatError
from wschat_client.events import parse_person
from wschat_client.feed import Feed
from wschat_client.identity import Conversation, Identity, Token
from wschat_client.link import OnState, State
from wschat_client.rest import find_room, room_token
from wschat_client.room import Room
from wschat_client.seat import Entrance


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
        """Go away. Commands that wait fail with ClientEnded; iterators end."""
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
    def conversations(self) -> list[Conversation]:
        """Your conversations of two when the present connection began, the latest first."""
        return list(self._me.conversations)

    async def join(
        self,
        room: int | str,
        *,
        last: int | None = None,
        since: int | None = None,
        token: Token = "",
        password: str | None = None,
    ) -> Room:
        """Enter a room, by number or title. If you are in it, or it is a conversation, it is opened.

        `last`: the number of latest messages in its `state`. `since`: its events after this seq come
        first. A private or hidden room asks for a room token, or for its `password`, with which a token is
        got for each join. Raises CommandError if the server refuses.
        """
        if last is not None and since is not None:
            raise ValueError("give last or since, not both")
        number = room if isinstance(room, int) else await find_room(self._core.address, room)

        async def get_token() -> str:
            return await room_token(self._core.address, number, self.name, password or "")

        entrance = Entrance(last, since, token if password is None else get_token)
        return Room(self._core, await self._core.join(number, entrance))

    async def direct(self, to: str, text: str | None = None) -> Room:
        """Open the direct conversation with a user; with `text`, send it there."""
        answer = await self._core.do({"type": "direct", "to": to})
        other = parse_person(answer["with"])
        room = Room(self._core, self._core.conversation(int(answer["room"]), other, int(answer["seq"])))
        if text is not None:
            await room.send(text)
        return room

    def events(self) -> Feed:
        """An iterator over the events of all rooms and conversations, from now on.

        Asked for before the client is entered, it misses nothing.
        """
        return self._core.feeds.open()


def _ignore(state: State, reason: WschatError | None) -> None:
    """Ignore the state."""
