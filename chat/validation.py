"""Which texts, names and numbers are valid. Pure; what is not valid raises a `ChatError`."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from chat.characters import has_hidden, qualify_emoji, shows_something, strip_ignored, strip_in_place
from chat.confusables import build_skeleton
from chat.errors import (
    DUPLICATE_ROOM,
    INVALID_CONTENT,
    INVALID_FIELD,
    ChatError,
    ErrorKind,
)

TITLE: Final = (2, 70)
DESCRIPTION: Final = (0, 70)
NAME: Final = (1, 50)
COLOR: Final = (0, 32)
EMOJI: Final = (1, 16)
MOST_EMOJI: Final = 20  # different ones under one message
MOST_MODERATORS: Final = 50  # of one room
MOST_PINS: Final = 50  # messages pinned to one room
LONGEST_KEY: Final = 255
LONGEST_LOOK: Final = 500
PASSWORD: Final = (8, 128)
NONCE: Final = (1, 64)
SOUGHT: Final = (1, 100)
LONGEST_INPUT: Final = 4096
LONGEST_RETENTION: Final = 36_500  # days
LONGEST_MUTE: Final = 10 * 365 * 24 * 3600  # seconds; for longer there is "until further notice"
PUBLIC: Final = "public"
ADDRESS_ENDS: Final = frozenset(
    {"", "ws", "token", "renew", "enter", "moderators"}
)  # of addresses under a room's own
VISIBILITIES: Final = (PUBLIC, "private", "hidden")

# Categories that no label may hold: controls, formats (zero-width, right-to-left overrides), surrogates,
# private use, line and paragraph separators. A message may hold the formats, which emoji and
# several scripts need, and the line breaks.
_NOT_IN_LABEL: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"
_NOT_IN_TEXT: Final = frozenset({"Cc", "Cs"})
_NOT_IN_EMOJI: Final = frozenset({"Cc", "Cs", "Co", "Zl", "Zp", "Zs"})  # formats join emoji
_BREAKS: Final = "\n\r\t"
_WORD: Final = re.compile(r"[^\W_]+")


def fold_label(label: str) -> str:
    """The form in which two labels are compared: NFKC, case folded, white space run together."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())
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
    text = _check_string(value, field, kind)
    low, high = size
    # Almost all labels are ASCII, and for those no table of Unicode has to be read.
    if text.isascii() and text.isprintable() and low <= len(plain := text.strip()) <= high:
        return plain  # of the rest, nothing can be true
    text = unicodedata.normalize("NFC", text).strip()
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
    given = _check_string(value, field, INVALID_FIELD)
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


def clean_name(value: object, field: str = "name") -> str:
    """Check the name of a participant or member."""
    given = clean_label(value, field, NAME, INVALID_FIELD)
    if given.isascii():
        return given
    if len(name_key(given)) > LONGEST_KEY:
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} is too long after Unicode normalization")
    return given


def clean_emoji(value: object) -> str:
    """Check the emoji of a reaction, and spell it in the one way of its kind."""
    text = qualify_emoji(_check_string(value, "emoji", INVALID_FIELD).strip())
    low, high = EMOJI
    hidden = has_hidden(text) or any(unicodedata.category(c) in _NOT_IN_EMOJI for c in text)
    if hidden or not low <= len(text) <= high or not shows_something(text):
        detail = f"emoji must have {low} to {high} visible characters"
        raise ChatError(INVALID_FIELD, field="emoji", detail=detail)
    return text


def clean_color(value: object) -> str:
    """A colour, as a word or #rrggbb; nothing at all is fine."""
    return clean_label("" if value is None else value, "color", COLOR, INVALID_FIELD)


def clean_text(value: object, most: int, field: str = "msg") -> str:
    """Check the text of a message: not empty, at most `most` characters. It stays as it is."""
    said = _check_string(value, field, INVALID_FIELD)
    # isprintable() is one pass in C and true for almost every message; the exact check costs more.
    if not said.isprintable() and any(
        unicodedata.category(c) in _NOT_IN_TEXT and c not in _BREAKS for c in said
    ):
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must not contain control characters")
    if not (said.strip() if said.isascii() else shows_something(said)):
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must not be empty")
    if len(said) > most:
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must have at most {most} characters")
    return said


def split_search_words(value: object, field: str) -> tuple[str, ...]:
    """What is looked for: words, or else the characters that are there instead, such as emoji."""
    asked = _clean_line(value, field, SOUGHT, INVALID_FIELD)
    return tuple(dict.fromkeys(_WORD.findall(asked))) or (asked,)


def clean_nonce(value: str) -> str:
    """The name that a client gives a message so that sending it twice says it once.

    It is the client's own: kept, compared and sent back to the letter.
    """
    given = _check_string(value, "nonce", INVALID_FIELD)
    low, high = NONCE
    if not low <= len(given) <= high or "\x00" in given:
        detail = f"nonce must have {low} to {high} characters, none of them null"
        raise ChatError(INVALID_FIELD, field="nonce", detail=detail)
    return given


def clean_token(value: object, field: str = "token") -> str:
    """Check a token: a string, which is only compared, or checked by its signature."""
    return _check_string(value, field, INVALID_FIELD)


def clean_title(value: object) -> str:
    """A room's title."""
    return clean_label(value, "title", TITLE, INVALID_CONTENT)


def reads_as_number(title: str) -> bool:
    """Whether a title is nothing but digits, of any script, and what goes with a number or cannot be seen."""
    seen = "".join(c for c in strip_ignored(fold_label(title)) if unicodedata.category(c)[0] not in "CMZ")
    return seen.replace("_", "").lstrip("+-\u2212").isdigit()


def check_addressable(title: str) -> None:
    """Raise 105 for a title that would be taken for something else in the address of its room."""
    # Browsers make `/` of a backslash.
    first, *others = fold_label(title).replace("\\", "/").split("/")
    if reads_as_number(title.lstrip("/\\")):  # of `//75`, some proxies make `/75`
        raise _not_addressable("title must not be a number, because addresses use room numbers")
    if others and (others[-1] in ADDRESS_ENDS or "moderators" in others):
        raise _not_addressable(
            "title must not end in a slash, /ws, /token, /renew or /enter, or contain /moderators,"
            " which addresses use"
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
    word = _check_string(value, "visibility", INVALID_CONTENT).lower()
    if word not in VISIBILITIES:
        raise ChatError(
            INVALID_CONTENT, field="visibility", detail="visibility must be public, private or hidden"
        )
    return word


def prepare_password(password: str) -> str:
    """Return the form in which a password is hashed: NFC, with one kind of space (RFC 8265, 4.2)."""
    if password.isascii():
        return password
    return "".join(
        " " if unicodedata.category(c) == "Zs" else c for c in unicodedata.normalize("NFC", password)
    )


def clean_new_password(value: object) -> str:
    """Check a new room password."""
    secret = prepare_password(_check_string(value, "password", INVALID_CONTENT))
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


def clean_mute_seconds(seconds: int) -> int:
    """Check the length of a mute."""
    if not 1 <= seconds <= LONGEST_MUTE:
        detail = f"seconds must be a number from 1 to {LONGEST_MUTE}"
        raise ChatError(INVALID_FIELD, field="seconds", detail=detail)
    return seconds


def check_retention(days: int | None) -> None:
    """Raise 105 unless messages can be kept for this many days; None: as the site does, 0: not at all."""
    if days is not None and not 0 <= days <= LONGEST_RETENTION:
        detail = f"retention must be 0 to {LONGEST_RETENTION} days"
        raise ChatError(INVALID_CONTENT, field="retention_days", detail=detail)


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


def _check_string(value: object, field: str, kind: ErrorKind) -> str:
    if value is None:
        raise ChatError(kind, field=field, detail=f"{field} is missing")
    if not isinstance(value, str):
        raise ChatError(kind, field=field, detail=f"{field} must be a string")
    if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
        raise ChatError(kind, field=field, detail=f"{field} contains a lone surrogate")
    return value
