"""Fakes of what a session works with: they hold what it asked of them, and answer what a test says."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, cast

from chat import permissions
from chat.answers import RoomInfo, Welcome
from chat.commands import Hello
from chat.conf import SizeLimits
from chat.delivery.hub import Hub, LiveRoom, Subscription
from chat.delivery.recipients import Recipient
from chat.dialects import DIALECTS
from chat.errors import DUPLICATE_USERNAME, ROOM_NOT_FOUND, ChatError
from chat.events import Event, Message, Sender
from chat.log.drafts import Draft, Outcome
from chat.permissions import Actor
from chat.presence.moves import Arrival, Departure, Moved
from chat.services.access import Pass
from chat.services.entrances import Entrance
from chat.services.greetings import Greeting
from chat.services.marks import Reading
from chat.sessions.collaborators import Collaborators
from chat.sessions.session import Session
from tests.delivery.fakes import NOW, RecordingOutbox

INFO = RoomInfo("lobby", "", "public", locked=False, moderator=False, owner=False)


class FakeLoader:
    """A batch loader that answers by a function."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    async def load(self, question: Any) -> Any:
        self.asked.append(question)
        return self.answer(question)


class FakeLoaders:
    """`admitted`: the passes by room; what is not there is refused."""

    def __init__(self) -> None:
        self.admitted: dict[int, Pass] = {1: Pass(1, INFO, 1), 2: Pass(2, INFO, 1)}
        self.refused_to_write: ChatError | None = None
        self._participants = 6
        self.greetings = FakeLoader(self._greet)
        self.admissions = FakeLoader(self._admit)
        self.members = FakeLoader(lambda room: (Sender("ann"),))
        self.entrances = FakeLoader(lambda asked: Entrance((Sender("ann"),), 1, Reading(0, 0)))
        self.typing_checks = FakeLoader(self._check_may_type)

    def _greet(self, asked: tuple[Hello, Actor]) -> Greeting:
        self._participants += 1
        number, sender = self._participants, Sender(asked[0].name or "", "", self._participants)
        return Greeting(Actor(number), number, Welcome(sender, False, "secret", ()), {})

    def _admit(self, asked: tuple[int, str, Actor]) -> Pass:
        if asked[0] not in self.admitted:
            raise ChatError(ROOM_NOT_FOUND)
        return self.admitted[asked[0]]

    def _check_may_type(self, asked: object) -> int:
        if self.refused_to_write is not None:
            raise self.refused_to_write
        return 10**9


class FakePresence:
    """Takes each arrival unless the name is in `taken`."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.arrived: list[Arrival] = []
        self.departed: list[Departure] = []

    async def add_member(self, move: Arrival, subscription: Subscription | None = None) -> Moved:
        if move.who.name in self.taken:
            return Moved(error=ChatError(DUPLICATE_USERNAME, field="name"))
        self.arrived.append(move)
        return Moved(news=True)

    async def wait_for_departures(self) -> None:
        pass

    def remove_member(self, move: Departure) -> None:
        self.departed.append(move)


class FakeLog:
    """Keeps drafts until a test answers them."""

    def __init__(self) -> None:
        self.drafts: list[Any] = []

    def submit(self, draft: Draft, source: object = None) -> None:
        self.drafts.append(draft)

    def commit(self) -> None:
        """Answer all drafts, each with a seq of its own."""
        drafts, self.drafts = self.drafts, []
        for seq, draft in enumerate(drafts, start=1):
            draft.reply(Outcome(event=Message(draft.room, seq, NOW, Sender("ann"), "")))

    def refuse(self, error: ChatError) -> None:
        drafts, self.drafts = self.drafts, []
        for draft in drafts:
            draft.reply(Outcome(error=error))


class FakeFeed:
    async def come_up(self, room: int, seq: int) -> None:
        pass


class FakeSubscriptions:
    """Subscribes to rooms that have come to seq 5."""

    def __init__(self, hub: Hub) -> None:
        self.feed = FakeFeed()
        self.since: dict[int, int | None] = {}
        self._hub = hub

    async def subscribe(self, subscription: Subscription, since: int | None) -> int:
        self._hub.open_room(LiveRoom(subscription.room, 5))
        self._hub.add_subscription(subscription)
        self.since[subscription.room] = since
        return 5


class FakeRecipients:
    def __init__(self) -> None:
        self.connected: list[Recipient] = []

    async def expect_participant(self, participant: int) -> None:
        pass

    def add_recipient(
        self, recipient: Recipient, known: Mapping[int, int], conversations: Iterable[Any]
    ) -> None:
        self.connected.append(recipient)

    def remove_recipient(self, recipient: Recipient) -> None:
        self.connected.remove(recipient)

    def delivered_to(self, recipient: Recipient) -> dict[int, int]:
        return {}

    def subscribe(
        self, recipient: Recipient, room: int, pair: tuple[int, int], since: int | None
    ) -> tuple[Subscription, int]:
        return recipient.new_subscription(room), 3


class FakeRouter:
    def __init__(self) -> None:
        self.published: list[Event] = []

    def publish_events(self, room: int, events: Sequence[Event], pair: tuple[int, int] | None = None) -> None:
        self.published += events


class FakeTasks:
    def start_task(self, work: Coroutine[Any, Any, None]) -> None:
        work.close()


class Stage:
    """One session of a dialect, between fakes. `frames`: what the client was sent, parsed."""

    def __init__(self, dialect: str = "wschat.v1", *, auth_required: bool = False) -> None:
        self.hub = Hub()
        self.log, self.loaders, self.presence = FakeLog(), FakeLoaders(), FakePresence()
        self.subscriptions, self.recipients = FakeSubscriptions(self.hub), FakeRecipients()
        self.router = FakeRouter()
        self.outbox = RecordingOutbox()
        collaborators = Collaborators(
            limits=SizeLimits(),
            auth_required=auth_required,
            log=cast(Any, self.log),
            hub=self.hub,
            subscriptions=cast(Any, self.subscriptions),
            recipients=cast(Any, self.recipients),
            router=cast(Any, self.router),
            members=cast(Any, self.presence),
            loaders=cast(Any, self.loaders),
            tasks=cast(Any, FakeTasks()),
        )
        self.session = Session(collaborators, self.outbox, DIALECTS[dialect], permissions.ANONYMOUS)

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(payload) for payload in self.outbox.payloads]

    def receive(self, **fields: Any) -> Awaitable[None] | None:
        """Give the session a frame. What is returned has to be awaited before the next."""
        return self.session.receive_frame(json.dumps(fields))

    async def ask(self, **fields: Any) -> dict[str, Any]:
        """Give the session a frame, and wait until it is done; the last frame of the client then."""
        if (pending := self.receive(**fields)) is not None:
            await asyncio.wait_for(pending, 10)
        return self.frames[-1]

    async def enter(self, name: str = "ann", room: int = 1) -> None:
        """Say hello and join a room of `wschat.v1`."""
        assert (await self.ask(type="hello", id=1, name=name))["type"] == "ok"
        assert (await self.ask(type="join", id=2, room=room))["type"] == "ok"
