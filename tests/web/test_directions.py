"""The style sheets serve pages that are read from right to left as well."""

import re
from typing import Final

from tests.support.server import ROOT

# Centred, and placed by a script; safe areas are sides of the screen.
ALLOWED: Final = ("left: 50%;", "left: var(--x, 0);", "safe-area")
PHYSICAL: Final = re.compile(
    r"^\s*(?:(?:margin|padding|border)-(?:left|right)\b|left:|right:|text-align: (?:left|right)|float:)"
    r"|^\s*(?:margin|padding): (\S+) (\S+) (\S+) (?!\2;)\S+;"
)


def test_sides_are_named_by_the_direction_of_reading() -> None:
    found = [
        f"{sheet.name}: {line.strip()}"
        for sheet in sorted((ROOT / "static/chat").glob("*.css"))
        for line in sheet.read_text("utf-8").splitlines()
        if PHYSICAL.search(line) and not any(allowed in line for allowed in ALLOWED)
    ]
    assert found == []
