"""Whose page it is."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from chat.models import Participant
from chat.permissions import Actor
from chat.services import identity


@dataclass(frozen=True, slots=True)
class Me:
    """The visitor: an account, a guest, or anonymous (then without a participant)."""

    actor: Actor
    name: str = ""
    color: str = ""
    account: bool = False

    @property
    def participant(self) -> int | None:
        return self.actor.participant


_KEPT: Final = "_wschat_me"


def find_me(request: HttpRequest) -> Me:
    """Who asks for the page; it is looked up once."""
    me: Me | None = getattr(request, _KEPT, None)
    return find_me_anew(request) if me is None else me


def find_me_anew(request: HttpRequest) -> Me:
    """The same after another account has signed in."""
    me = _look_up(identity.of_session(request.session))
    setattr(request, _KEPT, me)
    return me


def _look_up(actor: Actor) -> Me:
    if actor.participant is None:
        return Me(actor)
    participant = Participant.objects.get(pk=actor.participant)
    return Me(actor, participant.name, participant.color, participant.user_id is not None)
