"""Search finds the same in each database, whatever script a text is in: one table."""

import importlib
import unicodedata
from typing import Literal

import pytest
from django.apps import apps

from chat import validation
from chat.log import recovery
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.log import Log
from chat.models import Event, Participant
from chat.words import LONGEST_WORD, fold_text
from tests.log.test_log import now, say
from tests.support.marks import whole_db

pytestmark = whole_db

# (text, query, found?)
TABLE = [
    # Latin
    ("The quick brown fox", "QUICK", True),
    ("The quick brown fox", "uick", False),
    ("Große Straße", "GROSSE STRASSE", True),
    ("un café noir", "CAFÉ", True),
    ("un café noir", "caf", True),
    ("ISPARTA", "ısparta", True),
    ("İstanbul", "istanbul", True),
    ("İSTANBUL", "İstanbul", True),
    ("Tiếng Việt", "tiếng việt", True),
    ("Tiếng Việt", "tieng", False),
    ("ﬁnally", "finally", True),
    ("ＦＵＬＬ width", "full", True),
    ("soft\u00adhyphen", "softhyphen", True),
    # Signs
    ("I write C++ and C#", "c++", True),
    ("I write C++ and C#", "C#", True),
    ("I write C", "C++", False),
    ("I write C++", "C#", False),
    ("C++20", "20", True),
    ("vitamin C #1", "C#", False),
    ("g++,F#", "f#", True),
    ("I write C++", "c", True),
    ("#topic", "topic", True),
    ("1+1=2", "1", True),
    # Greek
    ("Ο Οδυσσέας", "ΟΔΥΣΣΈΑΣ", True),
    ("ΑΘΗΝΑ", "Αθήνα", True),
    ("Αθήνα", "αθηνα", True),
    ("Αθήνα", "θήνα", False),
    # Cyrillic
    ("Привет, МИР", "мир", True),
    ("ёлка", "ЁЛКА", True),
    ("чай", "чаи", False),
    # Armenian
    ("Ինչպե՞ս ես", "ԻՆՉՊԵՍ", True),
    # Georgian
    ("ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ", "საქართველო", True),
    # Cherokee, Deseret, Adlam
    ("ᏣᎳᎩ", "ꮳꮃꭹ", True),
    ("𐐔𐐯𐑅𐐨𐑉𐐯𐐻", "𐐼𐐯𐑅", True),
    ("𞤀𞤣𞤤𞤢𞤥", "𞤢𞤣𞤤𞤢𞤥", True),
    # Hebrew
    ("שָׁלוֹם עוֹלָם", "שלום", True),
    ("שלום עולם", "שָׁלוֹם", True),
    ("שָׁלוֹם", "לום", False),
    ("צה״ל", "צה״ל", True),
    # Arabic
    ("مُحَمَّدٌ هنا", "محمد", True),
    ("محمد هنا", "مُحَمَّد", True),
    ("محـــمد", "محمد", True),
    ("محمد", "حمد", False),
    ("ﻣﺤﻤﺪ", "محمد", True),
    # Persian
    ("می\u200cخواهم", "می\u200cخواهم", True),
    ("می\u200cخواهم", "میخواهم", True),
    # Syriac
    ("ܫܠܳܡܳܐ", "ܫܠܡܐ", True),
    # Devanagari
    ("यह हिन्दी है", "हिन्दी", True),
    ("यह हिन्दी है", "हिन्द", True),
    ("यह हिन्दी है", "हन्दा", False),
    ("यह हिन्दी है", "न्दी", False),
    ("क\u093cलम", "\u0958लम", True),
    # Bengali
    ("আমি বাংলা বলি", "বাংলা", True),
    ("আমি বাংলা বলি", "বালা", False),
    ("ক\u09c7\u09beন", "ক\u09cbন", True),
    # Tamil
    ("நான் தமிழ் பேசுகிறேன்", "தமிழ்", True),
    ("நான் தமிழ் பேசுகிறேன்", "தமழ", False),
    # Telugu, Malayalam, Gujarati, Gurmukhi, Sinhala
    ("నేను తెలుగు మాట్లాడతాను", "తెలుగు", True),
    ("മലയാളം നല്ലതാണ്", "മലയാളം", True),
    ("അവ\u0d7b വന്നു", "അവ\u0d28\u0d4d\u200d", True),
    ("അവ\u0d28\u0d4d\u200d വന്നു", "അവ\u0d7b", True),
    ("അവ\u0d7b വന്നു", "അവ\u0d7d", False),
    ("উ\u09ceসব", "উ\u09a4\u09cd\u200dসব", True),
    ("હું ગુજરાતી છું", "ગુજરાતી", True),
    ("ਮੈਂ ਪੰਜਾਬੀ ਹਾਂ", "ਪੰਜਾਬੀ", True),
    ("ශ්\u200dරී ලංකා", "ශ්\u200dරී", True),
    # Thai, Lao, Khmer, Burmese: no spaces between words
    ("ฉันพูดภาษาไทยได้", "ภาษาไทย", True),
    ("ฉันพูดภาษาไทยได้", "ไทยภาษา", False),
    ("ดื่มน้ำเย็น", "น้ำ", True),
    ("ภาษาEnglishก็ดี", "english", True),
    ("ข้อยเว้าภาษาລາວ", "ລາວ", True),
    ("ខ្ញុំនិយាយភាសាខ្មែរ", "ភាសា", True),
    ("ကျွန်တော်မြန်မာစကားပြောတယ်", "မြန်မာ", True),
    ("ကျွန်တော်မြန်မာစကားပြောတယ်", "မာမြန်", False),
    # Tibetan, Ethiopic, Mongolian
    ("བོད་སྐད་ཡིན", "སྐད", True),
    ("ሰላም፡ለዓለም", "ለዓለም", True),
    ("ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ", "ᠬᠡᠯᠡ", True),
    # Han, Kana, Hangul
    ("我们在北京开会", "北京", True),
    ("我们在北京开会", "京北", False),
    ("我们在北京，开会", "北京开会", False),
    ("私は日本語を話します", "日本語", True),
    ("コーヒーとカﾞラス", "コーヒー", True),
    ("ｺｰﾋｰとｶﾞﾗｽ", "ガラス", True),
    ("用Python写的", "python", True),
    ("한국어능력시험", "시험", True),
    ("학교에 갑니다", "학교", True),
    # Pictures
    ("a 🦊🐻", "🐻", True),
    ("thanks ❤️", "❤", True),
    ("ok 👍🏽", "👍", True),
    ("ok 👍", "ok 👎", False),
    ("x🦊y", "🦊", True),
    ("here 🦊", "fox 🦊", False),
    ("💯!", "💯", True),
    ("a ✓ b", "✓", True),
    ("🅰️ and 🆎", "🅰️", True),
    ("🅰️ and 🆎", "🅰", True),
    ("㊗️", "㊗️", True),
    ("so⁉️", "⁉️", True),
    ("so ‼", "‼️", True),
    ("wait 〰️", "〰️", True),
    ("™️ and ©️", "©", True),
    ("™️ and ©️", "™", True),
    ("ℹ️ here", "ℹ️", True),
    ("☺", "☺️", True),
    ("❤️", "❤︎", True),
    # Pictures of several characters: as written, and each by itself
    ("we 👨‍👩‍👧 are", "👨‍👩‍👧", True),
    ("we 👨‍👩‍👧 are", "👨", True),
    ("we 👨‍👩‍👧 are", "👧", True),
    ("we 👨‍👩‍👧 are", "👨‍👩‍👦", False),
    ("we 👨‍👩‍👧‍👦 are", "👨‍👩‍👧", True),
    ("we 👨👩👧 are", "👨‍👩‍👧", False),
    ("we 👨 👩 👧 are", "👨‍👩‍👧", False),
    ("we 👨‍👩‍👧 are", "we are 👨‍👩‍👧", True),
    ("we are👨‍👩‍👧", "👨‍👩‍👧", True),
    ("🦊👨‍👩‍👧🐻", "👨‍👩‍👧", True),
    ("❤️‍🔥", "❤️‍🔥", True),
    ("❤‍🔥", "❤️‍🔥", True),
    ("❤️🔥", "❤️‍🔥", False),
    ("🏳️‍🌈!", "🏳️‍🌈", True),
    ("🏳️‍⚧️", "🏳️‍🌈", False),
    ("🐻‍❄️", "🐻‍❄️", True),
    ("👁️‍🗨️", "👁‍🗨", True),
    ("🤷🏽‍♀️ no", "🤷🏽‍♀️", True),
    ("🤷🏽‍♀️ no", "🤷🏽‍♂️", False),
    ("👩🏽‍🚀 up", "👩🏽‍🚀", True),
    ("👩🏽‍🚀 up", "👩🏿‍🚀", False),
    ("👩‍❤️‍💋‍👨", "👩‍❤️‍💋‍👨", True),
    ("🧑🏻‍🤝‍🧑🏿", "🧑🏻‍🤝‍🧑🏿", True),
    # Skin tones
    ("ok 👍🏽", "👍🏽", True),
    ("ok 👍🏽", "👍🏿", False),
    ("ok 👍", "👍🏽", False),
    ("ok👍🏽ok", "👍🏽", True),
    # Flags
    ("in 🇩🇪 now", "🇩🇪", True),
    ("in🇩🇪now", "🇩🇪", True),
    ("🇩🇪🇫🇷", "🇫🇷", True),
    ("🇫🇷🇺🇸", "🇷🇺", False),
    ("🇫🇷🇺🇸", "🇫🇷🇺🇸", True),
    ("🇫🇷 🇺🇸", "🇺🇸", True),
    ("🇩 🇪", "🇩🇪", False),
    ("🏴󠁧󠁢󠁳󠁣󠁴󠁿 won", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", True),
    ("🏴󠁧󠁢󠁳󠁣󠁴󠁿 won", "🏴", True),
    ("🏴󠁧󠁢󠁳󠁣󠁴󠁿 won", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", False),
    ("🏴‍☠️", "🏴‍☠️", True),
    # Keycaps
    ("press 1️⃣", "1️⃣", True),
    ("press 1️⃣", "1", True),
    ("press 1", "1️⃣", False),
    ("press #️⃣", "#️⃣", True),
    ("press *️⃣", "*️⃣", True),
    ("press *️⃣", "#️⃣", False),
    ("press1️⃣2️⃣", "2️⃣", True),
    ("🔟", "🔟", True),
]


def finds(query: str) -> list[str]:
    page = recovery.search_messages(1, validation.split_search_words(query, "text"), limit=100)
    return [message.text for message in page.messages]


@pytest.mark.parametrize("text_form", ["NFC", "NFD"])
def test_table_is_found_whatever_the_form(
    log: Log, text_form: Literal["NFC", "NFD"], monkeypatch: pytest.MonkeyPatch
):
    said = {text: unicodedata.normalize(text_form, text) for text, _, _ in TABLE}
    for text in said.values():
        log.append_and_wait(say(text))
    wrong = []
    for walked in (1000, 1):  # by a walk, and by the index, where there is one
        monkeypatch.setattr(recovery, "WALKED", walked)
        for text, query, expected in TABLE:
            for asked in (unicodedata.normalize("NFC", query), unicodedata.normalize("NFD", query)):
                if (said[text] in finds(asked)) != expected:
                    wrong.append((walked, text, asked, expected))
    assert wrong == []


def test_no_folded_word_is_too_long_for_an_index():
    for text in (
        "x" * 60_000,
        "日" * 60_000,
        "\ufdfa" * 60_000,
        "!" * 60_000,
        "🦊" * 60_000,
        "🇩" * 60_000,
        "👨\u200d" * 60_000,
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿" * 10_000,
        "\u0915\u094d" * 60_000,
    ):
        folded = fold_text(text)
        assert max(len(word) for word in folded.split(" ")) <= LONGEST_WORD
        assert len(folded.encode()) < 1 << 20


@pytest.mark.parametrize(
    "text", ["x" * 4000, "\U00020000" * 4000, "\ufdfa" * 4000, "'\\ :* & | !()<->" * 200]
)
def test_text_of_any_kind_is_stored_and_found(log: Log, text: str):
    log.append_and_wait(say(text))
    assert finds(text[:5]) == [text]
    assert finds("' \\' & !y :*") == []


def test_query_that_folds_to_nothing_finds_nothing(log: Log):
    log.append_and_wait(say("a text"))
    for query in ("\u05b8", "\u0640", "\u0610\u0640", "?"):
        assert finds(query) == []


def test_words_go_with_the_text(log: Log):
    ann = Participant.objects.create(name="ann")
    log.append_and_wait(say("first", participant=ann.pk))
    sender = say(participant=ann.pk).sender
    log.append_and_wait(EditDraft(room=1, at=now(), target=1, text="SECOND", sender=sender))
    assert set(Event.objects.values_list("kind", "words")) == {("message", " second"), ("edited", "")}
    log.append_and_wait(DeletionDraft(room=1, at=now(), target=1, by=ann.pk))
    assert set(Event.objects.values_list("words", flat=True)) == {""}


@pytest.mark.parametrize(
    ("migration", "text"),
    [
        ("0016_words", "यह हिन्दी है"),
        *(("0032_fold_again", each) for each in ("👨‍👩‍👧", "🇩🇪", "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "\u0d7b")),
    ],
)
def test_messages_from_before_are_found(log: Log, migration: str, text: str):
    log.append_and_wait(say(f"so {text}"))
    Event.objects.update(words="")
    assert finds(text) == []
    importlib.import_module(f"chat.migrations.{migration}").fold_messages(apps, None)
    assert finds(text) == [f"so {text}"]
