"""The wiring of one process: log, presence, hub, feed, bus, recipients and sessions.

`chat.engine.process` has the one of this process.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Final, ParamSpec

from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.conf import settings

from chat import conf
from chat.delivery.bus import RIGHTS, Bus
from chat.delivery.hub import Hub
from chat.delivery.recipients import Recipients
from chat.delivery.router import Router
from chat.delivery.subscriptions import Subscriptions
from chat.delivery.tasks import Tasks
from chat.engine import bulk, upkeep
from chat.engine.figures import KEEP_SECONDS, Figures
from chat.errors import ChatError
from chat.log import held, mentions
from chat.log.log import answer_drafts, log
from chat.log.threads import run_in_thread
from chat.presence.members import Members
from chat.presence.moves import Move, Moved
from chat.presence.writer import presence
from chat.services import greetings, notices, reports, revocations, spending
from chat.services.loaders import Loaders
from chat.sessions.collaborators import Collaborators
from chat.sessions.revocation import LOOK_SECONDS, Revocation
from chat.sessions.session import Session

P = ParamSpec("P")

COME_BACK_SECONDS: Final = 4.0  # over which clients return, so that the last are in their rooms within 5


class Runtime:
    """One process's engine. All but `start` and `stop` of it is called on its event loop."""

    def __init__(self) -> None:
        self.started: asyncio.Task[None]
        self.loop = asyncio.get_running_loop()
        self.sessions: set[Session] = set()  # all that are connected
        self.figures = Figures()
        self._tasks = Tasks()
        self._bus = self._make_bus()
        self.hub = Hub()
        self.loaders = Loaders()
        subscriptions = Subscriptions(self.hub, self._bus, settings.ENV.wschat_slow_reader_seconds)
        self.recipients = Recipients(self.hub, subscriptions, self._bus, self._tasks)
        self._router = Router(subscriptions.feed, self.recipients, self._bus)
        self._members = Members(
            self.hub,
            self._router.publish_moves,
            subscriptions.feed.announcements.announce_now,
            subscriptions.open_room,
        )
        self.collaborators = Collaborators(
            limits=conf.get_size_limits(),
            auth_required=settings.ENV.wschat_auth_required,
            log=log,
            hub=self.hub,
            subscriptions=subscriptions,
            recipients=self.recipients,
            router=self._router,
            members=self._members,
            activity=presence.activity,
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
        revocations.listener = self._call_on_loop(self._doubt_participants)
        notices.listener = mentions.listener = self._call_on_loop(self._router.tell_participants)
        held.listener = reports.tell_filed
        log.listener = self._call_on_loop(self._router.publish_and_answer)
        log.watch_rooms(self.hub.rooms)
        presence.listener = self._call_on_loop(self._members.finish_moves)
        self.recipients.on_last_gone = self.names.on_last_gone
        feed = self.collaborators.subscriptions.feed
        poll = upkeep.Poll(self.hub, feed, self.recipients, self._end_epoch)
        groups = upkeep.Groups(self.hub, self._bus)
        lease = partial(upkeep.keep_lease, self._router.publish_moves)
        measure = partial(upkeep.measure_loop, self.hub, self._bus)
        # Poll and groups are separate tasks: while the poll waited for the bus, a frozen Redis delayed
        # messages between processes by 5 s, now by 1 s.
        repeated = (
            ("poll", poll.look_for_news, upkeep.POLL_SECONDS),
            ("groups", groups.leave_unused, upkeep.POLL_SECONDS),
            ("lease", lease, upkeep.lease_pause()),
            ("names", self.names.renew_names, upkeep.lease_pause()),
            ("rights", self._revocation.examine_next, LOOK_SECONDS),
            ("figures", self.figures.keep, KEEP_SECONDS),
            ("measure", measure, upkeep.MEASURE_SECONDS),
            ("budgets", upkeep.tidy_budgets, upkeep.BUDGET_SECONDS),
            ("purge", upkeep.purge_events, upkeep.PURGE_SECONDS),
            ("bulk deletions", partial(bulk.work_through, log), upkeep.BULK_SECONDS),
        )
        for what, work, seconds in repeated:
            self._tasks.start_task(upkeep.repeat_forever(what, work, seconds))

    async def stop(self) -> None:
        """Write what is waiting, give up the lease, leave the bus."""
        await self._tasks.cancel_all()
        with contextlib.suppress(ChatError):
            await run_in_thread(log.stop)
            await run_in_thread(presence.stop)
        log.listener, presence.listener = answer_drafts, _ignore_moves
        log.watch_rooms({})
        revocations.listener = notices.listener = held.listener = mentions.listener = None
        if self._bus is not None:
            await self._bus.stop()

    def send_farewells(self) -> None:
        """Tell all who are connected when to come back: each at a time of their own."""
        for session in list(self.sessions):
            # Spread out, so that the remaining processes do not get all clients at the same moment.
            session.send_farewell(random.uniform(0, COME_BACK_SECONDS))

    def _end_epoch(self) -> None:
        """The database has another history: all clients have to begin anew."""
        for session in list(self.sessions):
            session.send_farewell(random.uniform(0, COME_BACK_SECONDS))
            session.end_epoch()

    def _make_bus(self) -> Bus | None:
        """The bus, if other processes can be reached."""
        layer = get_channel_layer()
        if layer is None or isinstance(layer, InMemoryChannelLayer):
            return None
        return Bus(layer, lambda events, whom: self._router.receive_events(events, whom))

    def _call_on_loop(self, function: Callable[P, None]) -> Callable[P, object]:
        """The function for other threads to call: it runs on the event loop, a moment later."""
        return partial(self.loop.call_soon_threadsafe, function)

    def _doubt_participants(self, participants: Collection[int]) -> None:
        """These may have lost a right: look here, and have the other processes look."""
        self._revocation.examine_soon(participants)
        if self._bus is not None:
            self._bus.publish_doubt(list(participants))


async def _forget_earlier_process() -> None:
    """Forget the members of earlier processes: without a bus this is the only one."""
    with contextlib.suppress(ChatError):
        await run_in_thread(partial(presence.sweep_leases, alone=True))
        await run_in_thread(greetings.forget_earlier)


def _ignore_moves(moves: Sequence[Move], results: Sequence[Moved]) -> None:
    pass
