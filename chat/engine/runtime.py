"""The wiring of one process: log, presence, hub, feed, bus, recipients and sessions.

`chat.engine.process` has the one of this process.
"""

import asyncio
import contextlib
import random
from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

from channels.layers import InMemoryChannelLayer, get_channel_layer

from chat import conf
from chat.delivery.bus import RIGHTS, Bus
from chat.delivery.hub import Hub
from chat.delivery.presence import Presence
from chat.delivery.recipients import Recipients
from chat.delivery.router import Router
from chat.delivery.subscriptions import Subscriptions
from chat.delivery.tasks import Tasks
from chat.engine import upkeep
from chat.errors import ChatError
from chat.log.drafts import Draft, Outcome
from chat.log.log import answer_drafts, log
from chat.log.presence import presence
from chat.log.reader import read_from_log
from chat.presence import Move, Moved
from chat.services import people, revocations, spending
from chat.services.loaders import Loaders
from chat.sessions.collaborators import Collaborators
from chat.sessions.revocation import LOOK_SECONDS, Revocation
from chat.sessions.session import Session

COME_BACK_SECONDS: Final = 4.0  # over which clients return, so that the last are in their rooms within 5


class Runtime:
    """One process's engine. All but `start` and `stop` of it is called on its event loop."""

    def __init__(self) -> None:
        self.started: asyncio.Task[None]
        self.loop = asyncio.get_running_loop()
        self.sessions: set[Session] = set()  # all that are connected
        self._tasks = Tasks()
        self._bus = self._make_bus()
        self.hub = Hub()
        self.loaders = Loaders()
        subscriptions = Subscriptions(self.hub, self._bus, conf.slow_reader()[1])
        self.recipients = Recipients(self.hub, subscriptions, self._bus, self._tasks)
        self._router = Router(subscriptions.feed, self.recipients, self._bus)
        self._presence = Presence(
            self.hub, self._router.publish_events, self._router.announce_now, subscriptions.open_room
        )
        self.collaborators = Collaborators(
            limits=conf.get_limits(),
            auth_required=conf.auth_required(),
            log=log,
            hub=self.hub,
            subscriptions=subscriptions,
            recipients=self.recipients,
            router=self._router,
            presence=self._presence,
            loaders=self.loaders,
            tasks=self._tasks,
            budgets=spending.budgets,
        )
        self._revocation = Revocation(lambda: self.sessions)
        self.names = upkeep.Names(self.recipients, self.loaders, self._tasks)

    async def start(self) -> None:
        """Listen to the log, to presence and to the other processes."""
        if self._bus is not None:
            await self._bus.start()
            self._bus.on_doubt = self._revocation.examine_soon
            self._tasks.start_task(self._bus.join_group(RIGHTS))
        else:
            await _forget_earlier_process()
        self.hub.on_closed = self._revocation.doubt_room
        revocations.listener = self._on_doubt
        log.listener = self._on_commit
        presence.listener = self._presence.on_moves
        self.recipients.on_last_gone = self.names.on_last_gone
        feed = self.collaborators.subscriptions.feed
        poll, groups = upkeep.Poll(self.hub, feed, self.recipients), upkeep.Groups(self.hub, self._bus)
        lease = partial(upkeep.keep_lease, self._router.publish_events)
        measure = partial(upkeep.measure_loop, self.hub, self._bus)
        # Poll and groups are separate tasks: while the poll waited for the bus, a frozen Redis delayed
        # messages between processes by 5 s, now by 1 s.
        repeated = (
            ("poll", poll.look_for_news, upkeep.POLL_SECONDS),
            ("groups", groups.leave_unused, upkeep.POLL_SECONDS),
            ("lease", lease, upkeep.lease_pause()),
            ("names", self.names.renew_names, upkeep.lease_pause()),
            ("rights", self._revocation.examine_next, LOOK_SECONDS),
            ("measure", measure, upkeep.MEASURE_SECONDS),
            ("budgets", upkeep.tidy_budgets, upkeep.BUDGET_SECONDS),
            ("purge", upkeep.purge_events, upkeep.PURGE_SECONDS),
        )
        for what, work, seconds in repeated:
            self._tasks.start_task(upkeep.repeat_forever(what, work, seconds))

    async def stop(self) -> None:
        """Write what is waiting, give up the lease, leave the bus."""
        await self._tasks.cancel_all()
        with contextlib.suppress(ChatError):
            await read_from_log(log.stop)
            await read_from_log(presence.stop)
        log.listener, presence.listener = answer_drafts, _ignore_moves
        revocations.listener = None
        if self._bus is not None:
            await self._bus.stop()

    def say_farewell(self) -> None:
        """Tell all who are connected when to come back: each at a time of their own."""
        for session in list(self.sessions):
            # Spread out, so that the remaining processes do not get all clients at the same moment.
            session.say_farewell(random.uniform(0, COME_BACK_SECONDS))

    def _make_bus(self) -> Bus | None:
        """The bus, if other processes can be reached."""
        layer = get_channel_layer()
        if layer is None or isinstance(layer, InMemoryChannelLayer):
            return None
        return Bus(layer, lambda events, whom: self._router.receive_events(events, whom))

    # From other threads

    def _on_commit(self, drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
        self.loop.call_soon_threadsafe(self._publish_and_answer, drafts, outcomes)

    def _publish_and_answer(self, drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
        """After the commit: deliver the events, tell the other processes, answer the senders."""
        self._router.publish_events(
            [o.event for o in outcomes if o.fresh and o.event is not None and o.pair is None]
        )
        for outcome in outcomes:
            if outcome.pair is not None and outcome.fresh and outcome.event is not None:
                self._router.publish_events([outcome.event], outcome.pair)
        answer_drafts(drafts, outcomes)

    def _on_doubt(self, participants: Collection[int]) -> None:
        self.loop.call_soon_threadsafe(self._doubt_participants, participants)

    def _doubt_participants(self, participants: Collection[int]) -> None:
        """These may have lost a right: look here, and have the other processes look."""
        self._revocation.examine_soon(participants)
        if self._bus is not None:
            self._bus.publish_doubt(list(participants))


async def _forget_earlier_process() -> None:
    """Forget the members of earlier processes: without a bus this is the only one."""
    with contextlib.suppress(ChatError):
        await read_from_log(partial(presence.sweep_leases, alone=True))
        await read_from_log(people.forget_earlier)


def _ignore_moves(moves: Sequence[Move], results: Sequence[Moved]) -> None:
    pass
