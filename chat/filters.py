"""Filters: what the text of a message must not have, and what happens if it does. Pure.

Regular expressions are RE2's: they take time in proportion to the text, and at worst to their size, which is
bounded. What several filters need of a text is made once.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html import unescape
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import re2
import regex
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat import validation
from chat.characters import normalize, strip_ignored
from chat.confusables import build_skeleton
from chat.errors import FILTERED, INVALID_FIELD, ChatError
from chat.mentions import count_mentions
from chat.validation import FILTER_ACTIONS, FILTER_KINDS

Check: TypeAlias = Callable[[str], bool]
Word: TypeAlias = tuple[str, ...]  # as it looks; and without marks over Latin letters, if it has any
TextKey: TypeAlias = str  # equal for texts that count as the same
Said: TypeAlias = tuple[TextKey, object]  # and by whom

KIND_LABELS: Final[Mapping[str, str | Promise]] = {
    "words": _("Words"),
    "regex": _("Regular expression"),
    "links": _("Links"),
    "invites": _("Invitations to other chats"),
    "repeated": _("Repeated text"),
    "capitals": _("Capital letters"),
    "mentions": _("Many mentions"),
}
ACTION_LABELS: Final[Mapping[str, str | Promise]] = {
    "warn": _("Report it to the moderators"),
    "hold": _("Hold it for a moderator"),
    "refuse": _("Refuse it"),
    "mute": _("Refuse it, and mute the sender for 10 minutes"),
}

LONGEST_PATTERN: Final = 2000  # characters
MOST_LINES: Final = 200
MOST_FILTERS: Final = 50  # of a room, and of the server
LATEST: Final = 50  # messages of a room, among which a text may be repeated
LONG: Final = 20  # characters; repetitions of a longer text count for all senders together
MUTE_SECONDS: Final = 600
NOT_REGULAR: Final = "this is no regular expression of RE2"  # and goes on: why
MOST_COST: Final = 500  # of all filters of a room, and of the server: 1 is at worst 11 ns a character
MOST_WORDS: Final = 20  # in a line
_MEMORY: Final = 1 << 20  # bytes, of a compiled expression
_KEPT_TEXTS: Final = 4  # whose parts are kept while one filter after another looks at them
_LONGEST_HOST: Final = 253
_MOST_HOSTS: Final = 200  # in a text, however they are spelled; with more, one counts as not allowed
_MOST_SPELLINGS: Final = 2  # of a phrase that are followed: each word may double them, as it may have marks
_LONGEST_FORM: Final = 4  # characters for which one stands
_FEW_LETTERS: Final = 10
# From how many on, and between what and what. Kinds that are not here have no amount.
_AMOUNTS: Final[Mapping[str, tuple[int, int, int]]] = {
    "repeated": (3, 2, LATEST),
    "capitals": (70, 1, 100),
    "mentions": (5, 1, 100),
}
_INVITE: Final = regex.compile(
    r"(?i)(?<![\p{L}\p{N}])(?:discord(?:app)?\.(?:gg|com/invite)|(?:t\.me|telegram\.(?:me|dog))/(?:\+|joinchat)"
    r"|chat\.whatsapp\.com|signal\.group|matrix\.to/#|join\.slack\.com|join\.skype\.com|guilded\.gg|guilded\.com/i"
    r"|teams\.live\.com/l/invite)"
)
_WORD: Final = regex.compile(r"[\p{L}\p{N}\p{M}]+")
_PART: Final = regex.compile(rf"{_WORD.pattern}|[^\p{{L}}\p{{N}}\p{{M}}\s]")  # a word, or a sign
# What parts words, and says nothing: not the signs of `C++ code` or `50% off`.
_PARTING: Final = regex.compile(
    r"(?<=[\p{L}\p{N}\p{M}])(?:\s*+[-'’‘`´ʼ,;:.!?…‐–—/&\"“”„()])++\s*+(?=[\p{L}\p{N}\p{M}])"
)
_APOSTROPHE: Final = regex.compile(r"(?<=[\p{L}\p{M}])['’‘`´ʼ](?=\p{L})")
_OUTER_DIGITS: Final = regex.compile(r"^(?:\p{N}\p{M}*)+|(?:\p{N}\p{M}*)+$")
_LATIN_MARKS: Final = regex.compile(r"(\p{Latin})\p{M}+")
# Marks that no letter is composed with: they only cover it.
_LOOSE_MARK: Final = regex.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_MARKUP: Final = regex.compile(r"(?<=[\p{L}\p{N}\p{M}])(?:[*~`]+|\|\|)(?=[\p{L}\p{N}\p{M}])")  # within a word
_MARKDOWN: Final = re.compile(r"[*_~`|\\#>]+")
_SPELLED_OUT: Final = regex.compile(  # letter by letter
    r"(?<![\p{L}\p{N}\p{M}])(?:\p{L}\p{M}*+[^\p{L}\p{N}\p{M}]++){2,}\p{L}\p{M}*+(?![\p{L}\p{N}\p{M}])"
)
_BETWEEN_LETTERS: Final = regex.compile(r"[^\p{L}\p{M}]+")
# Letters that the tables of Unicode take for no form of another.
_DRAWN_LETTER: Final = re.compile(
    r"(?:NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER|LATIN LETTER SMALL CAPITAL) ([A-Z])"
)
_OVERLAY: Final = regex.compile(r"[\p{Canonical_Combining_Class=1}\p{Me}]")  # strokes through letters, frames
_CLASS: Final = re.compile(r"\\(?:([pP](?:\{\^?\w+\}|[A-Z]))|.)", re.DOTALL)
_LINK: Final = re.compile(
    r"(?:https?|ftp)\\?:[/\\]*|mailto\\?:|[(<](?=[/\\]{2})[/\\]+|(?=www\.)", re.IGNORECASE
)
_LONGEST_AUTHORITY: Final = 600  # of which no more is read: a longer one is not of a host that is allowed
_AUTHORITY: Final = re.compile(rf"[^\s/\\?#]{{1,{_LONGEST_AUTHORITY}}}")
_END_OF_LINK: Final = re.compile("[()<>\"'*~|`]")  # where Markdown may end it
_NO_HOST: Final = re.compile(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f]")  # URL Standard, 3.1
_SLASHES: Final = re.compile(r"/(?:\.?/)+")
_UP: Final = re.compile(r"/[^/\s]+/\.\./")
_PORT: Final = re.compile(r"(?:\.(?::\d{0,5})?|:\d{1,5})(?=/)")  # and the dot at the end of a host
_AFTER_LINK: Final = ".,;:!?()<>{}\"'*_~|`"  # of a sentence, or of Markdown
# Hosts of which the page makes links without Markdown: `static/chat/text/links.js` has the same.
ENDINGS: Final = (
    "com|org|net|edu|gov|int|info|biz|io|dev|app|eu|at|au|be|br|ca|ch|cn|cz|de|dk|es|fi|fr|gr|hu|ie|il|in|it|jp|kr|mx|nl|no|nz"
    "|pt|ro|ru|se|tr|tw|ua|uk|us|za|рф|укр|бел|срб|бг|ευ|ελ|中国|中國|香港|台灣|台湾|한국|ไทย|भारत|مصر|السعودية|امارات"
)
_KNOWN_ENDING: Final = re.compile(ENDINGS)
_LABEL: Final = r"[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?"
_BARE_HOST: Final = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}\p{{M}}_@./:\\-])(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?://)?"
    rf"(?P<host>(?:{_LABEL}\.){{1,8}}(?P<ending>[\p{{L}}\p{{M}}]{{2,24}}))"
    r"(?::\d{1,5})?(?![\p{L}\p{N}\p{M}_@-])(?P<path>/?)"
)
# Of e-mail addresses: as in links that are written out, and those that Markdown finds. `vue@3.4` is none.
_NO_NUMBER: Final = r"(?!\p{N}++(?![\p{L}_-]))"
_MAIL_HOST: Final = regex.compile(
    rf"(?<=[\p{{L}}\p{{N}}.!#$%&'*+=?^_`{{|}}~-])(?:@|%40)((?:[\p{{L}}\p{{N}}\p{{M}}_-]++\.)++{_NO_NUMBER}[\p{{L}}\p{{N}}\p{{M}}-]+)"
)
_BARE_MAIL_HOST: Final = re.compile(
    r"(?<=[A-Za-z0-9._+-])@([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*[A-Za-z0-9])*\.(?!\d+(?![A-Za-z_-]))[A-Za-z0-9_-]*[A-Za-z0-9])(?![A-Za-z0-9_-])"
)
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")  # by Markdown
_BREAK_REFERENCE: Final = re.compile(r"&(?:#0*(?:9|10|13)|#[xX]0*[9aAdD]|Tab|NewLine);")
_IN_ANGLES: Final = re.compile(r"\][(:][ \t\n]*<([^\n]*)")  # an address in Markdown that may hold blanks
_BLANKS: Final = re.compile(r"[ \t]+")
_EMPHASIS: Final = regex.compile(r"(?<![\p{L}\p{N}_])_+|_+(?![\p{L}\p{N}_])")
_OPENS_EMPHASIS: Final = regex.compile(r"(?<![\p{L}\p{N}_])_+[^\s_]")
# A link or a picture in Markdown: what is shown of it, and what is not.
_LINKED: Final = regex.compile(
    r"!?\[((?:\\.|[^\[\]\\])*+)\](\((?:\\.|[^()\\]|\((?:\\.|[^()\\])*+\))*+\))", regex.DOTALL
)
# Addresses outside of these: after a scheme, in a definition, of e-mail; and of a host alone.
_ADDRESS: Final = regex.compile(
    r"(?i:\b[a-z][a-z0-9+.-]{1,20}:/|\bmailto:|\bwww\.)\S*+|(?m:^ {0,3}\[[^\[\]\n]*+\]:[ \t]*+\n?\S*+)"
    rf"|(?<![^\s(<])[^\s@]{{1,64}}+@(?:{_LABEL}\.){{1,8}}[\p{{L}}\p{{M}}]{{2,24}}"
)
_BARE_ADDRESS: Final = regex.compile(rf"{_BARE_HOST.pattern}(?:(?<=/)\S*+)?")


@dataclass(frozen=True, slots=True)
class TextFilter:
    """A filter as it is checked. `id`: 0 before it is stored."""

    kind: str
    action: str
    pattern: str = ""
    amount: int | None = None
    id: int = 0

    @property
    def severity(self) -> int:
        """How hard it hits: of several that catch a text, the hardest counts."""
        return FILTER_ACTIONS.index(self.action)


@dataclass(frozen=True, slots=True)
class _Line:
    """What a text must have to be caught by a line of a filter: its words and signs as each looks, or as all
    of it `looks`; or a last word that `begins` so.
    """

    words: list[str]
    looks: list[str]
    begins: bool
    has_signs: bool
    has_outer_digits: bool


@dataclass(frozen=True, slots=True)
class _Readings:
    """A text as it can be read: as `whole` words, as `inner` ones without the digits at their ends, and with
    what is spelled out `joined` to one word.
    """

    whole: list[Sequence[Word]]
    inner: list[Sequence[Word]]
    joined: list[Sequence[Word]]


class FilterSet:
    """The filters of a room, so that it takes little to find the one that catches a text."""

    def __init__(self, filters: Iterable[TextFilter]) -> None:
        hardest_first = sorted(filters, key=lambda filter_: -filter_.severity)
        self.repeated = [filter_ for filter_ in hardest_first if filter_.kind == "repeated"]
        self._words = _WordSet(filter_ for filter_ in hardest_first if filter_.kind == "words")
        self._checks = [
            (compile_filter(filter_), filter_)
            for filter_ in hardest_first
            if filter_.kind not in ("repeated", "words")
        ]
        self._of_labels = [
            check
            for check, filter_ in self._checks
            if filter_.kind in ("links", "invites") and filter_.action != "warn"
        ]

    def find(self, text: str) -> TextFilter | None:
        """The hardest filter that catches the text, by what is in it."""
        found = self._words.find(text)
        for check, filter_ in self._checks:
            if found is not None and filter_.severity <= found.severity:
                break
            if check(text):
                return filter_
        return found

    def refuses_label(self, label: str) -> bool:
        """Whether a name, or a text about a room, has words, links or invitations that are stopped.

        It cannot wait for a moderator: what would be held is refused. The other kinds are for messages.
        """
        found = self._words.find(label)
        if found is not None and found.action != "warn":
            return True
        return any(check(label) for check in self._of_labels)


@lru_cache(maxsize=1024)
def compile_filter(filter_: TextFilter) -> Check:
    """What says whether a text is caught by what is in it. Raises 303 for a wrong expression."""
    return _COMPILERS[filter_.kind](filter_)


@lru_cache(maxsize=1024)
def measure_cost(filter_: TextFilter) -> int:
    """How long a filter may take: of an expression, about its number of states.

    A class of Unicode such as `\\pL` has more than 1,000, of which only a few are taken at a character.
    """
    if filter_.kind == "words":  # they take no time but when they are loaded
        return sum(map(len, map(_PART.findall, _lines(filter_)))) // 20
    if filter_.kind != "regex":
        return 0
    size: int = _compile(filter_.pattern).programsize
    if r"\Q" in filter_.pattern:
        return size
    narrow = _CLASS.sub(lambda found: r"\w" if found[1] else found[0], filter_.pattern)
    least: int = _compile(narrow).programsize
    return least + max(0, size - least) // 30


@lru_cache(maxsize=1024)
def make_text_key(text: str) -> TextKey:
    """What is compared of a text that may be repeated: how it looks, without case, spacing, marks over Latin
    letters and the signs of Markdown. None of it: the text as it is, which is all signs.
    """
    shown = _show(text)
    looks = build_skeleton(_MARKDOWN.sub("", shown).strip() or shown)
    return " ".join(_LATIN_MARKS.sub(r"\1", looks).split())


def is_repeated(key: TextKey, sender: object, earlier: Sequence[Said], amount: int) -> bool:
    """Whether the sender says it for the `amount`th time, or, if it is long, anyone does.

    `earlier`: the latest texts, each with its sender.
    """
    long = len(key) >= LONG
    return sum(said == key and (long or by == sender) for said, by in earlier) + 1 >= amount


def clean_filter(fields: Mapping[str, Any]) -> TextFilter:
    """The filter that a client describes: `kind`, `action`, `pattern`, `amount`. Raises 303."""
    kind, action = fields.get("kind"), fields.get("action")
    if kind not in FILTER_KINDS:
        raise _refuse("kind", f"kind must be one of {', '.join(FILTER_KINDS)}")
    if action not in FILTER_ACTIONS:
        raise _refuse("action", f"action must be one of {', '.join(FILTER_ACTIONS)}")
    filter_ = TextFilter(
        kind, action, _clean_pattern(kind, fields.get("pattern")), _clean_amount(kind, fields)
    )
    if kind == "words":
        _check_words(filter_)
    elif kind != "repeated":
        compile_filter(filter_)
    check_costs([filter_])
    return filter_


def check_costs(filters: Iterable[TextFilter]) -> None:
    """Raise 303 if these filters may take too long, all together."""
    if sum(map(measure_cost, filters)) > MOST_COST:
        detail = "too costly: repeat less in the expression, or remove other filters first"
        raise _refuse("pattern", detail)


def refuse_filtered() -> ChatError:
    """The answer to the sender of a text that is refused: not by which filter, which would help around it."""
    return ChatError(FILTERED, field="text", detail="a filter of this room does not let this message through")


def _clean_pattern(kind: str, given: object) -> str:
    string = "" if given is None else validation.check_string(given, "pattern", INVALID_FIELD)
    text = normalize("NFC", string).replace("\r\n", "\n").strip()
    if len(text) > LONGEST_PATTERN or text.count("\n") >= MOST_LINES or "\x00" in text:
        raise _refuse(
            "pattern", f"pattern must have at most {LONGEST_PATTERN} characters in {MOST_LINES} lines"
        )
    if kind in ("words", "regex") and not text:
        raise _refuse("pattern", "pattern must not be empty")
    if kind not in ("words", "regex", "links") and text:
        raise _refuse("pattern", "this kind of filter has no pattern")
    return text


def _clean_amount(kind: str, fields: Mapping[str, Any]) -> int | None:
    given = fields.get("amount")
    if kind not in _AMOUNTS:
        if given is not None:
            raise _refuse("amount", "this kind of filter has no amount")
        return None
    usual, least, most = _AMOUNTS[kind]
    if given is None:
        return usual
    if type(given) is not int or not least <= given <= most:
        raise _refuse("amount", f"amount must be a number from {least} to {most}")
    return given


def _refuse(field: str, detail: str) -> ChatError:
    return ChatError(INVALID_FIELD, field=field, detail=detail)


def _compile(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem, options.log_errors, options.case_sensitive = _MEMORY, False, False
    options.never_capture = True  # only whether there is a match counts
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        why = error.args[0].decode("utf-8", "replace") if error.args else "unknown"
        raise _refuse("pattern", f"{NOT_REGULAR}: {why}") from None


def _lines(filter_: TextFilter) -> list[str]:
    return [line.strip() for line in filter_.pattern.split("\n") if line.strip()]


def _vary_line(line: str) -> Iterable[str]:
    """A line as it is, and without the signs that part its words: they need not be in a text either."""
    return dict.fromkeys((line, _PARTING.sub(" ", line), _PARTING.sub(" ", _APOSTROPHE.sub("", line))))


def _check_words(filter_: TextFilter) -> None:
    for line in map(_read_line, _lines(filter_)):
        if not all(1 <= len(words) <= MOST_WORDS for words in (line.words, line.looks)):
            raise _refuse("pattern", f"each line of pattern must have 1 to {MOST_WORDS} words or signs")


def _read_line(line: str) -> _Line:
    text = line.removesuffix("*")
    plain = _MARKUP.sub("", _show(text))
    each, together = _PART.findall(plain), _PART.findall(build_skeleton(plain))
    spelled = _spell_parts({*each, *together})
    words, looks = ([word[0] for part in parts for word in spelled[part]] for parts in (each, together))
    return _Line(
        words,
        looks,
        begins=text != line,
        has_signs=len(each) > len(_WORD.findall(plain)),
        has_outer_digits=any(_OUTER_DIGITS.sub("", part) not in ("", part) for part in each),
    )


@lru_cache(maxsize=_KEPT_TEXTS)
def _split_words(text: str) -> _Readings:
    """The words and signs of a text, in each way that it can be read.

    Signs that Markdown may hide are read as hidden, and as seen. What is spelled out letter by letter is read
    as one word, and as several where what stands between the letters changes. Each of these is read with
    signs and without them. As all of it looks, signs such as | are letters.
    """
    shown = _show(text)
    plain = _MARKUP.sub("", shown)
    joined = _SPELLED_OUT.sub(lambda run: _BETWEEN_LETTERS.sub("", run[0]), shown)
    parted = _SPELLED_OUT.sub(_part_words, shown)
    parts: list[Sequence[str]] = []
    for reading in dict.fromkeys((plain, shown, joined, parted, build_skeleton(plain))):
        parts += _read_parts(reading)
    inner = [[_OUTER_DIGITS.sub("", part) or part for part in some] for some in parts]
    spelled = _spell_parts({part for some in (*parts, *inner) for part in some})

    def spell(lists: Iterable[Sequence[str]]) -> list[Sequence[Word]]:
        """Each list of words once."""
        return list(dict.fromkeys(tuple(word for part in some for word in spelled[part]) for some in lists))

    return _Readings(
        spell(parts),
        spell(bare for some, bare in zip(parts, inner, strict=True) if some != bare),
        [] if joined == shown else spell([_read_parts(joined)[-1]]),
    )


def _read_parts(text: str) -> list[list[str]]:
    """The words and signs of a text, and if it has signs, its words alone."""
    parts, words = _PART.findall(text), _WORD.findall(text)
    return [parts] if len(parts) == len(words) else [parts, words]


def _part_words(run: Any) -> str:
    """The words of what is spelled out: what stands most often between its letters parts none."""
    gaps: Counter[str] = Counter(_BETWEEN_LETTERS.findall(run[0]))
    usual = gaps.most_common(1)[0][0]
    parted: str = _BETWEEN_LETTERS.sub(lambda gap: "" if gap[0] == usual else " ", run[0])
    return parted


def _spell_parts(parts: Iterable[str]) -> dict[str, list[Word]]:
    """Each word or sign as it looks; a sign may look like none, or like two."""
    known = list(parts)
    looks = _make_words(build_skeleton("\n".join(known))) if known else []
    return dict(zip(known, looks, strict=True))


def _make_words(looks: str) -> list[list[Word]]:
    """The words of each line, all at once: one after the other takes ten times as long."""
    marked = normalize("NFC", looks)
    plain = marked if looks.isascii() else normalize("NFC", _LATIN_MARKS.sub(r"\1", looks))
    return [
        [(one,) if one == other else (one, other) for one, other in zip(*map(str.split, lines), strict=True)]
        for lines in zip(marked.split("\n"), plain.split("\n"), strict=True)
    ]


def _show(text: str) -> str:
    """The text about as the page shows it, in plain letters, without what only covers them."""
    shown = _LOOSE_MARK.sub("", normalize("NFC", _join_linked(_strip_long(text))))
    plain: str = _OVERLAY.sub("", normalize("NFKC", shown))
    return plain


def _join_linked(text: str) -> str:
    """The text as it is shown where a link ends within a word; the addresses follow."""
    if "](" not in text:
        return text
    addresses = [found[2] for found in _LINKED.finditer(text)]
    return " ".join((_LINKED.sub(r"\1", text), *addresses))


def _strip_long(text: str) -> str:
    """The text as the page shows it, without what cannot be seen and what would take long."""
    return strip_ignored(unescape(text)).translate(_find_other_forms())


@cache
def _find_other_forms() -> dict[int, str]:
    """The letters that are drawn in another way; and a space for each character that stands for whole words,
    which no filter has to find: they take the longest.
    """
    forms = {
        code: " "
        for code in range(0x300, 0x20000)
        if len(unicodedata.normalize("NFKC", chr(code))) > _LONGEST_FORM
    }
    for code in range(0x250, 0x20000):
        if found := _DRAWN_LETTER.fullmatch(unicodedata.name(chr(code), "")):
            forms[code] = found[1]
    return forms


class _Node:
    """Words that lines of filters have in common; what may follow them, and which filter they end."""

    __slots__ = ("begins", "ends", "lengths", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.ends: TextFilter | None = None
        self.begins: dict[str, TextFilter] = {}  # by what the next word begins with
        self.lengths: list[int] = []  # of these


class _WordSet:
    """The filters of words together: a text is looked through once, however many there are."""

    def __init__(self, hardest_first: Iterable[TextFilter]) -> None:
        self._whole, self._inner, self._joined = _Node(), _Node(), _Node()
        self._empty = True
        for filter_ in hardest_first:
            self._empty = False
            for line in _lines(filter_):
                for variant in map(_read_line, _vary_line(line)):
                    self._add(variant, filter_)

    def _add(self, line: _Line, filter_: TextFilter) -> None:
        for words in (line.words, line.looks):
            _add_words(self._whole, words, filter_, begins=line.begins)
        if not line.has_outer_digits:  # else a line `covid19` would catch `covid`
            _add_words(self._inner, line.words, filter_, begins=line.begins)
        if not line.has_signs:
            _add_words(self._joined, ["".join(line.words)], filter_, begins=line.begins)

    def find(self, text: str) -> TextFilter | None:
        """The hardest filter that catches the text."""
        if self._empty:
            return None
        readings = _split_words(text)
        found = (
            filter_
            for root, some in (
                (self._whole, readings.whole),
                (self._inner, readings.inner),
                (self._joined, readings.joined),
            )
            for words in some
            for filter_ in _find_lines(root, words)
        )
        return max(found, key=lambda filter_: filter_.severity, default=None)


def _add_words(root: _Node, words: Sequence[str], filter_: TextFilter, *, begins: bool) -> None:
    node, last = root, words[-1]
    for word in words[:-1]:
        node = node.next.setdefault(word, _Node())
    if begins:
        node.begins.setdefault(last, filter_)
        node.lengths = sorted(set(map(len, node.begins)))
    else:
        node = node.next.setdefault(last, _Node())
        node.ends = node.ends or filter_


def _find_lines(root: _Node, words: Sequence[Word]) -> Iterator[TextFilter]:
    for start in range(len(words)):
        nodes = [root]
        for place in range(start, len(words)):
            following: list[_Node] = []
            for node in nodes:
                for word in words[place]:
                    if node.lengths:
                        yield from _find_begins(node, word)
                    if (found := node.next.get(word)) is not None:
                        following.append(found)
                        if found.ends is not None:
                            yield found.ends
            if not following:
                break
            nodes = following[:_MOST_SPELLINGS]


def _find_begins(node: _Node, word: str) -> Iterator[TextFilter]:
    for length in node.lengths:
        if length > len(word):
            break
        if (filter_ := node.begins.get(word[:length])) is not None:
            yield filter_


def _compile_words(filter_: TextFilter) -> Check:
    """Whole words, compared as they are and as they look; with a * at the end, words that begin so."""
    words = _WordSet([filter_])
    return lambda text: words.find(text) is not None


def _compile_regex(filter_: TextFilter) -> Check:
    found = _compile(filter_.pattern).search
    return lambda text: found(text) is not None


@lru_cache(maxsize=_KEPT_TEXTS)
def _find_hosts(text: str) -> tuple[frozenset[str], ...]:
    """The hosts of the links in a text, each with the domains that it is in; none if it cannot be a host.

    Links are read as browsers read them: a backslash is a slash, of which there may be any number; what is
    before the last @ is no part of the host. The page also makes links of hosts alone, and of addresses of
    e-mail. Where it depends on Markdown what a link is, each way to read it counts.
    """
    hosts: set[str] = set()
    for reading in _read_markdown(text):
        for host in _find_written_hosts(reading):
            hosts.add(host)
            if len(hosts) > _MOST_HOSTS:
                return (frozenset(),)
    return tuple(map(_find_domains, set(map(_normalize_host, hosts))))


def _read_markdown(text: str) -> set[str]:
    """The text as it is, without references, escapes, emphasis, and its addresses that may hold blanks."""
    texts = {text, unescape(text), unescape(_BREAK_REFERENCE.sub("", text))}
    readings = texts | {_ESCAPED.sub(r"\1", text) for text in texts}
    if _OPENS_EMPHASIS.search(text) is not None:
        readings |= {_EMPHASIS.sub(" ", reading) for reading in readings}
    if "<" in text:  # `&lt;` begins no address
        inside = "\n".join(_BLANKS.sub("", found[1]) for found in _IN_ANGLES.finditer(text))
        readings |= {inside, _ESCAPED.sub(r"\1", inside)}
    return readings


def _find_written_hosts(text: str) -> Iterator[str]:
    """The hosts of links in a text, as they are spelled."""
    for begin in _LINK.finditer(text):
        found = _AUTHORITY.match(text, begin.end())
        if found is None:
            continue
        authority = found[0]
        if len(authority) == _LONGEST_AUTHORITY:
            yield authority
        for part in {authority, _END_OF_LINK.split(authority, maxsplit=1)[0]}:
            host = part.rpartition("@")[2].rstrip(_AFTER_LINK)
            yield host.partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    for bare in _BARE_HOST.finditer(text):
        if _is_link(bare):
            yield bare["host"]
    for pattern in (_MAIL_HOST, _BARE_MAIL_HOST):
        for mail in pattern.finditer(text):
            yield mail[1]


def _normalize_host(host: str) -> str:
    """The one spelling of a host, about as in the URL Standard: decoded, in Unicode."""
    if len(host) > 3 * _LONGEST_HOST:  # it may be encoded
        return host
    if not host.isascii() or "%" in host:
        host = normalize("NFKC", strip_ignored(unquote(host))).replace("\u3002", ".")
    host = host.lower().rstrip(".").removeprefix("www.")
    if "xn--" in host:
        host = ".".join(map(_decode_label, host.split(".")))
    return host


def _decode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode().decode("punycode")
    except UnicodeError:
        return label


def _is_link(bare: Any) -> bool:
    """Whether the page makes a link of a host. Not of `That is it.In the morning`, which lacks a space."""
    if bare["scheme"] or bare["path"]:
        return True
    ending, host = bare["ending"], bare["host"]
    return _KNOWN_ENDING.fullmatch(ending.lower() if host == host.upper() else ending) is not None


def _find_domains(host: str) -> frozenset[str]:
    if len(host) > _LONGEST_HOST or _NO_HOST.search(host) is not None:
        return frozenset()
    labels = host.split(".")
    return frozenset(".".join(labels[place:]) for place in range(len(labels)))


def _compile_links(filter_: TextFilter) -> Check:
    """Links, but to these hosts and what is under them."""
    allowed = {_normalize_host(host.strip(".")) for host in _lines(filter_)}

    return lambda text: any(map(allowed.isdisjoint, _find_hosts(text)))


@lru_cache(maxsize=_KEPT_TEXTS)
def _has_invite(text: str) -> bool:
    """Addresses are read as browsers read them, and shown in any form."""
    return any(map(_is_invite, _read_markdown(_strip_long(text))))


def _is_invite(text: str) -> bool:
    plain = normalize("NFKC", unquote(text)).replace("\\", "/").replace("\u3002", ".")
    plain = _UP.sub("/", _SLASHES.sub("/", plain))
    return _INVITE.search(_PORT.sub("", plain)) is not None


def _compile_invites(filter_: TextFilter) -> Check:
    return _has_invite


def _strip_addresses(text: str) -> str:
    """The text without the addresses of links, and without those that the page makes links of."""
    text = _ADDRESS.sub(" ", _LINKED.sub(r"\1 ", text))
    stripped: str = _BARE_ADDRESS.sub(lambda bare: " " if _is_link(bare) else bare[0], text)
    return stripped


@lru_cache(maxsize=_KEPT_TEXTS)
def _count_capitals(text: str) -> tuple[int, int]:
    """How many letters outside of addresses have case, and how many are capitals."""
    shown = _strip_addresses(unescape(text))
    letters = [letter for letter in shown if letter.isupper() or letter.islower()]
    return len(letters), sum(map(str.isupper, letters))


def _compile_capitals(filter_: TextFilter) -> Check:
    most = filter_.amount or 100

    def check(text: str) -> bool:
        letters, capitals = _count_capitals(text)
        return letters >= _FEW_LETTERS and 100 * capitals >= most * letters

    return check


_count_mentions = lru_cache(maxsize=_KEPT_TEXTS)(count_mentions)


def _compile_mentions(filter_: TextFilter) -> Check:
    return lambda text: _count_mentions(text) >= (filter_.amount or 1)


def _compile_nothing(filter_: TextFilter) -> Check:
    return lambda text: False


_COMPILERS: Final[Mapping[str, Callable[[TextFilter], Check]]] = {
    "words": _compile_words,
    "regex": _compile_regex,
    "links": _compile_links,
    "invites": _compile_invites,
    "repeated": _compile_nothing,  # what is in the text does not tell
    "capitals": _compile_capitals,
    "mentions": _compile_mentions,
}
