"""What every page's template may use."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from chat.web import addresses, me, texts, theme


def page(request: HttpRequest) -> dict[str, object]:
    """`me`, `theme`, `here` (to come back to), `texts` (the address of the scripts' texts), `sign_up`.

    A page that does not show the visitor's name makes no query for it.
    """
    return {
        "me": SimpleLazyObject(lambda: me.of(request)),
        "theme": theme.of(request),
        "here": SimpleLazyObject(lambda: addresses.here(request)),
        "texts": texts.address(),
        "sign_up": settings.ENV.wschat_sign_up,
    }
