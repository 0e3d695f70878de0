"""Accounts: Django's own pages, for names as the chat has them."""

from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from chat.models import Participant

if TYPE_CHECKING:
    ChangeForm = UserChangeForm[User]
    TypedUserAdmin = UserAdmin[User]
else:  # Django's own take no type arguments
    ChangeForm, TypedUserAdmin = UserChangeForm, UserAdmin


GOES_WITH_IT: Final = "Its participant, with all direct conversations of theirs, for both sides"


class AccountForm(ChangeForm):
    """Who signed up may have a name that Django would not take, such as one of two words. It can stay."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "username" in self.fields:
            self.fields["username"].validators = []

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded if "username" in self.changed_data else excluded | {"username"}


admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(TypedUserAdmin):
    """Accounts, whoever made them."""

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
