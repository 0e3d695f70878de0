"""The frames in docs/dialects.md are valid, and its example dialect works."""

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from chat.conf import SizeLimits
from chat.dialects import DIALECTS
from tests.dialects.kit import Golden
from tests.dialects.test_contract import as_text, decode
from tests.support.server import ROOT

PAGE = (ROOT / "docs" / "dialects.md").read_text("utf-8")
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def load(file: Path, code: str, name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The code as a module of this name, for one test."""
    file.write_text(code, "utf-8")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["plain", "uuid", "envelope", "rooms"])
def test_frames_on_the_page_are_frames_of_the_dialect(name: str):
    section = PAGE.split(f"\n## `{name}`\n")[1].split("\n## ")[0]
    frames = re.findall(r"^    ([<>]) (.*)$", section, re.MULTILINE)
    assert {direction for direction, _ in frames} == {"<", ">"}
    for direction, frame in frames:
        if direction == ">":
            DIALECTS[name].decode(frame, SizeLimits())
        assert isinstance(json.loads(frame), dict)


def test_example_dialect_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    dialect, _, examples = CODE.findall(PAGE)
    load(tmp_path / "tiny.py", dialect, "chat.dialects.tiny", monkeypatch)
    golden = load(tmp_path / "test_tiny.py", examples, "tests.dialects.test_tiny", monkeypatch).GOLDEN
    assert isinstance(golden, Golden)
    for given, command in golden.accepted:
        assert decode(golden.dialect, as_text(given)) == command
    for given, kind, field, _ in golden.refused:
        error = decode(golden.dialect, as_text(given))
        assert (getattr(error, "kind", None), getattr(error, "field", None)) == (kind, field)
    for event, frame in golden.shown:
        payload = golden.dialect.encode(event)
        assert (payload and json.loads(payload)) == frame
