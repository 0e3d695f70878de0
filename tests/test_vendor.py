"""The vendored libraries: fixed versions, licences, complete files."""

import json
import re

import pytest

from tests.support.server import ROOT

PACKAGES = json.loads((ROOT / "scripts/vendor/package.json").read_text())["dependencies"]
LOCKED = json.loads((ROOT / "scripts/vendor/package-lock.json").read_text())["packages"]
FOLDERS = sorted(path for path in ROOT.glob("*/vendor/*") if path.is_dir() and path.parts[-3] != "scripts")


@pytest.mark.parametrize("name", PACKAGES)
def test_a_library_has_one_version_and_one_checksum(name: str) -> None:
    locked = LOCKED[f"node_modules/{name}"]
    assert locked["version"] == PACKAGES[name]
    assert locked["integrity"].startswith("sha512-")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_library_has_its_licence_and_names_no_file_that_is_not_there(folder) -> None:
    assert (folder / "LICENSE").read_text().strip()
    for path in folder.glob("*.*js"):
        text = path.read_text()
        assert "sourceMappingURL=" not in text
        for wanted in re.findall(r'from\s*"(\.[^"]+)"', text):
            assert (folder / wanted).is_file(), f"{path.name} imports {wanted}"


def test_there_are_libraries() -> None:
    assert {folder.name for folder in FOLDERS} >= {"marked", "dompurify", "axe-core"}
