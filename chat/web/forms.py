"""Forms of accounts: Django's, with our names and our limit on tries."""

from typing import Any, Final

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordMixin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from chat import validation
from chat.errors import SIGN_IN_FAILED, ChatError
from chat.services import accounts
from chat.web.form_errors import text_of

_SPENT: Final = _("Too many wrong passwords. Try again in 15 minutes.")


class SignInForm(AuthenticationForm):
    """By name, compared as names are in the chat, and password."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("Wrong name or password."),
    }
    refusal: ChatError | None = None

    def __init__(self, request: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("Name")

    def clean_username(self) -> str:
        return accounts.username_of(self.cleaned_data["username"])

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Say so after too many tries: else users doubt their password."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name and password:
            try:
                self.user_cache = accounts.check_form(self.request, name=name, password=password)
            except ChatError as error:
                self.refusal = error
                raise ValidationError(_explain_refusal(error, self.error_messages["invalid_login"])) from None
        return self.cleaned_data


class SignUpForm(SetPasswordMixin, forms.Form):  # type: ignore[type-arg]  # it takes none
    """A free name, and a password."""

    refusal: ChatError | None = None

    name = forms.CharField(
        label=_("Name"),
        max_length=validation.NAME[1],
        help_text=_("The name others see. No one else can use it, or a look-alike."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password1, password2 = SetPasswordMixin.create_password_fields(
        label1=_("Password"), label2=_("Confirm password")
    )

    def __init__(self, *args: Any, guest: int | None, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guest = guest
        self._address = address
        self.fields["password1"].help_text = _password_help()
        self.fields["password2"].help_text = ""

    def clean_name(self) -> str:
        try:
            return validation.clean_name(self.cleaned_data["name"])
        except ChatError as error:
            raise ValidationError(text_of(error)) from None

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        self.validate_passwords()
        user = User(username=self.cleaned_data.get("name", ""))
        self.validate_password_for_user(user, "password1")
        return self.cleaned_data

    @sensitive_variables()
    def save(self) -> User | None:
        """The new account; None if the name cannot be had, which is then said beside it."""
        data = self.cleaned_data
        try:
            return accounts.sign_up(
                name=data["name"], password=data["password1"], guest=self._guest, address=self._address
            )
        except ChatError as error:
            self.refusal = error
            self.add_error("name" if error.field else None, text_of(error))
            return None


class NewPasswordForm(PasswordChangeForm):
    """With the old password, which cannot be tried without end either."""

    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": _("The current password is wrong."),
    }
    refusal: ChatError | None = None

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request
        self.fields["old_password"].label = _("Current password")
        del self.fields["old_password"].widget.attrs["autofocus"]
        self.fields["new_password1"].help_text = _password_help()
        self.fields["new_password2"].label = _("Confirm new password")
        self.fields["new_password2"].help_text = ""

    @sensitive_variables()
    def clean_old_password(self) -> str:
        given: str = self.cleaned_data["old_password"]
        try:
            accounts.check_form(self._request, name=self.user.get_username(), password=given)
        except ChatError as error:
            self.refusal = error
            raise ValidationError(
                _explain_refusal(error, self.error_messages["password_incorrect"])
            ) from None
        return given


def _explain_refusal(error: ChatError, wrong: Any) -> Any:
    """Why a password was not taken; `wrong`: what to say of one that is."""
    if error.kind == SIGN_IN_FAILED:
        return wrong
    return _SPENT if error.field else text_of(error)


def _password_help() -> Any:
    return _("At least 8 characters. A few random words beat one word with symbols.")
