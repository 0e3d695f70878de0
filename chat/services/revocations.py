"""Listens to Django's model signals for changes that may take a right, and tells every process whom to check.

The signals come from all that goes by the models: admin site, pages, commands, a shell. What is so, each
process asks the database: see `chat.sessions.revocation`.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any, Final

from asgiref.sync import async_to_sync
from channels.layers import BaseChannelLayer, InMemoryChannelLayer, get_channel_layer
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import signals
from django.utils import timezone

from chat.delivery.bus import RIGHTS, doubt_message
from chat.models import Participant, Room

Listener = Callable[[Collection[int]], object]

logger = logging.getLogger(__name__)

SESSION_KEY: Final = "participant"  # of a guest, in the session of the browser
_SECONDS: Final = 1.0
_OF_ACCOUNTS: Final = ("password", "is_active", "is_staff", "is_superuser")
_LOSES: Final = "_wschat_loses"  # on an account between the two signals of its save
_EVERYBODY: Final[tuple[int, ...]] = ()

# The process's own, if it serves connections: it looks itself, and tells the others.
listener: Listener | None = None


def connect_signals() -> None:
    """Hear of it from now on."""
    signals.pre_save.connect(_note_loss, sender=User, dispatch_uid="rights")
    signals.post_save.connect(_account_saved, sender=User, dispatch_uid="rights")
    signals.post_delete.connect(_participant_gone, sender=Participant, dispatch_uid="rights")
    signals.post_delete.connect(_session_gone, sender=Session, dispatch_uid="rights")
    signals.post_save.connect(_room_saved, sender=Room, dispatch_uid="rights")
    for model in (Group, Permission):
        signals.post_delete.connect(_something_gone, sender=model, dispatch_uid="rights")
    for relation in (User.groups, User.user_permissions, Group.permissions, Room.moderators):
        signals.m2m_changed.connect(_relation_changed, sender=relation.through, dispatch_uid="rights")


def announce_loss(participants: Iterable[int]) -> None:
    """Tell all processes, after the commit, that these (none named: any) may have lost a right."""
    transaction.on_commit(partial(_announce_loss_now, sorted(participants)))


def _announce_loss_now(participants: list[int]) -> None:
    if listener is not None:
        listener(participants)
        return
    layer = get_channel_layer()
    if layer is not None and not isinstance(layer, InMemoryChannelLayer):
        async_to_sync(_publish_loss)(layer, participants)


async def _publish_loss(layer: BaseChannelLayer, participants: list[int]) -> None:
    """To all processes. If the layer is away, they find out by themselves, if somewhat later."""
    try:
        async with asyncio.timeout(_SECONDS):
            await layer.group_send(RIGHTS, doubt_message(participants))
    except Exception as error:
        logger.warning("the channel layer fails (%s); processes find out by themselves", error)


def _note_loss(instance: User, *, raw: bool, update_fields: Collection[str] | None, **signal: Any) -> None:
    """Before an account is saved: note on it whether that may take something away."""
    if instance.pk is None or raw or (update_fields and not set(update_fields) & set(_OF_ACCOUNTS)):
        return
    before = User.objects.filter(pk=instance.pk).values(*_OF_ACCOUNTS).first()
    if before is not None and any(before[name] != getattr(instance, name) for name in _OF_ACCOUNTS):
        instance.__dict__[_LOSES] = True


def _account_saved(instance: User, **signal: Any) -> None:
    """After it is written, since without a transaction `on_commit` does not wait."""
    if instance.__dict__.pop(_LOSES, False):
        _tell_of_account(instance.pk)


def _tell_of_account(user: int) -> None:
    """The participant of an account, if it has been in the chat."""
    if participants := Participant.objects.filter(user=user).values_list("pk", flat=True):
        announce_loss(participants)


def _participant_gone(instance: Participant, **signal: Any) -> None:
    announce_loss([instance.pk])


def _session_gone(instance: Session, **signal: Any) -> None:
    """Signed out; or the session goes on under another key. Sessions that expire are not told of."""
    if instance.expire_date <= timezone.now():
        return
    kept = instance.get_decoded()
    user, guest = kept.get("_auth_user_id"), kept.get(SESSION_KEY)
    if isinstance(guest, int):
        announce_loss([guest])
    if user is not None:
        _tell_of_account(user)


def _room_saved(*, created: bool, **signal: Any) -> None:
    """A room is changed in the log, which tells of it; this is a shell, or a script."""
    if not created:
        announce_loss(_EVERYBODY)


def _something_gone(**signal: Any) -> None:
    announce_loss(_EVERYBODY)


def _relation_changed(action: str, **signal: Any) -> None:
    if action in ("post_remove", "post_clear"):
        announce_loss(_EVERYBODY)
