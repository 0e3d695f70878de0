"""The visitor that a request comes from."""

from dataclasses import dataclass, replace
from typing import Final

from django.http import HttpRequest

from chat.models import Participant
from chat.permissions import Actor
from chat.services import identity


@dataclass(frozen=True, slots=True)
class Visitor:
    """The visitor: an account, a guest, or anonymous (then without a participant)."""

    actor: Actor
    name: str = ""
    color: str = ""
    account: bool = False
    shows_last_seen: bool = False

    @property
    def mark(self) -> str:
        """What differs when the visitor does, or their name or color; "" for anonymous ones."""
        return "" if self.participant is None else f"{self.participant} {self.color} {self.name}"

    @property
    def participant(self) -> int | None:
        return self.actor.participant


_KEPT: Final = "_wschat_me"


def find_visitor(request: HttpRequest) -> Visitor:
    """The visitor of this request, looked up once."""
    me: Visitor | None = getattr(request, _KEPT, None)
    return find_visitor_anew(request) if me is None else me


def find_actor(request: HttpRequest) -> Actor:
    """The actor of the request's session, with the address that it comes from: bans may be of networks."""
    return replace(identity.of_session(request.session), address=request.META.get("REMOTE_ADDR", ""))


def find_visitor_anew(request: HttpRequest) -> Visitor:
    """Look the visitor up again, after another account has signed in."""
    me = _look_up(find_actor(request))
    setattr(request, _KEPT, me)
    return me


def _look_up(actor: Actor) -> Visitor:
    if actor.participant is None:
        return Visitor(actor)
    participant = Participant.objects.get(pk=actor.participant)
    return Visitor(
        actor,
        participant.name,
        participant.color,
        participant.user_id is not None,
        participant.shows_last_seen,
    )
