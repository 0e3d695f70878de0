"""The audit log: what moderators did. Entries are never changed."""

from typing import Any, NoReturn, Self

from django.db import models


class AuditEntryIsFinal(Exception):
    """An entry of the audit log was to be changed or deleted."""

    def __init__(self) -> None:
        super().__init__("the audit log is only ever appended to")


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Entries can be asked for and added."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AuditEntryIsFinal

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AuditEntryIsFinal

    def update_or_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AuditEntryIsFinal

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AuditEntryIsFinal

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        """Add entries, and change none that is there."""
        if kwargs.get("update_conflicts"):
            raise AuditEntryIsFinal
        return super().bulk_create(objs, *args, **kwargs)

    def about_room(self, room: int) -> Self:
        """What was done in a room."""
        return self.filter(room=room)


class AuditEntry(models.Model):
    """An act of moderation or administration: who did what to whom, where, why, when and from where.

    It points to nothing by a foreign key: what it is about may be deleted, and the entry stays as it is.
    """

    at = models.DateTimeField(help_text="When.")
    act = models.CharField(max_length=32, help_text="What was done.")
    actor = models.PositiveBigIntegerField(
        null=True, help_text="The participant who did it. Empty: an anonymous client, or the server itself."
    )
    actor_name = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=64, blank=True, help_text="From where.")
    room = models.PositiveBigIntegerField(null=True, help_text="Where. Empty: the server as a whole.")
    room_title = models.CharField(max_length=70, blank=True)
    subject = models.PositiveBigIntegerField(
        null=True, help_text="The participant to whom it was done, if there is one."
    )
    subject_name = models.CharField(max_length=255, blank=True)
    message = models.PositiveBigIntegerField(null=True, help_text="The seq of the message that it is about.")
    reason = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True, help_text="For moderators alone.")
    details = models.JSONField(default=dict, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit log"
        default_permissions = ("view",)
        base_manager_name = "objects"
        indexes = [
            models.Index(fields=["room", "id"], name="audit_room"),
            models.Index(fields=["actor", "id"], name="audit_actor"),
            models.Index(fields=["subject", "id"], name="audit_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.act} by {self.actor_name or 'the server'}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry. Refuse one that is there."""
        if not self._state.adding:
            raise AuditEntryIsFinal
        super().save(**kwargs | {"force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AuditEntryIsFinal
