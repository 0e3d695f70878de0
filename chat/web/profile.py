"""The profile: what others see of a visitor, and whom the visitor has blocked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chat import validation
from chat.errors import ChatError
from chat.services import blocks, identity, people
from chat.web import introduction, person, visitor
from chat.web.form_errors import FormError, explain_error, status_of, with_wait


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_profile(request: HttpRequest) -> HttpResponse:
    """Change what others see of the visitor, or unblock a person; without a form, show it.

    Visitors without a name are asked for one.
    """
    who = visitor.find_visitor(request)
    if not who.name:
        return introduction.ask_for_name(request)
    if "unblock" in request.POST:
        return person.change_block(request) or redirect("web:profile")
    if request.method != "POST":
        return _render_form(request, who.name, who.color, shows_last_seen=who.shows_last_seen)
    shows_last_seen = "shows_last_seen" in request.POST
    name, color = request.POST.get("name", ""), request.POST.get("color", "")
    try:
        cleaned = validation.clean_name(name), validation.clean_color(color)
        identity.claim_name(request.session, *cleaned, request.META.get("REMOTE_ADDR", ""))
    except ChatError as error:
        wrong = explain_error(error, {"name": "name", "color": "color"})
        page = _render_form(
            request, name, color, status_of(error), error=wrong, shows_last_seen=shows_last_seen
        )
        return with_wait(page, error)
    people.show_last_seen(who.participant or 0, on=shows_last_seen)
    messages.success(request, _("Saved."))
    return redirect("web:profile")


def _render_form(
    request: HttpRequest,
    name: str,
    color: str,
    status: int = 200,
    *,
    shows_last_seen: bool,
    error: FormError | None = None,
) -> HttpResponse:
    shown = {
        "name": name,
        "color": color or introduction.COLORS[0],
        "shows_last_seen": shows_last_seen,
        "error": error,
        "focus": error.field if error else "",
        "limits": validation,
        "blocked": blocks.list_blocked(visitor.find_visitor(request).actor),
    }
    return render(request, "chat/profile.html", shown, status=status)
