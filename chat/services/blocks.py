"""The people whom a participant has blocked. Blocking, in both senses.

What a block does stands in `chat.log`: no direct messages between the two, and no mentions by the blocked.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final, TypeAlias

from django.db import transaction
from django.db.models import Q

from chat import commands
from chat.answers import Answer, BlockedPeople, Done
from chat.errors import INVALID_FIELD, TOO_MANY_BLOCKED, USER_NOT_FOUND, ChatError
from chat.events import Blocked, Sender
from chat.models import Block, Participant, Room
from chat.permissions import Actor
from chat.services.joined_rooms import check_known
from chat.services.notices import send_notices

MOST_BLOCKED: Final = 1000  # by one participant

Asking: TypeAlias = commands.Block | commands.GetBlocked


def answer_blocks(command: Asking, actor: Actor) -> Answer:
    """Do one of these commands. Raises as below."""
    if isinstance(command, commands.GetBlocked):
        return BlockedPeople(tuple(list_blocked(actor)))
    if command.on:
        block_person(command.participant, actor)
    else:
        unblock_person(command.participant, actor)
    return Done()


def block_person(number: int, actor: Actor) -> None:
    """Block the participant of this number. Raises 201, 204, 303, 916."""
    me = check_known(actor)
    person = Participant.objects.not_closed().filter(pk=number).first()
    if person is None:
        raise ChatError(USER_NOT_FOUND, field="participant", detail="no such participant")
    if number == me:
        raise ChatError(INVALID_FIELD, field="participant", detail="you can't block yourself")
    with transaction.atomic():
        _lock(me, [number])
        mine = Block.objects.filter(blocker=me)
        if mine.filter(blocked=number).exists():
            return
        if mine.count() >= MOST_BLOCKED:
            detail = f"you can block at most {MOST_BLOCKED} people; unblock some first"
            raise ChatError(TOO_MANY_BLOCKED, detail=detail)
        Block.objects.create(blocker_id=me, blocked=person)
        _tell(me, person, on=True)


def take_over(guest: int, account: int) -> None:
    """Give an account the blocks of the guest who has signed in to it: the latest ones, up to the limit."""
    theirs = Block.objects.filter(blocker=guest).exclude(blocked=account).order_by("-pk")
    people = {row.blocked_id: row.blocked for row in theirs.select_related("blocked")}
    if not people:
        return
    with transaction.atomic():
        _lock(account, people)
        known = set(Block.objects.filter(blocker=account).values_list("blocked", flat=True))
        new = [person for number, person in people.items() if number not in known]
        kept = new[: max(0, MOST_BLOCKED - len(known))]
        # The latest one is stored last.
        Block.objects.bulk_create(Block(blocker_id=account, blocked=person) for person in reversed(kept))
        for person in kept:
            _tell(account, person, on=True)


def unblock_person(number: int, actor: Actor) -> None:
    """Lift the actor's block of the participant, if there is one. Raises 204."""
    me = check_known(actor)
    row = Block.objects.select_related("blocked").filter(blocker=me, blocked=number).first()
    if row is not None:
        with transaction.atomic():
            row.delete()
            _tell(me, row.blocked, on=False)


def list_blocked(actor: Actor) -> list[Sender]:
    """The people whom the actor has blocked, the latest first. Raises 204."""
    rows = Block.objects.filter(blocker=check_known(actor)).order_by("-pk")
    return [Sender(*row) for row in rows.values_list("blocked__name", "blocked__color", "blocked")]


def list_numbers(actor: Actor) -> list[int]:
    """The numbers of the people whom the actor has blocked."""
    return [] if actor.participant is None else [who.participant or 0 for who in list_blocked(actor)]


def find_blocked(actor: Actor, numbers: Collection[int]) -> set[int]:
    """Those of these participants whom the actor has blocked."""
    mine = Block.objects.filter(blocker=actor.participant or 0, blocked__in=numbers)
    return set(mine.values_list("blocked", flat=True))


def _lock(me: int, numbers: Collection[int]) -> None:
    """Lock what a block of these participants changes."""
    ours = Q(low=me, high__in=numbers) | Q(high=me, low__in=numbers)
    # The log holds these locks while it decides: what it accepted before is stored before.
    list(Room.objects.select_for_update(no_key=True).filter(ours).order_by("pk").values_list("pk"))
    # And this one, so that blocking many at once does not pass the limit.
    Participant.objects.select_for_update(no_key=True).get(pk=me)


def _tell(me: int, person: Participant, *, on: bool) -> None:
    who = Sender(person.name, person.color, person.pk)
    send_notices({me: Blocked(datetime.now(UTC), who, on)})
