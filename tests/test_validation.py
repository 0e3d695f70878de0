"""Validation of texts and labels."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import characters, validation
from chat.errors import INVALID_CONTENT, INVALID_FIELD, ChatError

ROOT = Path(__file__).parents[1]
ANYTHING = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()))
CHECKS = [
    validation.clean_name,
    validation.clean_color,
    validation.clean_title,
    validation.clean_description,
    validation.clean_visibility,
    validation.clean_new_password,
    lambda value: validation.clean_text(value, 4000),
]


@pytest.mark.parametrize("check", CHECKS)
@given(value=ANYTHING)
def test_checks_answer_with_a_typed_error_or_an_encodable_string(check, value):
    try:
        check(value).encode()
    except ChatError as refusal:
        error = refusal
    else:
        return
    assert error.kind in (INVALID_FIELD, INVALID_CONTENT)
    assert error.field
    assert error.detail


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert validation.fold_label(validation.fold_label(text)) == validation.fold_label(text)


@pytest.mark.parametrize(
    ("left", "right"), [("Ann", "ANN"), ("ﬁn", "FIN"), ("Straße", "STRASSE"), ("a  b", "A b"), ("①", "1")]
)
def test_labels_that_look_alike_fold_alike(left, right):
    assert validation.fold_label(left) == validation.fold_label(right)


@pytest.mark.parametrize(
    "name",
    ["", " ", "a\nb", "a\x00b", "\u202eevil", "zero\u200bwidth", "\ud800", "\u200d", "x" * 51, 7, None],
)
def test_names_that_are_refused(name):
    with pytest.raises(ChatError) as refused:
        validation.clean_name(name)
    assert (refused.value.kind, refused.value.field) == (INVALID_FIELD, "name")


@pytest.mark.parametrize("name", ["room", "Here", "ＲＯＯＭ", "rооm", "@room", "＠here"])
def test_words_that_mention_all_are_no_names(name: str):
    with pytest.raises(ChatError) as refused:
        validation.clean_name(name)
    assert (refused.value.kind, refused.value.field) == (INVALID_FIELD, "name")
    assert validation.clean_known_name(name) == name  # of those who took it before


@pytest.mark.parametrize("name", ["a", "Ann-Marie O'Neill", "李小龍", "🚀", "نادیا", " padded "])
def test_valid_names_are_accepted(name):
    assert validation.clean_name(name) == name.strip()


@pytest.mark.parametrize("text", ["hi", "two\nlines\tand a tab", "👨‍👩‍👧 \u202b", "x" * 4000])
def test_text_is_kept_as_it_is(text):
    assert validation.clean_text(text, 4000) == text


@pytest.mark.parametrize("text", ["", " \n", "a\x00", "\x1b[31mred", "\udfff", "x" * 4001, None, 3, ["hi"]])
def test_text_that_is_refused(text):
    with pytest.raises(ChatError) as refused:
        validation.clean_text(text, 4000)
    assert (refused.value.kind, refused.value.field) == (INVALID_FIELD, "msg")


@pytest.mark.parametrize(
    ("text", "kept"), [(" a\n ", " a\n "), ("x" * 4000, "x" * 4000), ("", ""), (" \n", ""), ("\u200b", "")]
)
def test_unfinished_text_is_kept_as_it_is_unless_it_shows_nothing(text, kept):
    assert validation.clean_unfinished(text, 4000) == kept


@pytest.mark.parametrize("text", ["a\x00", "a\udfff", "x" * 4001, None, 3])
def test_unfinished_text_that_is_refused(text):
    with pytest.raises(ChatError) as refused:
        validation.clean_unfinished(text, 4000)
    assert (refused.value.kind, refused.value.field) == (INVALID_FIELD, "text")


@pytest.mark.parametrize("title", ["x", "x" * 71, "", None, "a\u2028b"])
def test_titles_that_are_refused(title):
    with pytest.raises(ChatError) as refused:
        validation.clean_title(title)
    assert (refused.value.kind, refused.value.field) == (INVALID_CONTENT, "title")


@pytest.mark.parametrize(
    ("visibility", "password", "has_one", "field"),
    [
        ("public", "long enough", False, "visibility"),
        ("private", None, False, "password"),
        ("hidden", "", False, "password"),
        ("private", "short", False, "password"),
        ("private", 12345678, False, "password"),
    ],
)
def test_passwords_that_do_not_fit_the_visibility(visibility, password, has_one, field):
    with pytest.raises(ChatError) as refused:
        validation.clean_password_for(visibility, password, has_one)
    assert (refused.value.kind, refused.value.field) == (INVALID_CONTENT, field)


@pytest.mark.parametrize(
    ("visibility", "password", "has_one", "new"),
    [
        ("public", None, True, None),
        ("public", "", False, None),
        ("private", "long enough", False, "long enough"),
        ("hidden", None, True, None),
    ],
)
def test_passwords_that_fit_the_visibility(visibility, password, has_one, new):
    assert validation.clean_password_for(visibility, password, has_one) == new


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u200d", "\u202e", "\u2066", "\u3164", "\ufe0f", "\u2800", "\x07"]
)
def test_name_with_what_cannot_be_seen_is_refused(unseen: str):
    with pytest.raises(ChatError) as refused:
        validation.clean_name(f"an{unseen}n")
    assert refused.value.field == "name"


def test_name_that_is_long_when_spelled_out_is_refused():
    with pytest.raises(ChatError):
        validation.clean_name("\ufdfa" * 50)


@pytest.mark.parametrize(
    "name",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian
        "\u0646\u064e\u06cc\u0651\u200c\u0647\u0627",  # ... with marks
        "\u0dc1\u0dca\u200d\u0dbb\u0dd3",  # Sinhala Sri
        "\u0915\u094d\u200d\u0937 \u0915\u094d\u200c\u0937",  # Hindi, a half form and an explicit virama
        "\U0001f469\u200d\U0001f680",
        "\u2764\ufe0f Ann",
        "Ann \u26f9\U0001f3fd\u200d\u2642\ufe0f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "agent 7\ufe0f\u20e3",
    ],
)
def test_joiners_and_selectors_that_have_an_effect_are_part_of_a_label(name: str):
    assert validation.clean_name(name) == name
    assert validation.clean_title(f"{name} 2") == f"{name} 2"
    assert validation.clean_description(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "p\u0430ypal",  # Latin and Cyrillic
        "\u03a9mega",  # Greek and Latin
        "\u0410\u03b1",  # Cyrillic and Greek
        "ann \u0430",  # in another word
        "\u0905a",  # Devanagari and Latin
        "\u30ab\u3105",  # Katakana and Bopomofo
        "\uac00\u3042",  # Hangul and Hiragana
        "a\u0483nn",  # a Cyrillic mark on a Latin letter
        "ann\u05b0",  # a Hebrew point
        "\u4e00\u0651",  # an Arabic mark on Han
        "ann\u20dd",  # an enclosing circle
        "7\u20de",
        "\u0301ann",  # begins with a mark
        "\U0001f680\u0301",
        "a\u0301\u0301",  # the same mark twice
        "a\u0300\u0301\u0302\u0303\u0304",  # a heap of marks
        "1\u0967",  # digits of two scripts
        "\u0661\u06f1",
        "\u0378",  # of no script: not assigned
        "\u0378\u0379",
    ],
)
def test_name_in_more_than_one_script_is_refused(name: str):
    with pytest.raises(ChatError) as refused:
        validation.clean_name(name)
    assert (refused.value.kind, refused.value.field) == (INVALID_FIELD, "name")
    validation.clean_known_name(name)  # who has it is found
    validation.clean_title(f"{name} 2")


@pytest.mark.parametrize(
    "name",
    [
        "Zoë", "Nguyễn", "Zoe\u0308", "Straße 7", "Кирилл 2", "Ωμέγα", "日本 Tokyo", "ひらがな 漢字 ABC",
        "カタカナ", "김철수 Kim", "ㄅㄆ漢", "שָׁלוֹם", "مُحَمَّد", "अंकिता", "ไทยน้ำ", "১২৩", "١٢٣ عدد",
        "😀👍🏽", "Ann 😀", "O’Neill", "a·b",
        "ｆｕｌｌ", "ᏣᎳᎩ", "ქართული", "1️⃣ first", "東京々", "ラーメン", "が",
    ],
)  # fmt: skip
def test_name_in_one_script_is_fine(name: str):
    assert validation.clean_name(name)


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
@pytest.mark.parametrize("text", ["a{}b", "{}ab", "ab{}", "\u0646\u0627{}", "\u0905{}\u0906", "\U0001f680{}"])
def test_joiner_without_effect_is_refused(text: str, joiner: str):
    for check in (validation.clean_name, validation.clean_title, validation.clean_description):
        with pytest.raises(ChatError):
            check(text.format(joiner))


def test_names_that_differ_in_what_is_ignored_are_the_same():
    assert validation.name_key("\u0645\u06cc\u200c\u062e") == validation.name_key("\u0645\u06cc\u062e")
    assert validation.name_key("\u2764\ufe0f") == validation.name_key("\u2764")


# Of each block in which Unicode has default-ignorable code points, and pictures in which there is nothing.
UNSEEN = [
    chr(code)
    for code in (
        0xAD,
        0x34F,
        0x61C,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x180B,
        0x180E,
        0x180F,
        0x200B,
        0x200C,
        0x200D,
        0x200E,
        0x202A,
        0x202E,
        0x2060,
        0x2065,
        0x206F,
        0x3164,
        0xFE00,
        0xFE0F,
        0xFEFF,
        0xFFA0,
        0xFFF0,
        0x1BCA0,
        0x1D173,
        0xE0000,
        0xE0001,
        0xE0041,
        0xE0100,
        0xE0FFF,
        0x2800,
        0xFFFC,
        0x1D159,
        0x13441,
        0x13442,
        0x16FE4,
        0xFDD0,
        0xFFFE,
        0x10FFFF,
    )
]


@pytest.mark.parametrize("unseen", UNSEEN)
def test_invisible_text_is_refused_everywhere(unseen: str):
    checks = [
        validation.clean_title,
        validation.clean_description,
        validation.clean_color,
        validation.clean_name,
        validation.clean_emoji,
        validation.clean_rules,
        validation.clean_reason,
        lambda text: validation.clean_text(text, 100),
    ]
    for text in (unseen * 2, f" {unseen}\u3000{unseen} ", f"{unseen}\u00ad\u2800"):
        for check in checks:
            with pytest.raises(ChatError):
                check(text)
    assert validation.clean_text(f"{unseen}x", 100) == f"{unseen}x"


@pytest.mark.parametrize(
    "joins", ["\u1039", "\u17d2", "\u1a60", "\u2d7f", "\uaaf6", "\U00010a3f", "\U0001107f"]
)
def test_marks_that_only_join_letters_are_no_text(joins: str):
    for check in (validation.clean_title, lambda text: validation.clean_text(text, 100)):
        with pytest.raises(ChatError):
            check(joins * 2)
    assert validation.clean_title(f"\u1000{joins}\u1000") == f"\u1000{joins}\u1000"


@pytest.mark.parametrize("picture", ["\u06dd", "\u0601", "\u070f", "\U000110bd"])
def test_format_with_a_picture_of_its_own_is_text(picture: str):
    assert validation.clean_text(picture, 100) == picture


@pytest.mark.parametrize(
    ("spelled", "one"),
    [
        ("\u2764", "\u2764\ufe0f"),
        ("\u2764\ufe0e", "\u2764\ufe0f"),
        ("\U0001f44d\ufe0f", "\U0001f44d"),
        ("\U0001f44d\U0001f3fd", "\U0001f44d\U0001f3fd"),
        ("\u26f9\ufe0f\U0001f3fd\u200d\u2642", "\u26f9\U0001f3fd\u200d\u2642\ufe0f"),
        ("1\u20e3", "1\ufe0f\u20e3"),
        ("1\ufe0e", "1"),
        ("\U0001f3f3\u200d\U0001f308", "\U0001f3f3\ufe0f\u200d\U0001f308"),
        ("\U0001f441\u200d\U0001f5e8", "\U0001f441\ufe0f\u200d\U0001f5e8\ufe0f"),
        ("e\u0301", "\u00e9"),
        ("\U0001f1e9\U0001f1ea", "\U0001f1e9\U0001f1ea"),
    ],
)
def test_emoji_is_spelled_in_one_way(spelled: str, one: str):
    assert validation.clean_emoji(spelled) == validation.clean_emoji(one) == one


def test_each_emoji_of_the_picker_may_be_a_reaction():
    listed = json.loads((ROOT / "static/vendor/emoji-data/data.json").read_text())
    emoji = {each["emoji"] for entry in listed for each in (entry, *entry.get("skins", ()))}
    assert len(emoji) > 3000
    for each in emoji:
        validation.check_one_emoji(validation.clean_emoji(each))


@pytest.mark.parametrize(
    "text",
    [
        "badword",
        "evil.com",
        "x",
        "1",
        "\u2192",
        "\U0001f44d\U0001f44d",
        "\U0001f44dx",
        "x\U0001f44d",
        "\U0001f1e9",  # half a flag, which shows a letter
        "\U0001f44d\u200d",
        "\U0001f3f4\U000e0067\U000e0062",  # a flag without an end
        "\U0001f44d\u0301",
    ],
)
def test_reaction_that_is_not_one_emoji_is_refused(text: str):
    with pytest.raises(ChatError) as refused:
        validation.check_one_emoji(validation.clean_emoji(text))
    assert (refused.value.kind, refused.value.field) == (INVALID_FIELD, "emoji")


def test_password_is_the_same_however_it_is_spelled():
    assert validation.clean_new_password("pa\u0301ss\u00a0wo\u0301rd") == "p\u00e1ss w\u00f3rd"
    with pytest.raises(ChatError):
        validation.clean_new_password("e\u0301" * 4)  # four characters


@pytest.mark.parametrize(
    ("network", "read"),
    [
        ("192.0.2.1", "192.0.2.1/32"),
        ("192.0.2.77/24", "192.0.2.0/24"),
        ("::ffff:192.0.2.1", "192.0.2.1/32"),
        ("::ffff:192.0.2.1/128", "192.0.2.1/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("[::ffff:c000:200]", "192.0.2.0/32"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::/32", "2001:db8::/32"),
    ],
)
def test_network_is_that_of_the_addresses_of_clients(network: str, read: str):
    assert validation.clean_network(network) == read


@pytest.mark.parametrize(
    "network", ["::ffff:0:0/96", "::ffff:192.0.2.0/103", "::/0", "10.0.0.0/7", "10.0.0", "x/24"]
)
def test_network_that_is_too_wide_or_none_is_refused(network: str):
    with pytest.raises(ChatError) as refused:
        validation.clean_network(network)
    assert refused.value.field == "network"


def test_search_for_hidden_characters_spares_what_hides_none():
    assert not any(characters._NOT_SEEN.search(chr(code)) for code in range(0x20, 0x7F))
    assert not characters.has_hidden("plain")
    assert characters.has_hidden("plain\u200b")


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("\u200fשלום\u200e עולם", ("שלום", "עולם")),
        ("soft\u00adhyphen zero\u200bwidth", ("softhyphen", "zerowidth")),
        ("two\n\tlines\u2028here\x85", ("two", "lines", "here")),
        ("\ufeffa\u2060b", ("ab",)),
        ("👨‍👩‍👧\u200b 🏴󠁧󠁢󠁳󠁣󠁴󠁿", ("👨‍👩‍👧", "🏴󠁧󠁢󠁳󠁣󠁴󠁿")),
        ("می\u200cخواهم", ("می\u200cخواهم",)),
        ("سورة ۝", ("سورة",)),
    ],
)
def test_text_is_looked_for_as_it_was_pasted(pasted: str, words: tuple[str, ...]):
    assert validation.split_search_words(pasted, "text") == words


@pytest.mark.parametrize("text", ["", " \n ", "\u200b", "a\x00", "a\x07", "\ud83d", "x" * 101])
def test_text_in_which_nothing_can_be_looked_for_is_refused(text: str):
    with pytest.raises(ChatError) as refused:
        validation.clean_search_text(text, "text")
    assert refused.value.field == "text"


@pytest.mark.parametrize("name", [".", "..", "\uff0e\uff0e"])
def test_name_that_is_a_step_in_an_address_is_refused(name: str):
    """`DELETE /chats/1/moderators/..` is `DELETE /chats/1` to most clients."""
    assert validation.clean_known_name(name) == name  # those who have it keep it
    with pytest.raises(ChatError) as refused:
        validation.clean_name(name)
    assert (refused.value.kind.code, refused.value.field) == (303, "name")


@pytest.mark.parametrize("name", ["...", "a.", ".a", "a/../b"])
def test_name_with_dots_is_one(name: str):
    assert validation.clean_name(name) == name
