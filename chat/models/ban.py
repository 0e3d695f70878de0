"""Who may not come in."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q


class BanQuerySet(models.QuerySet["Ban"]):
    """The words in which bans are asked for."""

    def lasting(self, moment: datetime) -> Self:
        """Those that are not over by then."""
        return self.filter(Q(until=None) | Q(until__gt=moment))

    def of_server(self) -> Self:
        """Those from the server as a whole."""
        return self.filter(room=None)

    def of_newcomers(self) -> Self:
        """Those that keep newcomers out, or hold their messages."""
        return self.filter(Q(key__startswith="newcomers:") | Q(key__startswith="watch:", origin=""))

    def with_origin(self, *keys: str) -> Self:
        """The bans of these keys, and what came with them."""
        return self.filter(Q(key__in=keys) | Q(origin__in=keys))

    def to_show(self, moment: datetime) -> Self:
        """What moderators see: one entry for each ban, without what it brought with it and without kicks."""
        return self.lasting(moment).filter(origin="", kick=False).order_by("-pk")


class Ban(models.Model):
    """Those whom `key` covers may not be in the room; without a room, on the server.

    `key` has the kind of what it covers before a colon: `name`, `pattern`, `network`, or `token` (a line of
    room tokens). A kick is a ban for a moment, and for good of the token that its holder came with.

    There is one for each room, key, origin and participant, so that a ban of the next one who has a name
    does not free the first. No constraint says so: a participant who is deleted leaves their bans to the
    name. Who stores one has locked the room's row, or for the server that of `Epoch`.
    """

    # The index below begins with the room.
    room = models.ForeignKey(
        "chat.Room", on_delete=models.CASCADE, null=True, blank=True, related_name="banned", db_index=False
    )
    key = models.CharField(max_length=300)
    # That ban has the same participant.
    origin = models.CharField(max_length=300, blank=True, help_text="The key of the ban that it came with.")
    name = models.CharField(max_length=64, blank=True, help_text="The name, pattern or network as given.")
    participant = models.ForeignKey(
        "chat.Participant", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    kick = models.BooleanField(default=False)
    rank = models.PositiveSmallIntegerField(help_text="Of who made it: it does not cover those of that rank.")
    until = models.DateTimeField(null=True, blank=True, help_text="Empty: until further notice.")
    reason = models.CharField(max_length=200, blank=True, help_text="Members see it.")
    note = models.CharField(max_length=500, blank=True, help_text="For moderators alone.")
    by = models.CharField(max_length=50, blank=True)
    at = models.DateTimeField()

    objects = BanQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["room", "key"], name="ban_room_key")]

    def __str__(self) -> str:
        return self.name or self.key

    @property
    def kind(self) -> str:
        """What it covers: a name, a pattern, a network, a token, or newcomers (`watch`: their messages)."""
        return self.key.partition(":")[0]
