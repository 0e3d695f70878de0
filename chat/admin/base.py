"""What the chat's admin pages share: changes call services, and refusals are explained."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from chat.errors import ChatError
from chat.permissions import Actor
from chat.services import identity

M = TypeVar("M", bound=Model)
# The names of what is deleted, as the models have them: to be translated.
NOUNS: Final = (
    *(gettext_noop("ban"), gettext_noop("bans"), gettext_noop("filter"), gettext_noop("filters")),
    *(gettext_noop("message"), gettext_noop("messages"), gettext_noop("room"), gettext_noop("rooms")),
    *(gettext_noop("deleted message"), gettext_noop("deleted messages")),
)
MOST_AT_ONCE: Final = 500  # each is posted once more as a field of its own, and Django takes 1,000


def actor_for_request(request: HttpRequest, permission: str) -> Actor:
    """The actor of a request. The admin site has checked the permission; for the service that is staff.

    The log asks for the same permission of the chat again.
    """
    found = identity.of_user(request.user)
    if found is None:
        raise PermissionDenied
    address = request.META.get("REMOTE_ADDR", "")
    return replace(found, staff=True, permission=f"chat.{permission}", address=address)


def has_site_permission(request: HttpRequest, permission: str) -> bool:
    """Whether the account has this permission of the chat, such as `delete_event`."""
    return bool(getattr(request.user, "has_perm", lambda _: False)(f"chat.{permission}"))


def explain_refusal(error: ChatError) -> str:
    """Why something was refused, as a moderator is told."""
    return error.detail or error.kind.text


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    """Rows that can be looked at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class ServiceAdmin(admin.ModelAdmin[M]):
    """Rows that are changed and deleted by services. `consequence` says what a deletion means.

    `deletion` and `deleted` are the words for it.
    """

    actions = ["delete_selected"]
    delete_confirmation_template = "admin/chat/delete_confirmation.html"
    delete_selected_confirmation_template = "admin/chat/delete_selected_confirmation.html"
    deletion: ClassVar[str | Promise] = _("Delete")
    deleted: ClassVar[str | Promise] = _("deleted")
    consequence: ClassVar[str | Promise] = ""
    consequence_for_many: ClassVar[str | Promise] = ""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def attempt_change(self, request: HttpRequest, obj: M, do: Callable[[], object], done: str) -> bool:
        """Call a service and note it in the object's history, or say why not. Whether it was done."""
        try:
            do()
        except ChatError as error:
            self.message_user(request, f"“{obj}”: {explain_refusal(error)}", messages.ERROR)
            return False
        self.log_change(request, obj, done)
        return True

    def delete_by_service(self, request: HttpRequest, obj: M) -> bool:
        """Delete through the service, with `attempt_change`."""
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Django's page, without Django's transaction around it.

        The log commits in its own thread, and on SQLite it would wait there for this transaction to end.
        """
        try:
            response: HttpResponse = self._changeform_view(  # type: ignore[attr-defined]
                request, object_id, form_url, extra_context
            )
            return response
        except ChatError as error:
            told = gettext("Not saved: %(reason)s") % {"reason": explain_refusal(error)}
            self.message_user(request, told, messages.ERROR)
            return redirect(request.get_full_path())

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, then delete through the service: no row goes, so there is no list of what goes with it."""
        obj = self.get_object(request, unquote(object_id))
        if not self.has_delete_permission(request, obj):
            raise PermissionDenied
        if obj is None:
            raise Http404
        if request.method != "POST":
            return self._ask_to_delete(request, obj)
        if self.delete_by_service(request, obj):
            told = gettext("“%(object)s” was %(deleted)s.") % {"object": obj, "deleted": self.deleted}
            self.message_user(request, told, messages.SUCCESS)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    @admin.action(permissions=["delete"], description=_("Delete the selected entries"))
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[M]) -> HttpResponse | None:
        """In place of Django's action of this name, which would delete rows. It asks first, as that does."""
        # One more than allowed, to notice too many without counting all of them.
        chosen = list(queryset[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            told = gettext("Select at most %(count)d to delete at once.") % {"count": MOST_AT_ONCE}
            self.message_user(request, told, messages.WARNING)
            return None
        if not request.POST.get("post"):
            listed = [(obj.pk, self.describe_row(obj)) for obj in chosen]
            return self.ask_for_many(request, listed, action="delete_selected")
        done = sum(self.delete_by_service(request, obj) for obj in chosen)
        self.say_how_many(request, done, str(self.deleted))
        return None

    def ask_for_many(
        self, request: HttpRequest, chosen: Sequence[tuple[object, str]], **shown: object
    ) -> HttpResponse:
        """The page that asks before these are deleted: what each is posted as again, and how it is shown.

        `action` is that of the list; else `field` is what they are posted as. `back` is the page before.
        """
        context = {
            **self.admin_site.each_context(request),
            "title": self.deletion,
            "opts": self.opts,
            "question": gettext("%(deletion)s %(count)d %(noun)s?")
            % {"deletion": self.deletion, "count": len(chosen), "noun": self._name_rows(len(chosen))},
            "chosen": chosen,
            "field": ACTION_CHECKBOX_NAME,
            "back": request.get_full_path(),
            "deletion": self.deletion,
            "consequence": self.consequence_for_many,
            "media": self.media,
        }
        return TemplateResponse(request, self.delete_selected_confirmation_template, context | shown)

    def describe_row(self, obj: M) -> str:
        """The text for an object on the confirmation page."""
        return str(obj)

    def say_how_many(self, request: HttpRequest, count: int, done: str) -> None:
        """Tell how many rows an action was done to; nothing if none."""
        if count:
            shown = {"count": count, "noun": self._name_rows(count), "done": done}
            self.message_user(request, gettext("%(count)d %(noun)s %(done)s.") % shown, messages.SUCCESS)

    def _name_rows(self, count: int) -> str:
        """The name of one row, or of several."""
        return gettext(str(self.opts.verbose_name if count == 1 else self.opts.verbose_name_plural))

    def _ask_to_delete(self, request: HttpRequest, obj: M) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": self.deletion,
            "opts": self.opts,
            "question": gettext("%(deletion)s the %(noun)s “%(object)s”?")
            % {"deletion": self.deletion, "noun": self._name_rows(1), "object": obj},
            "object": obj,
            "deletion": self.deletion,
            "consequence": self.consequence,
            "media": self.media,
        }
        return TemplateResponse(request, self.delete_confirmation_template, context)
