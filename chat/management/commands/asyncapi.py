"""`manage.py asyncapi`: the AsyncAPI document of `wschat.v1`, which docs/asyncapi.json is."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from chat.api.asyncapi import build_document


def published_file() -> Path:
    """The file that is kept in the repository."""
    return Path(settings.BASE_DIR) / "docs" / "asyncapi.json"


def build_text() -> str:
    """The document as the file has it."""
    return json.dumps(build_document(), indent=2, ensure_ascii=False) + "\n"


class Command(BaseCommand):
    """Print the document, write it into docs, or check that it is there."""

    help = "Print the AsyncAPI document of wschat.v1; with --write put it into docs/asyncapi.json."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One of two, or none."""
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--write", action="store_true", help="write docs/asyncapi.json")
        how.add_argument("--check", action="store_true", help="exit with status 1 if it differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the option says."""
        if options["write"]:
            published_file().write_text(build_text(), "utf-8")
        elif not options["check"]:
            self.stdout.write(build_text())
        elif published_file().read_text("utf-8") != build_text():
            self.stderr.write("docs/asyncapi.json differs; run `manage.py asyncapi --write`")
            sys.exit(1)
