"""Events as lines of plain text for a terminal. Pure.

Whatever others wrote is stripped of what could drive the terminal, or look like a line of ours.
"""

import unicodedata
from typing import Final

from wschat_client.events import (
    Banned,
    Edited,
    Erased,
    Event,
    Joined,
    Kicked,
    Left,
    Message,
    ModeratorSet,
    Muted,
    Person,
    Pinned,
    Reacted,
    Rejected,
    Removed,
    RoomChanged,
    RoomDeleted,
)

JOINERS: Final = "\u200c\u200d"  # part of emoji and of letters in some scripts, and harmless
HARMFUL: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, direction overrides, half characters, line ends
CONTINUED: Final = "\n    | "  # begins the further lines of a message


def clean(text: str) -> str:
    """The text without anything that a terminal would obey."""
    return "".join(
        character
        for character in text
        if character in JOINERS or unicodedata.category(character) not in HARMFUL
    )


def body(text: str) -> str:
    """A message of one or more lines, indented so that no line looks like our output."""
    return CONTINUED.join(clean(line.replace("\t", "    ")) for line in text.splitlines())


def show(event: Event, *, private: bool = False) -> str | None:
    """The line for an event; None for one that is not shown. `private`: from a direct conversation."""
    if isinstance(event, Message):
        return _message(event, private=private)
    if isinstance(event, Edited):
        return f"* message {event.target} now says: {body(event.text)}"
    if isinstance(event, Erased):
        return f"* message {event.target} was deleted"
    if isinstance(event, Reacted):
        verb = "put" if event.on else "took"
        where = "under" if event.on else "from"
        return f"* {clean(event.who.name)} {verb} {clean(event.emoji)} {where} message {event.target}"
    if isinstance(event, Pinned):
        return f"* {clean(event.who.name)} {'pinned' if event.on else 'took down'} message {event.target}"
    return _about_room(event)


def who(members: list[Person]) -> str:
    """The line that lists those who are in a room."""
    return f"* here: {', '.join(clean(member.name) for member in members)}"


def _message(event: Message, *, private: bool) -> str:
    time = event.at.astimezone().strftime("%H:%M")
    name = clean(event.sender.name) + ("" if event.sender.verified else " (unverified)")
    text = "(deleted)" if event.erased else body(event.text)
    return f"{time} {'[private] ' if private else ''}{name}: {text}"


def _limits(event: RoomChanged) -> str:
    """What limits posting in the room, after a comma."""
    slow = f", one message every {event.slow_seconds} s" if event.slow_seconds else ""
    approve = ", newcomers' messages wait for approval" if event.approve_first else ""
    accounts = ", accounts only" if event.accounts_only else ""
    return f"{', locked' if event.locked else ''}{accounts}{slow}{approve}"


def _why(reason: str) -> str:
    return f": {clean(reason)}" if reason else ""


def _about_room(event: Event) -> str | None:
    if isinstance(event, Joined):
        return f"* {clean(event.who.name)} entered"
    if isinstance(event, Left):
        return f"* {clean(event.who.name)} left"
    if isinstance(event, Muted):
        return f"* {clean(event.name)} {'was muted' if event.on else 'may speak again'}{_why(event.reason)}"
    if isinstance(event, Kicked):
        return f"* {clean(event.who.name)} was removed{_why(event.reason)}"
    if isinstance(event, Banned) and event.newcomers:
        what = "newcomers' first messages wait" if event.hold else "no one new can join"
        return f"* {what if event.on else 'newcomers can join and post again'}{_why(event.reason)}"
    if isinstance(event, Banned):
        who = clean(event.name) or "an address"
        return f"* {who} {'is banned' if event.on else 'is no longer banned'}{_why(event.reason)}"
    if isinstance(event, ModeratorSet):
        return f"* {clean(event.who.name)} {'is now' if event.on else 'is no longer'} a moderator"
    if isinstance(event, RoomChanged):
        return f"* the room is now {clean(event.title)!r}{_limits(event)}"
    if isinstance(event, RoomDeleted):
        return "* the room was deleted"
    if isinstance(event, Rejected):
        return "* a moderator has rejected your message"
    if isinstance(event, Removed):
        return f"* you are in the room no more: {clean(event.error)}"
    return None
