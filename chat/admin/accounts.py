"""Accounts: Django's own pages, for names as the chat has them."""

from typing import Any, Final, cast

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.admin.sites import AdminSite
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from chat.admin.audit import AuditedAdmin
from chat.admin.base import explain_refusal
from chat.admin.forms import to_sentence
from chat.errors import SIGN_IN_FAILED, TOO_MANY_REQUESTS, ChatError
from chat.models import Participant
from chat.services import accounts

GOES_WITH_IT: Final = "Its participant, with all of its direct conversations, for both members"


class AccountForm(UserChangeForm[User]):
    """Accepts names that Django would refuse, such as two words: accounts from sign-up may have them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "username" in self.fields:
            self.fields["username"].validators = []

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded if "username" in self.changed_data else excluded | {"username"}


class StaffSignInForm(AdminAuthenticationForm):
    """Django's, but that it says so after too many tries: else staff doubt their password."""

    refusal: ChatError | None = None

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Check the password as every other way in does."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name is None or not password or self.request is None:
            return self.cleaned_data
        try:
            self.user_cache = accounts.check_form(self.request, name=name, password=password)
        except ChatError as error:
            self.refusal = error
            if _is_wrong(error):
                raise self.get_invalid_login_error() from None
            raise ValidationError(to_sentence(error)) from None
        self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data


class OwnPasswordForm(AdminPasswordChangeForm):
    """Django's, but that the present password cannot be tried without end."""

    refusal: ChatError | None = None

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    @sensitive_variables()
    def clean_old_password(self) -> str:
        given: str = self.cleaned_data["old_password"]
        try:
            accounts.check_form(self._request, name=self.user.get_username(), password=given)
        except ChatError as error:
            self.refusal = error
            text = self.error_messages["password_incorrect"] if _is_wrong(error) else explain_refusal(error)
            raise ValidationError(text) from None
        return given


class OwnPasswordView(PasswordChangeView):
    """Django's, whose form asks where the browser is."""

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}


def _is_wrong(error: ChatError) -> bool:
    """Whether it was the password, and not the number of tries."""
    return error.kind == SIGN_IN_FAILED


def sign_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Django's page, which programs can read, too, after too many tries."""
    return _say_when(AdminSite.login(admin.site, request, extra_context))


def _say_when(page: HttpResponse) -> HttpResponse:
    form = (getattr(page, "context_data", None) or {}).get("form")
    refusal = getattr(form, "refusal", None)
    if refusal is not None and refusal.retry_after is not None:
        page.status_code = TOO_MANY_REQUESTS.status
        page.headers["Retry-After"] = refusal.headers()["Retry-After"]
    return page


def change_own_password(
    request: HttpRequest, extra_context: dict[str, Any] | None = None
) -> TemplateResponse:
    """Django's page with our form, which Django has no setting for."""
    view = OwnPasswordView.as_view(
        form_class=OwnPasswordForm,
        success_url=reverse("admin:password_change_done"),
        extra_context={**admin.site.each_context(request), **(extra_context or {})},
    )
    return cast(TemplateResponse, _say_when(cast(HttpResponse, view(request))))


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(Group)
class AuditedGroupAdmin(AuditedAdmin, GroupAdmin):
    """Django's, but that the audit log has what is done here."""


@admin.register(User)
class AccountAdmin(AuditedAdmin, UserAdmin[User]):
    """Accounts, created here or by signing up."""

    form = AccountForm

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The accounts, and in general words what goes with them: of conversations the site tells nothing."""
        participants = self.admin_site.get_model_admin(Participant)
        allowed = self.has_delete_permission(request) and participants.has_delete_permission(request)
        listed: list[Any] = []
        for account in objs:
            listed += [str(account), [GOES_WITH_IT]]
        return listed, {self.opts.verbose_name_plural: len(objs)}, set() if allowed else {"participant"}, []

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's page, without a transaction around it: a connection would be held while a hash is made."""
        return cast(HttpResponse, self._add_view(request, form_url, extra_context))  # type: ignore[attr-defined]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The same for its inner part; what changes an account makes no hash, and keeps its transaction."""
        if object_id is None:
            page = self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]
            return cast(HttpResponse, page)
        return super().changeform_view(request, object_id, form_url, extra_context)
