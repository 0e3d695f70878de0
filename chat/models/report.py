"""Reports of messages and people, and the queue that moderators work through."""

from collections.abc import Collection
from typing import Final, Self

from django.db import models
from django.db.models import Q

from chat.models.participant import Participant
from chat.validation import ALL_REASONS, OUTCOMES

PERMISSION: Final = "chat.change_report"  # of staff who decide them


class ReportQuerySet(models.QuerySet["Report"]):
    """Queries of the queue."""

    def waiting(self) -> Self:
        """Those that are not decided."""
        return self.filter(state__lt=Report.State.DONE)

    def decided_by_staff(self) -> Self:
        """Those that were decided by someone who is staff now."""
        staff = Participant.objects.staff(PERMISSION).values("pk")
        return self.filter(state=Report.State.DONE, handler__in=staff)

    def in_rooms(self, rooms: Collection[int]) -> Self:
        """Those of these rooms; none of a direct conversation."""
        return self.filter(room__in=rooms, direct=False)

    def not_about(self, participant: int | None) -> Self:
        """Those that are not about this participant."""
        return self if participant is None else self.exclude(subject=participant)

    def same_as(self, report: "Report") -> Self:
        """The waiting reports of the same message, this one included; of a person, this one alone."""
        same = Q(pk=report.pk)
        if report.seq is not None:
            same |= Q(room=report.room, seq=report.seq)
        return self.waiting().filter(same)


class Report(models.Model):
    """A participant has reported a message, or a person, of a room or of a direct conversation; or the server
    has, for a message that it holds.

    It points to nothing by a foreign key: what it is about may be deleted, and the report stays as it is.
    """

    class State(models.IntegerChoices):
        OPEN = 0, "open"
        CLAIMED = 1, "claimed"
        DONE = 2, "done"

    at = models.DateTimeField()
    reporter = models.PositiveBigIntegerField(help_text="The participant who reported. 0: the server.")
    reporter_name = models.CharField(max_length=50, blank=True)
    room = models.PositiveBigIntegerField()
    room_title = models.CharField(max_length=70, blank=True)
    direct = models.BooleanField(help_text="In a direct conversation: only staff see the report.")
    seq = models.PositiveBigIntegerField(null=True, help_text="The reported message. Empty: a person.")
    held = models.PositiveBigIntegerField(
        null=True, help_text="The held message that waits for the decision."
    )
    subject = models.PositiveBigIntegerField(
        null=True, help_text="The reported participant. Empty: known by the name alone."
    )
    subject_name = models.CharField(max_length=50)
    subject_key = models.CharField(max_length=255)
    reason = models.CharField(max_length=16, choices=[(one, one) for one in ALL_REASONS])
    note = models.CharField(max_length=500, blank=True)
    messages = models.JSONField(
        default=list, help_text="Copies of the message, and of those that the reporter added: oldest first."
    )
    state = models.PositiveSmallIntegerField(choices=State, default=State.OPEN)
    handler = models.PositiveBigIntegerField(null=True, help_text="Who has claimed or decided it.")
    handler_name = models.CharField(max_length=150, blank=True)
    decision = models.CharField(max_length=16, blank=True, choices=[(one, one) for one in OUTCOMES])
    decided_at = models.DateTimeField(null=True)  # while it waits: since when it is being decided

    objects = ReportQuerySet.as_manager()

    class Meta:
        default_permissions = ("change",)
        constraints = [
            models.UniqueConstraint(
                fields=["reporter", "room", "seq"], condition=Q(seq__isnull=False), name="report_message_once"
            ),
            models.UniqueConstraint(  # a person can be reported again after the decision
                fields=["reporter", "room", "subject_key"],
                condition=Q(seq__isnull=True, state__lt=2, reporter__gt=0),
                name="report_person_once",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="report_queue"),
            models.Index(fields=["room", "state", "id"], name="report_room"),
            models.Index(fields=["reporter", "id"], name="report_reporter"),
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"
