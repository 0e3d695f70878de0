"""Drafts as the log's writer gets them: many messages at once."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

from chat.events import Sender
from chat.log.drafts import Draft
from chat.log.kinds.message import MessageDraft
from chat.models import Participant, Room

BATCH, ROOMS = 200, 20
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def batches() -> Iterator[list[Draft]]:
    """Of messages with nonces, from one participant, spread over the rooms."""
    sender = Sender("ann", "red", Participant.objects.create(name="ann").pk)
    rooms = [Room.objects.create(title=f"room {i}", title_key=f"room {i}").pk for i in range(ROOMS)]
    for turn in itertools.count():
        yield [
            MessageDraft(room=rooms[i % ROOMS], at=_NOW, sender=sender, text="x" * 64, nonce=f"{turn}-{i}")
            for i in range(BATCH)
        ]
