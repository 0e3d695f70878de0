"""Mentions, saved messages, blocked people and joined rooms, and how they are parsed. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from wschat_client.events import Frame, Message, parse_messages


@dataclass(frozen=True, slots=True)
class Mention:
    """A message that mentions you, in the room of this title. `id`: for the next page."""

    id: int
    title: str
    message: Message


@dataclass(frozen=True, slots=True)
class MentionPage:
    """Mentions, latest first. `more`: there are more before the last one."""

    mentions: list[Mention]
    more: bool


@dataclass(frozen=True, slots=True)
class SavedMessage:
    """A message that you saved, in the room of this title. `id`: for the next page.

    `title`: "" for a direct conversation.
    """

    id: int
    title: str
    message: Message


@dataclass(frozen=True, slots=True)
class SavedPage:
    """Saved messages, latest first. `more`: there are more before the last one."""

    saved: list[SavedMessage]
    more: bool


@dataclass(frozen=True, slots=True)
class BlockedPerson:
    """A participant whom you have blocked, with the name that they have now."""

    participant: int
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class JoinedRoom:
    """A room that you have joined, which has come to `seq`. `read`: your read mark.

    `unread`: messages of others after it, and `mentions`: those of them that mention you, each 100 at most.
    `level`: what calls you there, `all` messages, `mentions` or `nothing`, until then (None: until you change
    it).
    """

    room: int
    title: str
    seq: int
    read: int
    unread: int
    mentions: int
    level: str
    level_until: datetime | None


def parse_mentions(answer: Frame) -> MentionPage:
    """A page of mentions as the server writes it."""
    return MentionPage([Mention(*one) for one in _parse_listed(answer["mentions"])], answer["more"] is True)


def parse_saved(answer: Frame) -> SavedPage:
    """A page of saved messages as the server writes it."""
    return SavedPage([SavedMessage(*one) for one in _parse_listed(answer["saved"])], answer["more"] is True)


def parse_blocked(answer: Frame) -> tuple[BlockedPerson, ...]:
    """The people who are blocked, as the server writes them."""
    return tuple(
        BlockedPerson(int(one["participant"]), str(one["name"]), str(one["color"]))
        for one in answer["blocked"]
    )


def _parse_listed(found: list[Frame]) -> Iterator[tuple[int, str, Message]]:
    messages = parse_messages([one["message"] for one in found])
    for one, message in zip(found, messages, strict=True):
        yield int(one["id"]), str(one["title"]), message


def parse_joined_room(frame: Frame) -> JoinedRoom:
    """A joined room as the server writes it."""
    until = frame["level_until"]
    return JoinedRoom(
        room=int(frame["room"]),
        title=str(frame["title"]),
        seq=int(frame["seq"]),
        read=int(frame["read"]),
        unread=int(frame["unread"]),
        mentions=int(frame["mentions"]),
        level=str(frame["level"]),
        level_until=until and datetime.fromisoformat(until),
    )
