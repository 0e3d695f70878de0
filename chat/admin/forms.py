"""The room's form: checked by the rules that every edge has, and without effects of its own."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django import forms
from django.utils.text import capfirst

from chat import validation
from chat.errors import ChatError
from chat.models import Room
from chat.services import rooms

Checked = TypeVar("Checked")


def to_sentence(error: ChatError) -> str:
    """The errors, in the form of Django's own forms."""
    return f"{capfirst(error.detail)}."


class RoomForm(forms.ModelForm[Room]):
    """The fields of a room that a moderator can edit."""

    new_password = forms.CharField(
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=f"At least {validation.PASSWORD[0]} characters. A new password removes members who joined"
        " with the old one. Leave empty to keep the current password. Public rooms have no password.",
    )

    class Meta:
        model = Room
        fields = [
            "title",
            "description",
            "visibility",
            "owner",
            "moderators",
            "slow_seconds",
            "accounts_only",
            "approve_first",
            "rules",
            *validation.CHOICES,
            "retention_days",
        ]

    def clean_title(self) -> str:
        """As `services.rooms.edit_room` will check it."""
        title = self._check_field("title", partial(rooms.new_title, kept=self.initial.get("title", "")))
        if Room.objects.titled(title).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(to_sentence(validation.duplicate_title()))
        return title

    def clean_description(self) -> str:
        """As `services.rooms.edit_room` will check it."""
        return self._check_field("description", validation.clean_description)

    def clean_slow_seconds(self) -> int:
        """As `services.rooms.limit_posting` will check it."""
        return self._check_field("slow_seconds", validation.clean_slow_seconds)

    def clean_rules(self) -> str:
        """As `services.rooms.limit_posting` will check them."""
        return self._check_field("rules", validation.clean_rules)

    def clean_retention_days(self) -> int | None:
        """As `services.rooms.set_retention` will check it."""
        days: int | None = self.cleaned_data["retention_days"]
        try:
            validation.check_retention(days)
        except ChatError as error:
            raise forms.ValidationError(to_sentence(error)) from None
        return days

    def clean(self) -> dict[str, Any]:
        """Protected rooms need a password, public ones have none."""
        given = self.cleaned_data
        if "visibility" in given:
            has_one = bool(self.instance.password)
            try:
                validation.clean_password_for(given["visibility"], given.get("new_password"), has_one)
            except ChatError as error:
                field = "new_password" if error.field == "password" else error.field
                self.add_error(field, to_sentence(error))
        return given

    def _check_field(self, field: str, rule: Callable[[object], Checked]) -> Checked:
        try:
            return rule(self.cleaned_data[field])
        except ChatError as error:
            raise forms.ValidationError(to_sentence(error)) from None
