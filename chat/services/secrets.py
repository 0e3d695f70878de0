"""Whether a client knows the password of a room. Blocking."""

from django.contrib.auth.hashers import check_password

from chat import validation
from chat.errors import TOO_MANY_REQUESTS, WRONG_SECRET, ChatError
from chat.models import Participant
from chat.permissions import Actor
from chat.services import tries


def check_secret(secret: object, *, encoded: str, room: str, actor: Actor, runs: bool, address: str) -> None:
    """Raise unless `secret` is the password that was hashed to `encoded`: 303, 304, 910 after too many tries.

    For a room that does not exist, `encoded` is an unusable hash (`access.find_for_secret`): the check takes
    as long, and counts as a try. `runs`: the client runs the room.
    """
    if secret is not None:
        secret = validation.prepare_password(validation.clean_token(secret, "secret"))
    if not secret or len(secret) > validation.PASSWORD[1]:
        raise _refuse_wrong()
    who = actor.participant if runs or _has_account(actor) else None
    if not tries.begin_at_room(room, who, address):
        detail = "too many wrong passwords; try again later"
        wait = tries.seconds_locked_at_room(room, who, address)
        raise ChatError(TOO_MANY_REQUESTS, field="secret", detail=detail, retry_after=max(1, wait))
    try:
        right = check_password(secret, encoded)
    except ChatError:
        tries.undo_at_room(room, who, address)
        raise
    if not right:
        raise _refuse_wrong()
    tries.undo_at_room(room, who, address)


def _has_account(actor: Actor) -> bool:
    """Guests have no tries of their own, as any client may be a new guest at any time."""
    number = actor.participant
    return number is not None and Participant.objects.filter(pk=number, user__isnull=False).exists()


def _refuse_wrong() -> ChatError:
    return ChatError(WRONG_SECRET, field="secret", detail="wrong or missing password")
