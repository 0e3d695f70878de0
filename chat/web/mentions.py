"""The list of messages that mention the visitor."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat.events import Message
from chat.permissions import Actor
from chat.services import mentions
from chat.web.found import Texts, show_list


@never_cache
@require_safe
def show_mentions(request: HttpRequest) -> HttpResponse:
    """Show the messages that mention the visitor, latest first; each leads to its place in its room."""
    words = Texts(
        heading=gettext("Mentions"),
        nothing=gettext(
            "No one has mentioned you yet. "
            "When someone writes @name with your name, you find the message here."
        ),
        no_earlier=gettext("No earlier mentions."),
        earlier=gettext("Earlier mentions"),
    )
    return show_list(request, words, _find)


def _find(actor: Actor, before: int | None, limit: int) -> tuple[Sequence[tuple[int, Message]], bool]:
    page = mentions.find_mentions(actor, before=before, limit=limit)
    return [(one.id, one.message) for one in page.mentions], page.more
