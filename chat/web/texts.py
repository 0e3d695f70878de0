"""The texts of scripts (`/i18n.js`), in the language of the page."""

import hashlib
from functools import cache
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

_YEAR: Final = 365 * 24 * 3600


def texts_address() -> str:
    """Where the texts of the page's language are. It changes with them, so that browsers may keep them."""
    language = _known_language(translation.get_language())
    return f"{reverse('web:texts')}?{language}.{_hash_script(language)}"


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Django's catalogue of the domain djangojs. A page of another release gets it too, but not to keep."""
    language, _, version = request.META.get("QUERY_STRING", "").partition(".")
    language = _known_language(language)
    response = HttpResponse(_build_script(language), "text/javascript; charset=utf-8")
    if version == _hash_script(language):
        patch_cache_control(response, public=True, max_age=_YEAR, immutable=True)
    else:
        patch_cache_control(response, no_cache=True)
    return response


def _known_language(language: str | None) -> str:
    active = language or translation.get_language()
    return active if active in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


@cache
def _build_script(language: str) -> bytes:
    with translation.override(language):
        return JavaScriptCatalog(packages=["chat"]).get(HttpRequest()).content


@cache
def _hash_script(language: str) -> str:
    return hashlib.sha256(_build_script(language)).hexdigest()[:12]
