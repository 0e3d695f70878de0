"""What every page's template may use."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from chat.web import addresses, me, modules, texts, theme


def page(request: HttpRequest) -> dict[str, object]:
    """`me`, `theme`, `here` (to come back to), `texts` (the address of the scripts' texts), `sign_up`, and
    `modules` (to preload; a page with more scripts of its own names them as well).

    A page that does not show the visitor's name makes no query for it.
    """
    return {
        "me": SimpleLazyObject(lambda: me.find_me(request)),
        "theme": theme.read_theme(request),
        "here": SimpleLazyObject(lambda: addresses.return_address(request)),
        "texts": texts.texts_address(),
        "modules": modules.list_modules(modules.EVERY_PAGE),
        "sign_up": settings.ENV.wschat_sign_up,
    }
