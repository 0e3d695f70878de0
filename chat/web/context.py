"""Context for the templates of all pages."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from chat.web import addresses, brand, look, modules, sidebar, texts, visitor


def page(request: HttpRequest) -> dict[str, object]:
    """`me`, `sidebar`, `brand`, `look`, `here` (to come back to), `texts` (the address of the scripts'
    texts), `sign_up`, and `modules` (to preload). A page with more scripts, or with a place in the sidebar,
    names these itself.

    A page that does not show the visitor's name or the sidebar makes no query for it.
    """
    return {
        "me": SimpleLazyObject(lambda: visitor.find_visitor(request)),
        "sidebar": SimpleLazyObject(lambda: sidebar.find_entries(request)),
        "brand": brand.describe_brand(),
        "look": look.read_look(request),
        "here": SimpleLazyObject(lambda: addresses.return_address(request)),
        "texts": texts.texts_address(),
        "modules": modules.list_modules(modules.EVERY_PAGE),
        "sign_up": settings.ENV.wschat_sign_up,
    }
