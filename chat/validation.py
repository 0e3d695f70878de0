"""Which texts, names and numbers are valid. Pure; what is not valid raises a `ChatError`."""

import unicodedata
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from chat.characters import (
    has_hidden,
    is_highly_restrictive,
    is_one_emoji,
    normalize,
    qualify_emoji,
    shows_something,
    strip_formats,
    strip_ignored,
    strip_in_place,
)
from chat.confusables import build_skeleton
from chat.errors import (
    DUPLICATE_ROOM,
    INVALID_CONTENT,
    INVALID_FIELD,
    ChatError,
    ErrorKind,
)
from chat.events import LARGEST_SEQ
from chat.mentions import ALL
from chat.words import split_words

TITLE: Final = (2, 70)
DESCRIPTION: Final = (0, 70)
REASON: Final = (0, 200)  # of an act of moderation
NOTE: Final = (0, 500)  # of moderators, for each other
RULES: Final = (0, 2000)  # of a room
NAME: Final = (1, 50)
COLOR: Final = (0, 32)
EMOJI: Final = (1, 16)
MOST_EMOJI: Final = 20  # different ones under one message
MOST_MODERATORS: Final = 50  # of one room
REPORT_REASONS: Final = ("spam", "harassment", "hate", "sexual", "illegal", "other")
FILTER_KINDS: Final = ("words", "regex", "links", "invites", "repeated", "capitals", "mentions")
FILTER_ACTIONS: Final = ("warn", "hold", "refuse", "mute")  # the mildest first
SERVER_REASONS: Final = ("newcomer", "filter", "evasion")  # of reports that the server files
ALL_REASONS: Final = (*REPORT_REASONS, *SERVER_REASONS)
DECISIONS: Final = ("nothing", "delete", "mute", "kick", "ban", "done", "approve", "reject")  # on a report
OUTCOMES: Final = (*DECISIONS, "expired")  # which a held message has that waited too long
LONGEST_COPY: Final = 4000  # characters of a message, in a report
MOST_AROUND: Final = 20  # messages that go with a report
MOST_BANS: Final = 1000  # of one room, or of the server
MOST_MUTES: Final = 1000  # of one room; filters make half of them at most
MOST_STARS: Final = 5  # in a pattern of names
_MAPPED_BITS: Final = 96  # of IPv6, before an address of IPv4
WIDEST_NETWORK: Final = {4: 8, 6: 19}  # bits of its prefix, at least
MOST_PINS: Final = 50  # messages pinned to one room
LONGEST_KEY: Final = 255
LONGEST_LOOK: Final = 500
PASSWORD: Final = (8, 128)
NONCE: Final = (1, 64)
SOUGHT: Final = (1, 100)
LONGEST_INPUT: Final = 4096
# A text may be this many times longer than its limit before normalization: NFC can turn three characters into
# one. Longer texts are refused unread, because reading them takes time, mostly before any budget is charged.
SPELLED: Final = 4
LONGEST_RETENTION: Final = 36_500  # days
LONGEST_PAUSE: Final = 6 * 3600  # seconds between two messages of a sender, in slow mode
LONGEST_MUTE: Final = 10 * 365 * 24 * 3600  # seconds; for longer there is "until further notice"
LEVELS: Final = ("all", "mentions", "nothing")  # what of a room calls a participant
SPANS: Final = ("hour", "day", "all")
PUBLIC: Final = "public"
ADDRESS_ENDS: Final = frozenset(
    {"", "ws", "token", "renew", "enter", "settings", "moderators", "bans", "kicks", "mutes", "deletions"}
)  # of addresses under a room's own
VISIBILITIES: Final = (PUBLIC, "private", "hidden")
# Who can do something in a room, where the room chooses it. AUTO: everyone in a small room, else moderators.
EVERYONE: Final = "everyone"
AUTO: Final = "auto"
MODERATORS: Final = "moderators"
OWNER: Final = "owner"
CHOICES: Final = {
    "who_can_pin": (EVERYONE, MODERATORS, OWNER),
    "who_can_mention_all": (AUTO, EVERYONE, MODERATORS, OWNER),
}

# Categories that no label may hold: controls, formats (zero-width, right-to-left overrides), surrogates,
# private use, line and paragraph separators. A message may hold the formats, which emoji and
# several scripts need, and the line breaks.
_NOT_IN_LABEL: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"
_NOT_IN_TEXT: Final = frozenset({"Cc", "Cs"})
_NOT_IN_EMOJI: Final = frozenset({"Cc", "Cs", "Co", "Zl", "Zp", "Zs"})  # formats join emoji
_BREAKS: Final = "\n\r\t"


def fold_label(label: str) -> str:
    """The form in which two labels are compared: NFKC, case folded, white space run together."""
    folded = normalize("NFKC", normalize("NFKC", label).casefold())
    return " ".join(folded.split())


@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """The form in which two names are compared: like `fold_label`, and look-alikes are equal."""
    return " ".join(build_skeleton(name).split())


def clean_label(value: object, field: str, size: tuple[int, int], kind: ErrorKind) -> str:
    """A one-line text (title, name): trimmed, in NFC, within `size`, without invisible characters."""
    text = _clean_line(value, field, size, kind)
    if has_hidden(text):
        raise ChatError(kind, field=field, detail=f"{field} must not contain invisible characters")
    return text


def _clean_line(value: object, field: str, size: tuple[int, int], kind: ErrorKind) -> str:
    """The same for what is not shown to others: it may hold joiners that have no effect."""
    text = check_string(value, field, kind)
    low, high = size
    # Almost all labels are ASCII, and for those no table of Unicode has to be read.
    if text.isascii() and text.isprintable() and low <= len(plain := text.strip()) <= high:
        return plain  # of the rest, nothing can be true
    text = text.strip()
    if len(text) > SPELLED * high:
        raise ChatError(kind, field=field, detail=f"{field} must have {low} to {high} characters")
    text = normalize("NFC", text).strip()
    if any(unicodedata.category(c) in _NOT_IN_LABEL and c not in _JOINERS for c in strip_in_place(text)):
        raise ChatError(kind, field=field, detail=f"{field} must not contain control or invisible characters")
    if not low <= len(text) <= high:
        raise ChatError(kind, field=field, detail=f"{field} must have {low} to {high} characters")
    folded = fold_label(text)
    if len(folded) > 4 * high:  # a single character can stand for eighteen
        raise ChatError(kind, field=field, detail=f"{field} is too long after Unicode normalization")
    if text and not shows_something(text):
        raise ChatError(kind, field=field, detail=f"{field} must contain a visible character")
    return text


def clean_plain_text(value: object, field: str) -> str:
    """A text that is looked up or compared, and kept nowhere: a name to sign in with, a password, a token."""
    given = check_string(value, field, INVALID_FIELD)
    if not given or len(given) > LONGEST_INPUT or "\x00" in given:
        detail = f"{field} must have 1 to {LONGEST_INPUT} characters, none of them null"
        raise ChatError(INVALID_FIELD, field=field, detail=detail)
    return given


def title_look(title: str) -> str:
    """The form in which titles that look alike are equal. Raises 105 if that is too long."""
    look = name_key(title)
    if len(look) > LONGEST_LOOK:
        raise ChatError(INVALID_CONTENT, field="title", detail="title is too long when normalized")
    return look


_WORDS_FOR_ALL: Final = frozenset(map(name_key, ALL))


def clean_name(value: object, field: str = "name") -> str:
    """Check a name that a client goes by: of one script (UTS 39, highly restrictive), and no word for all."""
    given = clean_known_name(value, field)
    if name_key(given).lstrip("@") in _WORDS_FOR_ALL:
        detail = f"{field} must not be a word that mentions everyone"
        raise ChatError(INVALID_FIELD, field=field, detail=detail)
    if fold_label(given) in (".", ".."):  # clients take them out of the address of a moderator
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must not be . or ..")
    if not is_highly_restrictive(given):
        detail = f"{field} must be written in one script, without stray marks"
        raise ChatError(INVALID_FIELD, field=field, detail=detail)
    return given


def clean_known_name(value: object, field: str = "name") -> str:
    """Check a name that is looked for: who has it may have taken it when other rules held."""
    given = clean_label(value, field, NAME, INVALID_FIELD)
    if given.isascii():
        return given
    if len(name_key(given)) > LONGEST_KEY:
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} is too long after Unicode normalization")
    return given


def clean_emoji(value: object) -> str:
    """Check what is under a message as a reaction, and spell it in the one way of its kind.

    Reactions from earlier versions may be other characters: `check_one_emoji` refuses those.
    """
    text = check_string(value, "emoji", INVALID_FIELD).strip()
    low, high = EMOJI
    text = qualify_emoji(text) if len(text) <= SPELLED * high else ""
    hidden = has_hidden(text) or any(unicodedata.category(c) in _NOT_IN_EMOJI for c in text)
    if hidden or not low <= len(text) <= high or not shows_something(text):
        detail = f"emoji must have {low} to {high} visible characters"
        raise ChatError(INVALID_FIELD, field="emoji", detail=detail)
    return text


def check_one_emoji(text: str) -> None:
    """Raise 303 unless a cleaned text is one emoji: no filter looks at reactions, so they hold no words."""
    if not is_one_emoji(text):
        raise ChatError(INVALID_FIELD, field="emoji", detail="emoji must be one emoji")


def clean_color(value: object) -> str:
    """A colour, as a word or #rrggbb; nothing at all is fine."""
    return clean_label("" if value is None else value, "color", COLOR, INVALID_FIELD)


def clean_text(value: object, most: int, field: str = "msg") -> str:
    """Check the text of a message: not empty, at most `most` characters. It stays as it is."""
    # isprintable() is one pass in C and true for almost every message; the exact checks cost more.
    if isinstance(value, str) and value.isprintable():  # of the rest, only two things can be wrong
        said = value
    else:
        said = check_string(value, field, INVALID_FIELD)
        if any(unicodedata.category(c) in _NOT_IN_TEXT and c not in _BREAKS for c in said):
            detail = f"{field} must not contain control characters"
            raise ChatError(INVALID_FIELD, field=field, detail=detail)
    if not (said.strip() if said.isascii() else shows_something(said)):
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must not be empty")
    if len(said) > most:
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must have at most {most} characters")
    return said


def clean_seq(value: object, field: str) -> int | None:
    """Check a seq, or None."""
    if value is None or (type(value) is int and 0 <= value <= LARGEST_SEQ):
        return value
    raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must be a seq, which is 0 or more")


def clean_unfinished(value: object, most: int, field: str = "text") -> str:
    """Check a text that is still being written, as the text of a message; "" if it shows nothing."""
    said = check_string(value, field, INVALID_FIELD)
    return clean_text(said, most, field) if shows_something(said) else ""


def clean_search_text(value: object, field: str) -> str:
    """Check a text that is looked for. It may be pasted: it is made one line, without the formats that search
    ignores.
    """
    text = check_string(value, field, INVALID_FIELD)
    if len(text) > LONGEST_INPUT:
        text = ""  # it is refused
    text = " ".join(text.split())
    return _clean_line(strip_formats(text), field, SOUGHT, INVALID_FIELD)


def split_search_words(value: object, field: str) -> tuple[str, ...]:
    """What is looked for: words, or else the characters that are there instead."""
    return split_words(clean_search_text(value, field))


def clean_nonce(value: str) -> str:
    """The name that a client gives a message so that sending it twice says it once.

    It is the client's own: kept, compared and sent back to the letter.
    """
    given = check_string(value, "nonce", INVALID_FIELD)
    low, high = NONCE
    if not low <= len(given) <= high or "\x00" in given:
        detail = f"nonce must have {low} to {high} characters, none of them null"
        raise ChatError(INVALID_FIELD, field="nonce", detail=detail)
    return given


def clean_token(value: object, field: str = "token") -> str:
    """Check a token: a string, which is only compared, or checked by its signature."""
    return check_string(value, field, INVALID_FIELD)


def clean_title(value: object) -> str:
    """A room's title."""
    return clean_label(value, "title", TITLE, INVALID_CONTENT)


def clean_span(value: object) -> str:
    """Since when messages are to be deleted. Raises 303."""
    if not isinstance(value, str) or value not in SPANS:
        raise ChatError(INVALID_FIELD, field="since", detail="since must be hour, day or all")
    return value


def clean_level(value: object) -> str:
    """What of a room is to call a participant. Raises 303."""
    if not isinstance(value, str) or value not in LEVELS:
        raise ChatError(INVALID_FIELD, field="level", detail="level must be all, mentions or nothing")
    return value


def reads_as_number(title: str) -> bool:
    """Whether a title is nothing but digits, of any script, and what goes with a number or cannot be seen."""
    seen = "".join(c for c in strip_ignored(fold_label(title)) if unicodedata.category(c)[0] not in "CMZ")
    digits = seen.replace("_", "").lstrip("+-\u2212")
    return bool(digits) and all(unicodedata.category(c).startswith("N") for c in digits)


def check_addressable(title: str) -> None:
    """Raise 105 for a title that would be taken for something else in the address of its room."""
    # Browsers make `/` of a backslash.
    first, *others = fold_label(title).replace("\\", "/").split("/")
    if reads_as_number(title.lstrip("/\\")):  # of `//75`, some proxies make `/75`
        raise _not_addressable("title must not be a number, because addresses use room numbers")
    if others and (others[-1] in ADDRESS_ENDS or not {"moderators", "bans", "deletions"}.isdisjoint(others)):
        raise _not_addressable(
            "title must not end in a slash, /ws, /token, /renew, /enter, /settings, /kicks or /mutes, or"
            " contain /moderators, /bans or /deletions, which addresses use"
        )
    if not {".", ".."}.isdisjoint((first, *others)):
        raise _not_addressable("title must not be . or .., or contain them between slashes")


def _not_addressable(detail: str) -> ChatError:
    return ChatError(INVALID_CONTENT, field="title", detail=detail)


def clean_description(value: object) -> str:
    """A room's description; none is fine."""
    return clean_label("" if value is None else value, "description", DESCRIPTION, INVALID_CONTENT)


def clean_visibility(value: object) -> str:
    """`public`, `private` or `hidden`, in any case."""
    word = check_string(value, "visibility", INVALID_CONTENT).lower()
    if word not in VISIBILITIES:
        raise ChatError(
            INVALID_CONTENT, field="visibility", detail="visibility must be public, private or hidden"
        )
    return word


def prepare_password(password: str) -> str:
    """Return the form in which a password is hashed: NFC, with one kind of space (RFC 8265, 4.2)."""
    if password.isascii() or len(password) > LONGEST_INPUT:  # none of this length is accepted
        return password
    return "".join(" " if unicodedata.category(c) == "Zs" else c for c in normalize("NFC", password))


def clean_new_password(value: object) -> str:
    """Check a new room password."""
    secret = prepare_password(check_string(value, "password", INVALID_CONTENT))
    low, high = PASSWORD
    if not low <= len(secret) <= high:
        raise ChatError(
            INVALID_CONTENT, field="password", detail=f"password must have {low} to {high} characters"
        )
    if "\x00" in secret:
        raise ChatError(
            INVALID_CONTENT, field="password", detail="password must not contain a null character"
        )
    return secret


def clean_mute_seconds(seconds: object) -> int:
    """Check the length of a mute."""
    if type(seconds) is not int:
        raise ChatError(INVALID_FIELD, field="seconds", detail="seconds must be a number")
    if not 1 <= seconds <= LONGEST_MUTE:
        detail = f"seconds must be a number from 1 to {LONGEST_MUTE}"
        raise ChatError(INVALID_FIELD, field="seconds", detail=detail)
    return seconds


def clean_pattern(value: object) -> str:
    """Check a pattern of names, in which * is any text: something of them has to be known."""
    pattern = clean_label(value, "pattern", NAME, INVALID_FIELD)
    known = name_key(pattern.replace("*", ""))
    if len(known) < 2 or not 1 <= pattern.count("*") <= MOST_STARS:
        detail = f"pattern must have 1 to {MOST_STARS} times *, and at least 2 other characters"
        raise ChatError(INVALID_FIELD, field="pattern", detail=detail)
    if len(known) > LONGEST_KEY:
        detail = "pattern is too long after Unicode normalization"
        raise ChatError(INVALID_FIELD, field="pattern", detail=detail)
    return pattern


def clean_network(value: object) -> str:
    """Check an address or network: of a single IPv6 address its /64, as that is what one client has."""
    text = check_string(value, "network", INVALID_FIELD).strip().strip("[]")
    try:
        if "/" not in text:
            address = ip_address(text)
            address = getattr(address, "ipv4_mapped", None) or address
            text = f"{address}/{32 if address.version == 4 else 64}"
        network = _unmap(ip_network(text, strict=False))
    except ValueError:
        detail = "network must be an address such as 192.0.2.1, or a network such as 192.0.2.0/24"
        raise ChatError(INVALID_FIELD, field="network", detail=detail) from None
    if network.prefixlen < WIDEST_NETWORK[network.version]:
        widest = WIDEST_NETWORK[network.version]
        raise ChatError(INVALID_FIELD, field="network", detail=f"network must be a /{widest} or smaller")
    return str(network)


def _unmap(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """The network of IPv4 that one of IPv6 stands for: the addresses of clients are written as IPv4."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < _MAPPED_BITS:
        return network
    return ip_network(f"{mapped}/{network.prefixlen - _MAPPED_BITS}")


def clean_reason(value: object, field: str = "reason") -> str:
    """Check why a moderator does something: a line that others read, or none."""
    return clean_label(value, field, NOTE if field == "note" else REASON, INVALID_FIELD)


def clean_report_reason(value: object) -> str:
    """Check why something is reported."""
    return _check_choice(value, "reason", REPORT_REASONS)


def clean_decision(value: object) -> str:
    """Check the decision on a report."""
    return _check_choice(value, "decision", DECISIONS)


def _check_choice(value: object, field: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must be one of {', '.join(choices)}")
    return str(value)


def clean_rules(value: object, kind: ErrorKind = INVALID_CONTENT) -> str:
    """Check the rules of a room, which may have several lines; none is fine."""
    text = check_string(value, "rules", kind).replace("\r\n", "\n").strip()
    if any(unicodedata.category(c) in _NOT_IN_TEXT and c not in _BREAKS for c in text):
        raise ChatError(kind, field="rules", detail="rules must not contain control characters")
    if text and not shows_something(text):
        raise ChatError(kind, field="rules", detail="rules must not be invisible")
    if len(text) > RULES[1]:
        raise ChatError(kind, field="rules", detail=f"rules must have at most {RULES[1]} characters")
    return text


def check_retention(days: int | None) -> None:
    """Raise 105 unless messages can be kept for this many days; None: as the site does, 0: not at all."""
    if days is not None and not 0 <= days <= LONGEST_RETENTION:
        detail = f"retention must be 0 to {LONGEST_RETENTION} days"
        raise ChatError(INVALID_CONTENT, field="retention_days", detail=detail)


def clean_slow_seconds(value: object, kind: ErrorKind = INVALID_CONTENT) -> int:
    """Check the seconds between two messages of a sender; 0: no slow mode."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_PAUSE:
        return value
    detail = f"the pause of slow mode must be 0 to {LONGEST_PAUSE} seconds"
    raise ChatError(kind, field="slow_seconds", detail=detail)


def clean_flag(value: object, field: str, kind: ErrorKind = INVALID_CONTENT) -> bool:
    """Check a value that is true or false."""
    if not isinstance(value, bool):
        raise ChatError(kind, field=field, detail=f"{field} must be true or false")
    return value


def clean_choice(value: object, field: str, kind: ErrorKind = INVALID_CONTENT) -> str:
    """Check who can do what the `field` of a room says."""
    if not isinstance(value, str) or value not in CHOICES[field]:
        raise ChatError(kind, field=field, detail=f"choose {', '.join(CHOICES[field][:-1])} or owner")
    return value


def clean_password_for(visibility: str, password: object, has_one: bool) -> str | None:
    """The new password of a room that is or becomes `visibility`, or None where it stays as it is.

    Protected rooms need one and public ones must not have one.
    """
    given = password is not None and password != ""
    if visibility == PUBLIC:
        if given:
            raise ChatError(INVALID_CONTENT, field="visibility", detail="a public room has no password")
        return None
    if given:
        return clean_new_password(password)
    if not has_one:
        raise ChatError(INVALID_CONTENT, field="password", detail=f"a {visibility} room needs a password")
    return None


def duplicate_title() -> ChatError:
    """The one error for a title that is taken, however that was found out."""
    return ChatError(DUPLICATE_ROOM, field="title", detail="another room has this title")


def check_string(value: object, field: str, kind: ErrorKind) -> str:
    """Check that it is a string, without half a character."""
    if value is None:
        raise ChatError(kind, field=field, detail=f"{field} is missing")
    if not isinstance(value, str):
        raise ChatError(kind, field=field, detail=f"{field} must be a string")
    if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
        raise ChatError(kind, field=field, detail=f"{field} contains a lone surrogate")
    return value
