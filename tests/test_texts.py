"""Translations: complete, compiled, and of the texts that templates and scripts have today."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from django.conf import settings

from chat import validation
from tests.support.server import ROOT

Catalogue: TypeAlias = dict[str | tuple[str, int], str]  # as GNUTranslations has it: plurals by number

LOCALE = ROOT / "locale"
SOURCES = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
WHERE = [str(path.relative_to(LOCALE)) for path in SOURCES]
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}|</?\w+>")

IN_TEMPLATE = re.compile(r"""{%-?\s*(?:translate|trans)\s+(["'])(.+?)\1""")
IN_SCRIPT = re.compile(r"""\bn?gettext(?:_noop)?\(\s*(["'`])(.+?)\1""")


def entries(source: Path) -> Iterator[dict[str, str]]:
    """Each entry of a .po file: keyword (`msgid`, `msgstr[0]`, …) to text, and its `flags`."""
    for block in source.read_text("utf-8").strip().split("\n\n"):
        entry: dict[str, str] = {"flags": ""}
        word = ""
        for line in block.splitlines():
            if line.startswith("#,"):
                entry["flags"] += line
            elif not line.startswith("#"):
                keyword, _, text = line.partition(" ") if not line.startswith('"') else (word, "", line)
                word = keyword
                entry[word] = entry.get(word, "") + ast.literal_eval(text)
        yield entry


def texts(entry: dict[str, str]) -> list[str]:
    """The translation, in the singular and the plurals there are."""
    return [text for word, text in entry.items() if word.startswith("msgstr")]


def expected(source: Path) -> Catalogue:
    catalogue: Catalogue = {}
    for entry in entries(source):
        if "msgid_plural" in entry:
            catalogue |= {(entry["msgid"], n): text for n, text in enumerate(texts(entry))}
        else:
            catalogue[entry["msgid"]] = entry["msgstr"]
    return catalogue


@pytest.mark.parametrize("source", SOURCES, ids=WHERE)
def test_compiled_catalogues_are_up_to_date(source: Path):
    with source.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    assert compiled == expected(source)


@pytest.mark.parametrize("source", SOURCES, ids=WHERE)
def test_all_texts_are_translated_and_none_is_fuzzy(source: Path):
    for entry in entries(source):
        assert "fuzzy" not in entry["flags"], entry
        assert all(texts(entry)), entry


@pytest.mark.parametrize("source", SOURCES, ids=WHERE)
def test_placeholders_and_tags_are_those_of_the_text(source: Path):
    for entry in entries(source):
        wanted = {
            frozenset(PLACEHOLDER.findall(entry[word])) for word in ("msgid", "msgid_plural") if word in entry
        }
        assert all(frozenset(PLACEHOLDER.findall(text)) in wanted for text in texts(entry)), entry


@pytest.mark.parametrize(
    ("domain", "files", "call"),
    [
        ("django", sorted(ROOT.glob("templates/**/*.html")), IN_TEMPLATE),
        ("djangojs", sorted(ROOT.glob("static/chat/**/*.js")), IN_SCRIPT),
    ],
    ids=["templates", "scripts"],
)
def test_texts_of_today_are_collected(domain: str, files: list[Path], call: re.Pattern[str]):
    used = {text for file in files for _, text in call.findall(file.read_text("utf-8"))}
    assert len(used) > 5
    for language, _ in settings.LANGUAGES[1:]:
        known = {entry["msgid"] for entry in entries(LOCALE / language / "LC_MESSAGES" / f"{domain}.po")}
        assert used - known == set(), "run `make messages`, and translate"


def test_refusals_that_scripts_translate_are_those_there_are() -> None:
    known = re.findall(r'gettext_noop\("(.+?)"\)', (ROOT / "static/chat/text/refusals.js").read_text("utf-8"))
    sources = [*ROOT.glob("chat/**/*.py"), *ROOT.glob("static/sdk/*.js")]
    said = "".join(source.read_text("utf-8") for source in sources)
    for limit in ("MOST_BANS", "MOST_EMOJI", "MOST_MODERATORS", "MOST_MUTES", "MOST_PINS"):
        said = said.replace(f"{{validation.{limit}}}", str(getattr(validation, limit)))
    assert [text for text in known if f'"{text}"' not in said] == []


def test_each_language_has_both_domains():
    languages = {language for language, _ in settings.LANGUAGES} - {settings.LANGUAGE_CODE}
    assert {(path.parts[-3], path.stem) for path in SOURCES} == {
        (language, domain) for language in languages for domain in ("django", "djangojs")
    }
