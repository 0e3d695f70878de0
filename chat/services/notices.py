"""Events that services send to participants, over all of their connections. Those of a room go by the log.

Any of them may be lost: a process that serves no connections, such as a command, has no `listener`.
"""

from collections.abc import Callable, Mapping
from functools import partial

from django.db import transaction

from chat.events import Event

Notices = Mapping[int, Event]  # by participant

# The process's own, if it serves connections. It may be called from any thread.
listener: Callable[[Notices], object] | None = None


def send_notices(notices: Notices) -> None:
    """Send each participant their event, after the commit."""
    transaction.on_commit(partial(_send_now, notices))


def _send_now(notices: Notices) -> None:
    if listener is not None:
        listener(notices)
