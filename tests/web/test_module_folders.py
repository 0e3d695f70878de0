"""The folders of `static/chat/`: imports between them point one way, as docs/design.md says."""

import posixpath
import re
from typing import Final

import pytest

from tests.support.server import ROOT

CHAT: Final = ROOT / "static" / "chat"
PARTS: Final = {"text", "lib"}
# Folder -> the other folders that its modules may import from. All may use the SDK and the libraries.
MAY_IMPORT: Final = {
    "pages": {"aside", "list", "compose", "notify", *PARTS},
    "aside": PARTS,
    "list": PARTS,
    "compose": PARTS,
    "notify": PARTS,
    "text": {"lib"},
    "lib": set(),
}
# Imports of all kinds: static, on demand, and of types alone.
IMPORT: Final = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""")
ENTRY: Final = re.compile(r"""<script type="module" src="{% static 'chat/([^']+)' %}">""")
MODULES: Final = sorted(path.relative_to(CHAT).as_posix() for path in CHAT.rglob("*.js"))


def imports_of(module: str, source: str) -> set[str]:
    """The modules that a module imports, as paths from `static/chat/`."""
    return {
        posixpath.normpath(posixpath.join(posixpath.dirname(module), path)) for path in IMPORT.findall(source)
    }


def wrong_imports(module: str, source: str) -> list[str]:
    """The imports of a module that the order of the folders does not allow."""
    folder = posixpath.dirname(module)
    allowed = MAY_IMPORT[folder] | {folder}
    imported = sorted(imports_of(module, source))
    return [
        path
        for path in imported
        if not path.startswith(("../sdk/", "../vendor/")) and posixpath.dirname(path) not in allowed
    ]


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_only_from_folders_below(module: str) -> None:
    assert wrong_imports(module, (CHAT / module).read_text("utf-8")) == []


def test_import_against_the_order_is_found() -> None:
    source = """
        import {
          Span,
        } from "../list/span.js";
        import "./i18n.js";
        const { open } = await import("../compose/composer.js");
        /** @param {import("../aside/panel.js").Panel} panel @param {import("../../sdk/types.js").Who} who */
    """
    wrong = ["aside/panel.js", "compose/composer.js", "list/span.js"]
    assert wrong_imports("lib/dates.js", source) == wrong
    assert wrong_imports("pages/room.js", source.replace("./i18n", "../lib/i18n")) == []


def test_each_module_is_used_by_a_page() -> None:
    used: set[str] = set()
    waiting = {
        entry
        for template in (ROOT / "templates").rglob("*.html")
        for entry in ENTRY.findall(template.read_text("utf-8"))
    }
    assert {posixpath.dirname(entry) for entry in waiting} == {"pages"}
    while waiting:
        module = waiting.pop()
        used.add(module)
        imported = imports_of(module, (CHAT / module).read_text("utf-8"))
        waiting |= {path for path in imported if not path.startswith("../")} - used
    assert sorted(used) == MODULES
