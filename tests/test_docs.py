"""The documents are up to date, as far as that is cheap to check."""

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pydantic.fields import FieldInfo

from chat import budgets, errors
from chat.management.commands import settings_table
from tests.support.server import ROOT
from wschat_site.env import Env

FOLDERS = [ROOT, ROOT / "docs", ROOT / "examples"]
DOCUMENTS = [document for folder in FOLDERS for document in sorted(folder.glob("*.md"))]
CLOSE_REASONS = [reason for reason in vars(errors).values() if isinstance(reason, errors.CloseReason)]
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def links(document: Path) -> Iterator[str]:
    """Links to places in this repository: `docs/rooms.md`, `#settings`, `rooms.md#tokens`."""
    for target in LINK.findall(FENCED.sub("", document.read_text("utf-8"))):
        if "://" not in target and not target.startswith("mailto:"):
            yield target


def anchors(document: Path) -> set[str]:
    """The headings as GitHub names them in links."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", document.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_settings_in_readme_are_those_of_the_server():
    text = read("README.md")
    assert text == settings_table.with_table(text, settings_table.settings_table())
    for name in Env.model_fields:
        assert f"`{name.upper()}`" in text


def test_every_setting_is_explained():
    assert [name for name, field in Env.model_fields.items() if not field.description] == []


def test_table_shows_defaults_as_they_are_written_in_the_environment():
    fields = {
        "flag": FieldInfo(default=False, description="a | b"),
        "words": FieldInfo(default=["a", "b"], description="two\nlines"),
        "nothing": FieldInfo(default=None, description="none"),
    }
    assert settings_table.build_table(fields).splitlines()[2:] == [
        "| `FLAG` | `false` | a \\| b |",
        "| `WORDS` | `a,b` | two lines |",
        "| `NOTHING` |  | none |",
    ]


def test_command_checks_and_writes(tmp_path, settings, capsys):
    settings.BASE_DIR = tmp_path
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{settings_table.BEGIN}\nold\n{settings_table.END}\nafter\n")
    with pytest.raises(SystemExit, match="1"):
        call_command("settings_table", "--check", stderr=StringIO())
    call_command("settings_table", "--write")
    call_command("settings_table", "--check")
    text = readme.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "| `SECRET_KEY` |" in text


def test_readme_without_marks_is_reported():
    with pytest.raises(CommandError, match="marks"):
        settings_table.with_table("nothing here", "table")


@pytest.mark.parametrize("kind", errors.TABLE.values(), ids=lambda kind: str(kind.code))
def test_every_error_is_in_the_table_of_the_rooms_protocol(kind: errors.ErrorKind):
    assert f"| {kind.code} | {kind.status} | {kind.text} |" in read("docs/rooms.md")


@pytest.mark.parametrize("reason", CLOSE_REASONS, ids=lambda reason: str(reason.code))
def test_every_close_code_is_explained(reason: errors.CloseReason):
    come_back = "yes" if reason.come_back else "no"
    assert f"\n| {reason.code} | {come_back} | " in read("docs/protocol.md")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_have_targets(document: Path):
    for target in links(document):
        path, _, anchor = target.partition("#")
        place = (document.parent / path).resolve() if path else document
        assert place.exists(), target
        if anchor:
            assert anchor in anchors(place), target


@pytest.mark.parametrize(
    ("first", "rows"),
    [
        ("act", {act: [f"{rate.burst:g}", f"{rate.per_second:g}"] for act, rate in budgets.RATES.items()}),
        ("client", {whose: [f"{times:g}"] for whose, times in budgets.FACTORS.items()}),
        ("count", {what: [str(most)] for what, most in budgets.COUNTS.items()}),
    ],
)
def test_limits_in_the_docs_are_those_of_the_server(first: str, rows: dict[str, list[str]]):
    text = (ROOT / "docs/operations.md").read_text("utf-8")
    _, table = text.split(f"| {first} |", 1)
    lines = [
        [word.strip() for word in line.strip("| ").split("|")]
        for line in table.split("\n\n")[0].splitlines()[2:]
    ]
    assert {line[0].strip("`"): line[1 : 1 + len(rows[line[0].strip("`")])] for line in lines} == rows
