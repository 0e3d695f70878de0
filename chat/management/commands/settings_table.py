"""`manage.py settings_table`: the README's table of settings, made from the settings themselves."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from pydantic.fields import FieldInfo

from chat.server.options import as_written

BEGIN: Final = "<!-- settings: made by `manage.py settings_table --write` -->"
END: Final = "<!-- end of settings -->"


def build_table(fields: Mapping[str, FieldInfo]) -> str:
    """The fields as a Markdown table: name, default, description."""
    rows = [
        f"| `{name.upper()}` | {_show_default(field)} | {_escape_cell(field)} |"
        for name, field in fields.items()
    ]
    return "\n".join(["| Setting | Default | What it is |", "|---|---|---|", *rows])


def settings_table() -> str:
    """The table of this site's settings."""
    return build_table(type(settings.ENV).model_fields)


def with_table(text: str, new: str) -> str:
    """`text` with `new` between its two marks. Raises CommandError if it has not got both."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise CommandError(f"marks not found: {BEGIN} and {END}")
    return f"{before}{begin}\n\n{new}\n\n{end}{after}"


def _show_default(field: FieldInfo) -> str:
    """The default as it would be written in `.env`; empty if there is no default."""
    value = as_written(field.default)
    return f"`{value}`" if value else ""


def _escape_cell(field: FieldInfo) -> str:
    return " ".join((field.description or "").split()).replace("|", "\\|")


class Command(BaseCommand):
    """Print the table, write it into README.md, or check that it is there."""

    help = "Print the table of settings; with --write put it into README.md, with --check compare."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One of two, or none."""
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--write", action="store_true", help="put the table into README.md")
        how.add_argument("--check", action="store_true", help="exit with status 1 if README.md differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the option says."""
        readme = Path(settings.BASE_DIR) / "README.md"
        if not (options["write"] or options["check"]):
            self.stdout.write(settings_table())
            return
        now = readme.read_text("utf-8")
        wanted = with_table(now, settings_table())
        if options["write"]:
            readme.write_text(wanted, "utf-8")
        elif now != wanted:
            self.stderr.write("README.md: the settings differ; run `manage.py settings_table --write`")
            sys.exit(1)
