"""The name, logo and accent color of the site, by settings."""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from chat import accents

_YEAR: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Brand:
    """What the pages show of the site itself. `logo` is an address; `logo_type` may be unknown: "".

    `accent`: the address of a style sheet, "" for none.
    """

    name: str
    logo: str
    logo_type: str
    accent: str


def describe_brand() -> Brand:
    """The name and logo as they are set."""
    logo: str = settings.ENV.wschat_site_logo
    address = get_script_prefix() + logo.removeprefix("/") if logo.startswith("/") else static(logo)
    accent = f"{reverse('web:accent')}?{_hash_accent()}" if settings.ENV.wschat_accent else ""
    return Brand(settings.ENV.wschat_site_name, address, mimetypes.guess_type(logo)[0] or "", accent)


@require_safe
def accent(request: HttpRequest) -> HttpResponse:
    """The style sheet with the accent color, in the selectors of `static/chat/base.css`."""
    response = HttpResponse(_build_sheet(settings.ENV.wschat_accent), "text/css; charset=utf-8")
    if request.META.get("QUERY_STRING") == _hash_accent():
        patch_cache_control(response, public=True, max_age=_YEAR, immutable=True)
    else:
        patch_cache_control(response, no_cache=True)
    return response


def _hash_accent() -> str:
    return hashlib.sha256(_build_sheet(settings.ENV.wschat_accent).encode()).hexdigest()[:12]


@cache
def _build_sheet(color: str) -> str:
    if not color:
        return ""
    light, dark = (_list_colors(color, theme) for theme in (accents.LIGHT, accents.DARK))
    return (
        f":root {{ {light} }}\n"
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}\n'
        f':root[data-theme="dark"] {{ {dark} }}\n'
    )


def _list_colors(color: str, theme: accents.Theme) -> str:
    return " ".join(f"{name}: {value};" for name, value in accents.build_palette(color, theme).items())
