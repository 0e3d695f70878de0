"""docs/security.md names tests that are there."""

import re

from tests.support.server import ROOT


def test_each_promise_names_tests_that_exist():
    lines = (ROOT / "docs" / "security.md").read_text("utf-8").partition("## Promises")[2].splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    named = [re.findall(r"`(tests/[\w/]+\.py)`", row) for row in rows]
    assert [row for row in named[1:] if not row] == []
    assert [file for row in named for file in row if not (ROOT / file).exists()] == []
