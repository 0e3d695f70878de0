"""The page of a person. Scripts show it as a card beside the name."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chat.errors import ChatError
from chat.log.current_rights import read_current_actors
from chat.log.recovery import read_messages
from chat.models import Event, Participant, Room
from chat.models.participant import ParticipantQuerySet
from chat.models.room import is_number
from chat.permissions import Actor
from chat.services import blocks, people, spending
from chat.services.access import find_readable
from chat.validation import name_key
from chat.web import addresses, introduction, visitor
from chat.web.form_errors import text_of

MOST: Final = 10  # rooms in common


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_person(request: HttpRequest) -> HttpResponse:
    """The person of the name `?name=`, or who wrote the message `?room=&seq=`, or (`&mentioned`) whom it
    mentions under this name: presence, as far as it is shown, and the rooms in common.

    A POST blocks or unblocks them.
    """
    if request.method == "POST":
        return change_block(request) or redirect(request.get_full_path())
    actor = visitor.find_visitor(request).actor
    person = _find_person(request, actor)
    if person is None:
        raise Http404
    rooms = people.find_common_rooms(actor, person, MOST)
    shown = {
        "person": person,
        "presence": people.find_presence(actor, person),
        "rooms": [(room.title, addresses.of_room(room)) for room in rooms],
        "talk": addresses.of_talk(person),
        "myself": person.pk == actor.participant,
        "known": actor.participant is not None,
        "blocked": bool(blocks.find_blocked(actor, [person.pk])),
    }
    return render(request, "chat/person.html", shown)


def _find_person(request: HttpRequest, actor: Actor) -> Participant | None:
    """By a message, if the visitor may read it: its sender may have another name now, and another person
    that name. None if there is no such person.
    """
    name, room, seq = (request.GET.get(field, "") for field in (addresses.NAME, "room", "seq"))
    known = Participant.objects.not_closed()
    if "\x00" in name:
        return None
    if is_number(room) and is_number(seq):
        now = read_current_actors([actor])[actor]
        if find_readable(now, Room.objects.filter(pk=int(room))).exists():
            if "mentioned" in request.GET:
                return _find_mentioned(known, int(room), int(seq), name)
            said = Event.objects.messages(int(room)).filter(seq=int(seq))
            return known.filter(pk__in=said.values("sender")).first()
    return known.named(name).first()


def _find_mentioned(known: ParticipantQuerySet, room: int, seq: int, name: str) -> Participant | None:
    """Whom a message mentions under this name: the one of those it called who has none of its names now."""
    called = known.filter(mentions__room=room, mentions__seq=seq)
    message = read_messages([(room, seq)]).get((room, seq))
    keys = {name_key(each) for each in message.mentions} if message else set()
    renamed = list(called.exclude(name_key__in=keys)[:2]) if name_key(name) in keys else []
    is_known = called.named(name).exists() or len(renamed) != 1
    return known.named(name).first() if is_known else renamed[0]


def change_block(request: HttpRequest) -> HttpResponse | None:
    """Block the participant `block` of a form, or unblock the participant `unblock`.

    The page that asks visitors without a name for one; None if there is nothing else to show.
    """
    who = visitor.find_visitor(request)
    if who.participant is None:
        return introduction.ask_for_name(request)
    on = "block" in request.POST
    number = request.POST.get("block" if on else "unblock", "")
    if not is_number(number):
        return None
    try:
        spending.charge("block", who.actor, request.META.get("REMOTE_ADDR", ""))
        if on:
            blocks.block_person(int(number), who.actor)
        else:
            blocks.unblock_person(int(number), who.actor)
    except ChatError as error:
        messages.error(request, text_of(error))
        return None
    messages.success(request, gettext("Blocked.") if on else gettext("Unblocked."))
    return None
