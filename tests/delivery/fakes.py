"""An outbox that keeps what is written, and a log that is a list."""

import json
from datetime import UTC, datetime

from chat.delivery.hub import Subscription
from chat.delivery.outbox import Outbox
from chat.dialects import DIALECTS
from chat.errors import CloseReason
from chat.events import Logged, Message, Sender

V1 = DIALECTS["wschat.v1"]
ROOMS = DIALECTS["rooms"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def message(seq: int, room: int = 1, text: str = "hi") -> Message:
    return Message(room, seq, NOW, Sender("ann"), text)


class RecordingOutbox(Outbox):
    """Takes payloads. `room_for` payloads more and it is full, until `drain`."""

    framed = False

    def __init__(self, room_for: int = 10**9) -> None:
        super().__init__(10**9)
        self.payloads: list[bytes] = []
        self.room_for = room_for
        self.reasons: list[CloseReason] = []

    def _put_data(self, payloads: list[bytes]) -> None:
        self.payloads += payloads
        self.room_for -= len(payloads)
        if self.room_for <= 0:
            self._note_full()

    def send_frame(self, payload: bytes) -> None:
        self._put_data([payload])

    def _note_if_drained(self) -> None:
        pass

    def buffered_bytes(self) -> int:
        return 1 if self.full else 0

    def close(self, reason: CloseReason) -> None:
        self.reasons.append(reason)

    def drain(self, room_for: int = 10**9) -> None:
        self.room_for = room_for
        self._note_drained()

    @property
    def seqs(self) -> list[int]:
        return [json.loads(payload)["seq"] for payload in self.payloads]


def subscription(outbox: Outbox, room: int = 1, generation: int = 1) -> Subscription:
    return Subscription(room, outbox, V1, generation)


class ListLog:
    """Events by room, read as the database is."""

    def __init__(self) -> None:
        self.events: dict[int, list[Logged]] = {}
        self.reads = 0

    def append(self, *events: Logged) -> None:
        for event in events:
            self.events.setdefault(event.room, []).append(event)

    async def read_after(self, room: int, seq: int) -> list[Logged]:
        self.reads += 1
        return [event for event in self.events.get(room, []) if event.seq > seq][:3]
