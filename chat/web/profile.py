"""The profile: the name and color that a visitor has everywhere, and whom they have blocked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chat import validation
from chat.errors import ChatError
from chat.services import blocks, identity
from chat.web import introduction, person, visitor
from chat.web.form_errors import FormError, explain_error, status_of, with_wait


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_profile(request: HttpRequest) -> HttpResponse:
    """Change name and color, or unblock a person; without a form, show them.

    Visitors without a name are asked for one.
    """
    who = visitor.find_visitor(request)
    if not who.name:
        return introduction.ask_for_name(request)
    if "unblock" in request.POST:
        return person.change_block(request) or redirect("web:profile")
    if request.method != "POST":
        return _render_form(request, who.name, who.color)
    name, color = request.POST.get("name", ""), request.POST.get("color", "")
    try:
        cleaned = validation.clean_name(name), validation.clean_color(color)
        identity.claim_name(request.session, *cleaned, request.META.get("REMOTE_ADDR", ""))
    except ChatError as error:
        wrong = explain_error(error, {"name": "name", "color": "color"})
        return with_wait(_render_form(request, name, color, status_of(error), error=wrong), error)
    messages.success(request, _("Saved. Others see it from now on."))
    return redirect("web:profile")


def _render_form(
    request: HttpRequest, name: str, color: str, status: int = 200, *, error: FormError | None = None
) -> HttpResponse:
    shown = {
        "name": name,
        "color": color or introduction.COLORS[0],
        "error": error,
        "focus": error.field if error else "",
        "limits": validation,
        "blocked": blocks.list_blocked(visitor.find_visitor(request).actor),
    }
    return render(request, "chat/profile.html", shown, status=status)
