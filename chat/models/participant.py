"""Participants: guests and accounts."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import Combinable
from django.utils import timezone

from chat import validation
from chat.models.presence import Presence


def _keeps_name() -> Combinable:
    lately = timezone.now() - timedelta(seconds=settings.ENV.wschat_guest_name_seconds)
    here = Presence.objects.current().filter(participant=OuterRef("pk"))
    lasting = Q(user__isnull=False) | Q(seen_at__gt=lately, returns=True)
    # `seen_at` is in the future while a process holds a connection of the participant, also outside of rooms.
    return lasting | Q(seen_at__gt=timezone.now()) | Exists(here)


class ParticipantQuerySet(models.QuerySet["Participant"]):
    """Queries for participants."""

    def named(self, name: str) -> Self:
        """The participant of this name, compared as names are."""
        return self.filter(name_key=validation.name_key(name))

    def keeping_their_names(self) -> Self:
        """Accounts, and guests who are here or have been until lately: their names are taken."""
        return self.filter(_keeps_name())

    def not_closed(self) -> Self:
        """Guests, and accounts that are not closed."""
        return self.filter(Q(user=None) | Q(user__is_active=True))

    def able_to_return(self) -> Self:
        """Those who can come back under their name: open accounts, and guests whose session lasts."""
        lately = timezone.now() - timedelta(days=settings.ENV.wschat_guest_session_days)
        lasting = Q(user=None, returns=True, seen_at__gt=lately) | Q(user__is_active=True)
        return self.filter(lasting, name_key__isnull=False)

    def with_word(self, wanted: str) -> Self:
        """Those with a word of their name that begins like this: `matching.js` does the same."""
        key = validation.name_key(wanted)
        return self.filter(Q(name_key__startswith=key) | Q(name_key__contains=f" {key}"))

    def staff(self, permission: str) -> Self:
        """Those whose accounts may do this in the admin site."""
        users = User.objects.with_perm(permission).filter(is_staff=True)
        return self.filter(user__in=users)

    def losing_their_names(self) -> Self:
        """Guests who have been gone for long."""
        return self.exclude(_keeps_name())


class Participant(models.Model):
    """An account in the chat, or a guest with a signed session."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="participant"
    )
    name = models.CharField(max_length=50, blank=True)
    # Null once another participant has taken the name, after it was released.
    name_key = models.CharField(max_length=255, null=True, unique=True, editable=False)  # noqa: DJ001
    color = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # False for a guest without a session, who cannot come back as the same one: the name is free at once.
    returns = models.BooleanField(default=True, editable=False)
    seen_at = models.DateTimeField(
        default=timezone.now,
        help_text="When the participant was last connected; ahead by the lease while they are.",
    )
    # Whether others may see `seen_at`. `services.people` decides which of them.
    shows_last_seen = models.BooleanField(default=False, db_default=False, editable=False)

    objects = ParticipantQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name or (f"guest {self.pk}" if self.user_id is None else f"account {self.user_id}")
