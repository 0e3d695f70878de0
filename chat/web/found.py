"""Messages of many rooms in a list of a page: each leads to its place."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chat.events import Message
from chat.models import Participant, Room
from chat.models.room import is_number
from chat.permissions import Actor
from chat.services import blocks
from chat.web import addresses, introduction, visitor

ON_A_PAGE: Final = 30

# (actor, before, limit) -> the messages of a page, latest first, with their ids in the list; are there more?
Find: TypeAlias = Callable[[Actor, int | None, int], tuple[Sequence[tuple[int, Message]], bool]]


class Texts(NamedTuple):
    """What a page says: at its head, if the list is empty, after the last page, on the link to the next."""

    heading: str
    nothing: str
    no_earlier: str
    earlier: str


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """A message, its `id` in the list, and the room or (`person`) the conversation in which it stands.

    `folded`: the visitor has blocked its sender, as in the room's list (static/chat/list/message-view.js).
    """

    id: int
    message: Message
    title: str
    address: str
    person: Participant | None = None
    folded: bool = False

    @property
    def mentioned_names(self) -> str:
        """The names that it mentions, each on a line."""
        return "\n".join(self.message.mentions)


def show_list(request: HttpRequest, words: Texts, find: Find, *, removable: bool = False) -> HttpResponse:
    """A page of a list of the visitor's. `removable`: entries have a button that takes them off."""
    who = visitor.find_visitor(request)
    if who.participant is None:
        return introduction.ask_for_name(request)
    before = request.GET.get("before", "")
    found, more = find(who.actor, int(before) if is_number(before) else None, ON_A_PAGE)
    shown = {
        "words": words,
        "found": link_messages(found, who.actor),
        "next": found[-1][0] if more and found else None,
        "first": not before,
        "removable": removable,
    }
    return render(request, "chat/found.html", shown)


def link_messages(messages: Iterable[tuple[int, Message]], actor: Actor) -> list[FoundEntry]:
    """An entry for each message that the actor may read, in the same order."""
    messages = list(messages)
    asked = {message.room for _, message in messages}
    rooms = Room.objects.select_related("low", "high").in_bulk(asked)
    blocked = blocks.find_blocked(actor, {message.sender.participant or 0 for _, message in messages})
    return [
        _link_message(
            one,
            message,
            rooms[message.room],
            actor.participant,
            folded=message.sender.participant in blocked,
        )
        for one, message in messages
        if message.room in rooms
    ]


def _link_message(
    number: int, message: Message, room: Room, participant: int | None, *, folded: bool
) -> FoundEntry:
    other = room.high if room.low_id == participant else room.low
    title, address = (room.title, addresses.of_room(room)) if other is None else _of_talk(other)
    return FoundEntry(number, message, title, f"{address}#m{message.seq}", other, folded)


def _of_talk(other: Participant) -> tuple[str, str]:
    return other.name, addresses.of_talk(other)
