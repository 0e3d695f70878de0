"""Who somebody becomes on a connection: an account, a guest who comes back, or a new guest. Blocking."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.contrib.auth import authenticate
from django.db import transaction
from django.utils import timezone

from chat import conf, rules, tokens
from chat.answers import Conversation, Welcome
from chat.commands import Hello
from chat.errors import INVALID_FIELD, INVALID_TOKEN, SIGN_IN_FAILED, ChatError
from chat.events import Sender
from chat.models import Participant, ReadMark, Room
from chat.rules import Actor
from chat.services import identity, names

MOST_CONVERSATIONS: Final = 200


@dataclass(frozen=True, slots=True)
class Greeting:
    """Who a connection is from now on. `known`: all their conversations, and how far each has come."""

    actor: Actor
    participant: int
    welcome: Welcome
    known: dict[int, int]


def greet(hello: Hello, actor: Actor) -> Greeting:
    """Make out who it is; `actor`: whom it was known as. Raises 202, 204, 303, 401, 402, 403."""
    shown = identity.of_token(hello.token) if hello.token else actor
    with transaction.atomic():
        participant = _participant(shown, hello)
        names.claim(participant, hello.name or participant.name)
        color = participant.color if hello.color is None else hello.color
        Participant.objects.filter(pk=participant.pk).update(color=color)
    keep([participant.pk])
    account, by_cookie = participant.user_id is not None, shown.participant is not None and not hello.token
    session = None if account or by_cookie else tokens.guest_session(participant.pk)
    who = Sender(participant.name, color, participant.pk)
    known = dict(Room.objects.conversations(participant.pk).values_list("pk", "last_seq"))
    welcome = Welcome(who, account, session, conversations(participant.pk))
    return Greeting(Actor(participant.pk, staff=shown.staff), participant.pk, welcome, known)


def sign_in(name: str, password: str) -> Greeting:
    """Make out whose account it is. Raises 202 while a guest has its name, 908 for a wrong password."""
    user = authenticate(username=name, password=password)
    actor = None if user is None else identity.of_user(user)
    if actor is None:
        raise ChatError(SIGN_IN_FAILED, detail="no account has this name and password")
    participant = Participant.objects.get(pk=actor.participant or 0)
    return greet(Hello(name=participant.name or rules.name(name)), actor)


def keep(participants: Collection[int]) -> None:
    """Note that they are here, for as long as a process counts as alive, so that guests keep their names."""
    until = timezone.now() + timedelta(seconds=conf.lease_seconds())
    Participant.objects.filter(pk__in=participants).update(seen_at=until)


def gone(participant: int, *, returns: bool) -> None:
    """Note that their last connection to this process has ended. Who cannot come back has no name then."""
    theirs = Participant.objects.filter(pk=participant)
    theirs.update(seen_at=timezone.now(), **({} if returns else {"name_key": None}))


def conversations(participant: int) -> tuple[Conversation, ...]:
    """The latest conversations of a participant."""
    rooms = list(Room.objects.conversations(participant)[:MOST_CONVERSATIONS])
    marks = {mark.room_id: mark for mark in ReadMark.objects.filter(participant=participant, room__in=rooms)}
    return tuple(_conversation(room, participant, marks.get(room.pk)) for room in rooms)


def _conversation(room: Room, participant: int, mark: ReadMark | None) -> Conversation:
    read, delivered = (0, 0) if mark is None else (mark.seq, mark.delivered)
    return Conversation(room.pk, other_of(room, participant), room.last_seq, read, max(read, delivered))


def other_of(room: Room, participant: int) -> Sender:
    """The other one in a conversation of two."""
    other = room.high if room.low_id == participant else room.low
    if other is None:
        raise ValueError("a room of many has no other one")
    return Sender(other.name, other.color, other.pk)


def _participant(actor: Actor, hello: Hello) -> Participant:
    """The participant behind the actor; a new guest for nobody known."""
    if actor.participant is None:
        if not hello.name:
            raise ChatError(INVALID_FIELD, field="name", detail="say under which name you come")
        return Participant.objects.create()
    found = Participant.objects.filter(pk=actor.participant).first()
    if found is None:
        raise ChatError(INVALID_TOKEN, detail="the account or guest is gone")
    if not (hello.name or found.name):
        raise ChatError(INVALID_FIELD, field="name", detail="say under which name you come")
    return found
