"""Greetings: hello makes a connection an account, a returning guest, or a new guest. Blocking."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from chat import conf, tokens, validation
from chat.answers import Conversation, Welcome
from chat.commands import Hello
from chat.errors import INVALID_FIELD, INVALID_TOKEN, SIGN_IN_FAILED, ChatError, attempt
from chat.events import Sender
from chat.log.bans import BanList, load_site_bans
from chat.log.epoch import read_versions
from chat.models import Participant
from chat.permissions import Actor
from chat.presence.addresses import address_book
from chat.services import accounts, bans, conversations, identity, names, spending


@dataclass(frozen=True, slots=True)
class Greeting:
    """The identity of a connection after hello. `known`: its conversations, with the latest seq of each."""

    actor: Actor
    participant: int
    welcome: Welcome
    known: dict[int, int]


class Asked(NamedTuple):
    """A hello, with the actor that its connection had before, and its network.

    `charged`: the participant for whom it counts as a change of name already.
    """

    hello: Hello
    actor: Actor
    network: str = ""
    charged: int | None = None


def greet_all(hellos: Sequence[tuple[Hello, Actor]]) -> list[Greeting | ChatError]:
    """As `greet_and_count`, for code that runs on the server, whose guests are not counted."""
    return greet_and_count([Asked(hello, actor) for hello, actor in hellos])


def greet_and_count(asked: Sequence[Asked]) -> list[Greeting | ChatError]:
    """Identify each client. A new guest, and a new name of a known participant, are counted.

    A refusal is 202, 204, 303, 401, 402, 403, 910, 921 or 922. It takes a few queries, however many there
    are.
    """
    epoch, bans_version, filters_version = read_versions()
    site = load_site_bans(bans_version)
    shown = [attempt(_identify, one.hello, one.actor, site) for one in asked]
    renew_seen(_participants_of(shown))  # from here on no other client gets their names
    people = _make_out(asked, shown, filters_version)
    here = _participants_of(shown)  # new guests have no conversations
    known = conversations.find_conversations(here)
    talks = conversations.find_latest(known)
    address_book.note_addresses(_find_addresses(shown, people))
    greetings: list[Greeting | ChatError] = []
    for one, actor, person in zip(asked, shown, people, strict=True):
        if isinstance(actor, ChatError):
            greetings.append(actor)
        elif isinstance(person, ChatError):
            greetings.append(person)
        else:
            welcome = _build_welcome(one.hello, actor, person, talks.get(person.pk, ()), epoch)
            who = replace(actor, participant=person.pk)
            greetings.append(Greeting(who, person.pk, welcome, known.get(person.pk, {})))
    return greetings


def greet_account(name: str, password: str, address: str) -> Greeting:
    """Check the password of an account, then greet it. Raises 202 (a guest has its name), 908 and 910."""
    actor = identity.of_user(accounts.check_password(name=name, password=password, address=address))
    if actor is None:
        raise ChatError(SIGN_IN_FAILED, detail="wrong name or password")
    actor = replace(actor, address=address)
    participant = Participant.objects.get(pk=actor.participant or 0)
    (greeting,) = greet_all([(Hello(name=participant.name or validation.clean_name(name)), actor)])
    if isinstance(greeting, ChatError):
        raise greeting
    return greeting


def renew_seen(participants: Collection[int]) -> None:
    """Note that they are here, for as long as a process counts as alive, so that guests keep their names."""
    Participant.objects.filter(pk__in=participants).update(seen_at=_seen_until())


def note_gone(departures: Sequence[tuple[int, bool]]) -> list[None]:
    """Note whose last connection to this process has ended, and who of them can come back with their name."""
    for returning in (True, False):
        theirs = Participant.objects.filter(pk__in=[pk for pk, returns in departures if returns is returning])
        theirs.update(seen_at=timezone.now(), **({} if returning else {"name_key": None}))
    return [None] * len(departures)


def forget_earlier() -> None:
    """The only process has just started: those who count as connected were so in one that is gone."""
    Participant.objects.filter(seen_at__gt=timezone.now()).update(seen_at=timezone.now())


def _seen_until() -> datetime:
    return timezone.now() + timedelta(seconds=settings.ENV.wschat_lease_seconds)


def _identify(hello: Hello, actor: Actor, site: BanList) -> Actor:
    """The actor that a hello names. Raises 303, 401, 402, 403, 921, 922."""
    shown = replace(identity.read_token(hello.token), address=actor.address) if hello.token else actor
    if shown.participant is None and not hello.name:
        raise _refuse_nameless()
    if site:
        names = (hello.name,) if hello.name else ()
        bans.check_client(None, bans.client_of(shown, *names), shown, site, enters=True)
    return shown


def _make_out(
    asked: Sequence[Asked], shown: Sequence[Actor | ChatError], filters_version: str
) -> list[Participant | ChatError]:
    """The participants: new guests are introduced, others may have a new name or color."""
    new = [isinstance(actor, Actor) and actor.participant is None for actor in shown]
    stored = Participant.objects.not_closed().in_bulk(_participants_of(shown))
    newcomers = iter(
        names.store_guests(
            [
                Participant(
                    name=one.hello.name or "",
                    color=one.hello.color or "",
                    seen_at=_seen_until(),
                    returns=one.hello.returns,
                )
                for one, is_new in zip(asked, new, strict=True)
                if is_new
            ],
            [one.network for one, is_new in zip(asked, new, strict=True) if is_new],
            filters_version,
        )
    )
    return [
        actor
        if isinstance(actor, ChatError)
        else next(newcomers)
        if actor.participant is None
        else attempt(_greet_known, one, actor, stored.get(actor.participant))
        for one, actor in zip(asked, shown, strict=True)
    ]


def _participants_of(shown: Iterable[Actor | ChatError]) -> set[int]:
    return {
        actor.participant for actor in shown if isinstance(actor, Actor) and actor.participant is not None
    }


def _find_addresses(
    shown: Sequence[Actor | ChatError], people: Sequence[Participant | ChatError]
) -> list[tuple[int, str]]:
    return [
        (person.pk, actor.address)
        for actor, person in zip(shown, people, strict=True)
        if isinstance(actor, Actor) and isinstance(person, Participant)
    ]


def _greet_known(asked: Asked, actor: Actor, participant: Participant | None) -> Participant:
    """A known participant, who may come with a new name or color. Raises 202, 204, 303, 403, 910."""
    hello = asked.hello
    if participant is None or actor.proof.is_older_than(participant.created_at):
        raise ChatError(INVALID_TOKEN, detail="the account or guest no longer exists")
    if hello.token and participant.user_id is not None and actor.proof.account is None:
        raise identity.refuse_guest()
    name = hello.name or participant.name
    if (
        participant.user_id is not None
        and name != participant.name
        and names.is_here_as_another(participant, name)
    ):
        name = participant.name  # it was renamed on a page, and the program has the name from before
    if not name:
        raise _refuse_nameless()
    color = participant.color if hello.color is None else hello.color
    if (name, validation.name_key(name), color) != (
        participant.name,
        participant.name_key,
        participant.color,
    ):
        if name != participant.name and participant.pk != asked.charged:
            spending.charge("name", actor, asked.network)
        with transaction.atomic():
            names.claim_name(participant, name, seen_at=_seen_until())
            Participant.objects.filter(pk=participant.pk).update(color=color)
        participant.color = color
    return participant


def _refuse_nameless() -> ChatError:
    return ChatError(INVALID_FIELD, field="name", detail="give a name")


def _build_welcome(
    hello: Hello, shown: Actor, person: Participant, talks: tuple[Conversation, ...], epoch: str
) -> Welcome:
    account, by_cookie = person.user_id is not None, shown.participant is not None and not hello.token
    session = None if account or by_cookie else tokens.guest_session(person.pk)
    who = Sender(person.name, person.color, person.pk)
    return Welcome(who, account, session, talks, epoch, conf.get_size_limits().frame)
