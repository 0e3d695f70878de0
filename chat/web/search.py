"""Search for messages in all rooms that the visitor may read."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat import validation
from chat.commands import Search
from chat.errors import ChatError
from chat.models.room import is_number
from chat.search_query import parse_search
from chat.services import searching, spending
from chat.web import introduction, visitor
from chat.web.form_errors import status_of, text_of, with_wait
from chat.web.found import ON_A_PAGE, FoundEntry, link_messages


@never_cache
@require_safe
def show_search(request: HttpRequest) -> HttpResponse:
    """The latest messages with the words of `?q=`, and what stands there as `from:` or `has:link`."""
    who = visitor.find_visitor(request)
    if who.participant is None:
        return introduction.ask_for_name(request)
    sought, before = request.GET.get("q", "").strip(), request.GET.get("before", "")
    shown = {"sought": sought, "first": not is_number(before), "limits": validation}
    if not sought:
        return render(request, "chat/search.html", shown)
    try:
        words, filters = parse_search(sought, "text")
        command = Search(None, words, int(before) if is_number(before) else None, ON_A_PAGE, filters=filters)
        found, next_page = _search(who, command)
    except OperationalError:  # `recovery.SEARCH_SECONDS` have passed
        shown["error"] = gettext("That search took too long. Look for a rarer word.")
        return render(request, "chat/search.html", shown, status=503)
    except ChatError as error:
        shown["error"] = text_of(error)
        return with_wait(render(request, "chat/search.html", shown, status=status_of(error)), error)
    shown |= {"found": found, "words": " ".join(words), "next": next_page}
    return render(request, "chat/search.html", shown)


def _search(who: visitor.Visitor, command: Search) -> tuple[list[FoundEntry], int | None]:
    """The messages found, latest first, and what to give as `before` for the next page. Raises 303, 910."""
    with spending.searching(who.actor, who.actor.address):
        page = searching.search(command, who.actor)
    latest_first = reversed(page.messages)
    return link_messages(((one.seq, one) for one in latest_first), who.actor), page.next
