"""Accounts: Django's own pages, for names as the chat has them."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import User

if TYPE_CHECKING:
    ChangeForm = UserChangeForm[User]
    TypedUserAdmin = UserAdmin[User]
else:  # Django's own take no type arguments
    ChangeForm, TypedUserAdmin = UserChangeForm, UserAdmin


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
