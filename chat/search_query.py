"""What a text that is looked for asks for: words, and filters among them such as `from:ann`. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import regex

from chat import validation
from chat.commands import SearchFilters
from chat.errors import INVALID_FIELD, ChatError

# As in other chats. What only looks like a filter, such as `has:fun`, is a word. Phones and word processors
# replace straight quotation marks by those of the language.
_FILTER: Final = regex.compile(
    r"""(?<!\S)(?:(?P<from>from):(?:(?P<quoted>"[^"]+"|[“„”][^“„”]+[“”]|«[^«»]+»|»[^«»]+«)"""
    r"""|@?(?P<name>[^\s"“„”«»]\S*))"""
    r"""|(?P<when>before|after):(?P<date>\d\S*)|(?P<link>has:links?))(?!\S)""",
    regex.IGNORECASE,
)


def parse_search(value: object, field: str) -> tuple[tuple[str, ...], SearchFilters]:
    """The words and the filters of what is looked for; of a filter given twice, the last one. Raises 303.

    `before:` and `after:` leave out the day that they name, in UTC.
    """
    asked = validation.clean_search_text(value, field)
    sender, since, until, link = None, None, None, False
    for found in _FILTER.finditer(asked):
        if found["from"]:
            sender = found["quoted"][1:-1].strip() if found["quoted"] else found["name"]
        elif found["link"]:
            link = True
        elif found["when"].lower() == "before":
            until = _begin_of_day(found["date"], field)
        else:
            since = _begin_of_day(found["date"], field) + timedelta(days=1)
    rest = _FILTER.sub(" ", asked).strip()
    return validation.split_search_words(rest, field) if rest else (), SearchFilters(
        sender, since, until, link
    )


def _begin_of_day(text: str, field: str) -> datetime:
    try:
        day = date.fromisoformat(text)
        if not 1970 <= day.year <= 9000:
            raise ValueError("out of the range of the databases")
    except ValueError:
        detail = "dates must look like 2026-01-31, as in before:2026-01-31"
        raise ChatError(INVALID_FIELD, field=field, detail=detail) from None
    return datetime.combine(day, time.min, UTC)
