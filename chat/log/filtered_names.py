"""The names of guests and the texts of rooms, as filters of words, links and invitations see them. Blocking.

Others read a name without a message: in the list of people, and when its owner comes and goes. So a name that
a filter stops as a text is not taken, and does not come into the room of the filter. Accounts took theirs
before, and keep them in rooms. A filter that only reports stops no name.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from django.db.models import Q, Subquery

from chat.errors import FILTERED, ChatError
from chat.events import Sender
from chat.log.current_rights import read_accounts
from chat.log.filters import load_filters
from chat.models import Epoch, Room

SERVER: Final = 0  # in place of a room
# The server gives such names to clients of `uuid`; they may hold anything that looks like a word.
_GIVEN: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def find_refused(asked: Sequence[tuple[int, Sender]]) -> list[bool]:
    """Whether a filter stops the name of each of these, who come into a room, or get a name on the SERVER."""
    caught = _find_caught(asked)
    if not any(caught):
        return caught
    rooms = {room for room, _ in asked if room != SERVER}
    doubted = [who for (_, who), stopped in zip(asked, caught, strict=True) if stopped]
    accounts = read_accounts(doubted) if rooms else frozenset()
    running = _find_running(rooms, doubted)
    return [
        stopped
        and (room == SERVER or (who.participant not in accounts and (room, who.participant) not in running))
        for (room, who), stopped in zip(asked, caught, strict=True)
    ]


def check_name(name: str, room: int = SERVER, participant: int | None = None) -> None:
    """Raise 112 for a name that a filter stops."""
    if any(find_refused([(room, Sender(name, "", participant))])):
        raise refuse_name()


def check_room_texts(texts: Mapping[str, str]) -> None:
    """Raise 112 for a text of a room, by its field, that a filter of the server stops. Rules may say what is
    not wanted.
    """
    if site := _read_site_version():
        for field, text in texts.items():
            if field != "rules" and load_filters(SERVER, ("", site)).refuses_label(text):
                detail = f"a filter of this server does not let this {field} through"
                raise ChatError(FILTERED, field=field, detail=detail)


def refuse_name() -> ChatError:
    """The answer to a client with such a name."""
    return ChatError(FILTERED, field="name", detail="a filter does not let this name through")


def is_refused_sender(who: Sender, room: int, versions: tuple[str, str]) -> bool:
    """Whether the name of a sender without an identity is stopped by the filters of these versions."""
    if who.participant is not None or _GIVEN.fullmatch(who.name) is not None:
        return False
    return load_filters(room, versions).refuses_label(who.name)


def _find_caught(asked: Sequence[tuple[int, Sender]]) -> list[bool]:
    """Whether a filter catches each of these names, including those of people who may keep theirs."""
    rooms = {room for room, _ in asked if room != SERVER}
    site, own = _read_versions(rooms) if rooms else (_read_site_version(), {})

    def is_caught(room: int, who: Sender) -> bool:
        if not (site or room in own) or _GIVEN.fullmatch(who.name) is not None:
            return False
        place = room if room in own else SERVER  # rooms without filters of their own share the server's
        return load_filters(place, (own.get(room, ""), site)).refuses_label(who.name)

    return [is_caught(room, who) for room, who in asked]


def _find_running(rooms: set[int], people: Sequence[Sender]) -> set[tuple[int, int | None]]:
    """Who of these people, who are few, owns or moderates which of the rooms."""
    numbers = [who.participant for who in people if who.participant is not None]
    if not numbers:
        return set()
    runs = Room.objects.filter(Q(owner__in=numbers) | Q(moderators__in=numbers), pk__in=rooms)
    found = runs.values_list("pk", "owner", "moderators")
    return {(room, person) for room, *both in found for person in both}


def _read_versions(rooms: set[int]) -> tuple[str, dict[int, str]]:
    """The version of the server's filters, and those of the rooms that have any: one question."""
    of_server = Subquery(Epoch.objects.values("filters")[:1])
    found = list(Room.objects.filter(pk__in=rooms).values_list("pk", "filters", of_server))
    site = found[0][2] if found else None
    return site or "", {room: own for room, own, _ in found if own}


def _read_site_version() -> str:
    return Epoch.objects.values_list("filters", flat=True).first() or ""
