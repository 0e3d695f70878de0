"""Reports of messages and people, and how they are parsed. Pure."""

from dataclasses import dataclass
from datetime import datetime

from wschat_client.events import Frame


@dataclass(frozen=True, slots=True)
class Quote:
    """A message as it was when it was reported."""

    seq: int
    at: datetime
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report of a message or, with `target` None, of the person `about`.

    `messages`: copies, oldest first. `state`: `open`, `claimed` by the `handler`, or `done`. The reporter is
    not told the `handler`. `held`: the server holds the message, until a moderator approves or rejects it.
    """

    id: int
    room: int
    title: str
    direct: bool
    target: int | None
    about: str
    reason: str
    note: str
    by: str
    at: datetime
    messages: tuple[Quote, ...]
    state: str
    handler: str
    decision: str
    decided: datetime | None
    held: bool = False


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Reports, latest first. `more`: there are more before the last one.

    `waiting`: how many wait in the room, 100 at most, if you asked for those of a room.
    """

    reports: list[Report]
    more: bool
    waiting: int | None = None


def parse_report(frame: Frame) -> Report:
    """A report as the server writes it."""
    decided = frame["decided"]
    return Report(
        id=int(frame["id"]),
        room=int(frame["room"]),
        title=str(frame["title"]),
        direct=frame["direct"] is True,
        target=None if frame["target"] is None else int(frame["target"]),
        about=str(frame["about"]),
        reason=str(frame["reason"]),
        note=str(frame["note"]),
        by=str(frame["by"]),
        at=datetime.fromisoformat(frame["at"]),
        messages=tuple(
            Quote(int(one["seq"]), datetime.fromisoformat(one["at"]), str(one["name"]), str(one["text"]))
            for one in frame["messages"]
        ),
        state=str(frame["state"]),
        handler=str(frame["handler"]),
        decision=str(frame["decision"]),
        decided=decided and datetime.fromisoformat(decided),
        held=frame.get("held") is True,
    )
