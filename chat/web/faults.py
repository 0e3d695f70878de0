"""The pages that say that something is wrong, where Django's own would not know whose page it is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from chat.web import theme


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the token that says that it is ours."""
    return render(request, "403_csrf.html", status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Something failed that should not: the page asks nothing that may be what failed."""
    return HttpResponse(render_to_string("500.html", {"theme": theme.of(request)}), status=500)
