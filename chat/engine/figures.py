"""Store figures of this process for the admin site.

These are figures by the minute, and the connections that ended, with the reason.
"""

import time
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import timezone

from chat import metrics
from chat.errors import ChatError
from chat.log import epoch
from chat.log.threads import run_in_thread
from chat.models import ConnectionEnd, MinuteFigures

KEEP_SECONDS: Final = 5.0
MOST_ENDS: Final = 10_000  # that wait to be written: all of a process that is about to stop, or of a network
MINUTES_KEPT: Final = 24 * 60
ENDS_KEPT: Final = timedelta(hours=1)


@dataclass(slots=True)
class Minute:
    """The figures of the minute that is not over yet."""

    number: int
    messages_before: float
    connections: int = 0
    delay: float = 0.0


class Figures:
    """The figures of this process. `note_end` is called on the event loop."""

    def __init__(self) -> None:
        self.process = uuid.uuid4()
        self._ends: deque[ConnectionEnd] = deque(maxlen=MOST_ENDS)
        self._minute = Minute(_this_minute(), _count_messages())

    def note_end(self, end: ConnectionEnd) -> None:
        """Keep the end of a connection for the next write; of too many, the oldest is dropped."""
        if len(self._ends) == MOST_ENDS:
            metrics.DROPPED.labels("connection_end_not_kept").inc()
        self._ends.append(end)

    async def keep(self) -> None:
        """Measure, and write what is due."""
        began = time.perf_counter()
        await run_in_thread(epoch.read_epoch)
        self._minute.delay = max(self._minute.delay, 1000 * (time.perf_counter() - began))
        self._minute.connections = max(self._minute.connections, _count_connections())
        due, messages = self._minute, _count_messages()
        over = due.number != _this_minute()
        if over:
            self._minute = Minute(_this_minute(), messages)
        ends = [self._ends.popleft() for _ in range(len(self._ends))]
        if not (over or ends):
            return
        row = MinuteFigures(
            process=self.process,
            minute=due.number,
            connections=due.connections,
            messages=round(messages - due.messages_before),
            delay=due.delay,
        )
        try:
            await run_in_thread(_write_rows, row if over else None, ends)
        except ChatError:
            metrics.DROPPED.labels("connection_end_not_kept").inc(len(ends))
            raise


def _write_rows(figures: MinuteFigures | None, ends: Sequence[ConnectionEnd]) -> None:
    ConnectionEnd.objects.bulk_create(ends, batch_size=500)
    if figures is not None:
        figures.save(force_insert=True)
        MinuteFigures.objects.filter(minute__lt=figures.minute - MINUTES_KEPT).delete()
        ConnectionEnd.objects.filter(at__lt=timezone.now() - ENDS_KEPT).delete()


def _this_minute() -> int:
    return int(time.time() // 60)


def _count_messages() -> float:
    samples = (sample for metric in metrics.COMMITTED.collect() for sample in metric.samples)
    return sum(s.value for s in samples if s.name.endswith("_total") and s.labels["log"] == "log")


def _count_connections() -> int:
    return round(sum(sample.value for metric in metrics.CONNECTIONS.collect() for sample in metric.samples))
