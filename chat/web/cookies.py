"""Names and paths of the cookies that the site sets."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from chat.cookies import name_prefix, read_cookies
from chat.web import look

# Scripts set these by the same names (`static/chat/pages/base.js`), or the language was chosen elsewhere.
_PLAIN: Final = {*look.CHOICES, settings.LANGUAGE_COOKIE_NAME}


class CookieMiddleware:
    """Give cookies the path of the site, which a proxy may say, and over TLS names that browsers guard.

    To all below, cookies have the names of the settings. Over TLS one that came by such a name does not
    count: another host of the domain, or a page without TLS, may have set it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Rename the cookies of the request and of the answer."""
        root = request.META.get("SCRIPT_NAME", "")
        given = request.COOKIES = read_cookies(request.META.get("HTTP_COOKIE", ""))
        if before := name_prefix(root):
            guarded = {name: given[name] for name in given if name.startswith(before)}
            plain = {name: given[name] for name in given if name in _PLAIN}
            request.COOKIES = plain | {name.removeprefix(before): guarded[name] for name in guarded}
        response = self._get_response(request)
        for name, cookie in list(response.cookies.items()):
            cookie["path"] = f"{root.rstrip('/')}/"
            if before and name not in _PLAIN:
                cookie["secure"] = True
                cookie.set(before + name, cookie.value, cookie.coded_value)
                del response.cookies[name]
                response.cookies[before + name] = cookie
        return response
