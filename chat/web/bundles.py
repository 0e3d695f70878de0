"""Few files for many JavaScript modules: what a first view needs is joined when static files are collected.

A browser pays for each file with headers, and a short file is hardly compressed. So an *entry* has in it,
each in a function of its own, all modules that it imports, unless an earlier entry has them. What is
imported on demand (`import()`) stays a file, which imports from the entries. Without `collectstatic`
nothing is joined: the modules work as they are.

This knows the forms of `import` and `export` that our modules and libraries use, and refuses others.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

# In this order: of two that need a module, the earlier one has it. Other sites import `client.js`, too.
ENTRIES: Final = (
    "sdk/client.js",
    "chat/pages/base.js",
    "chat/pages/connection.js",
    "chat/pages/room.js",
    "chat/text/formatting.js",
)

_PATH: Final = r"""["'](?P<path>\.{1,2}/[^"']+)["'];?"""
IMPORT: Final = re.compile(rf"^import\s*(?:(?P<names>[\w$]+|\{{[^}}]*\}})\s*from\s*)?{_PATH}", re.MULTILINE)
_ON_DEMAND: Final = re.compile(rf"\bimport\({_PATH[:-2]}")
_EXPORT_FROM: Final = re.compile(rf"^export\s*\{{(?P<names>[^}}]*)\}}\s*from\s*{_PATH}", re.MULTILINE)
_EXPORT_NAMES: Final = re.compile(r"\bexport\s*\{(?P<names>[^}]*)\}\s*;?\s*\Z")
_EXPORT_HERE: Final = re.compile(
    r"^export\s+(?=(?:async\s+)?(?:function|class|const)\s+([\w$]+))", re.MULTILINE
)
_OTHER: Final = re.compile(r"^(?:import|export)\b(?!\()", re.MULTILINE)

Read = Callable[[str], str]  # the text of the module of this name
Minify = Callable[[str, str], str]  # (name, text) -> its text without what only readers need


class UnknownForm(ValueError):
    """A module imports or exports in a way that cannot be joined."""


@dataclass(slots=True)
class _Module:
    name: str
    text: str  # without its imports and exports
    imports: list[tuple[str, str]] = field(default_factory=list)  # the names as they were written, the module
    exports: dict[str, str] = field(default_factory=dict)  # name -> expression

    @property
    def variable(self) -> str:
        return _variable_of(self.name)


def join_modules(names: list[str], read: Read, minify: Minify) -> dict[str, str]:
    """New texts of those of these modules that are entries, or import what is in one."""
    owners: dict[str, str] = {}
    members: dict[str, list[_Module]] = {}
    for entry in ENTRIES:
        members[entry] = _collect(entry, read, owners)
    joined = {entry: _write_entry(entry, members[entry], owners, minify) for entry in ENTRIES}
    for name in names:
        if name not in owners and any(path in owners for path in find_imports(name, read(name))):
            joined[name] = minify(name, _import_from_entries(name, read(name), owners))
    return joined


def find_imports(name: str, text: str) -> list[str]:
    """The modules that this one imports at once."""
    found = [*IMPORT.finditer(text), *_EXPORT_FROM.finditer(text)]
    return [_resolve(name, match["path"]) for match in found]


def _resolve(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _variable_of(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))


def _collect(entry: str, read: Read, owners: dict[str, str]) -> list[_Module]:
    """The modules of the entry, each after those that it imports."""
    found: list[_Module] = []
    above: list[str] = []

    def add(name: str) -> None:
        if name in above:
            raise UnknownForm(f"{' imports '.join([*above, name])}: a circle")
        if name in owners:
            return
        above.append(name)
        text = read(name)
        for path in find_imports(name, text):
            add(path)
        above.pop()
        owners[name] = entry
        found.append(_parse(name, text))

    add(entry)
    return found


def _parse(name: str, text: str) -> _Module:
    module = _Module(name, text)

    def take_import(match: re.Match[str]) -> str:
        module.imports.append((match["names"] or "", _resolve(name, match["path"])))
        return ""

    def take_export_from(match: re.Match[str]) -> str:
        source = _resolve(name, match["path"])
        for inner, outer in _pairs(match["names"]):
            module.exports[outer] = f"{_variable_of(source)}.{inner}"
        module.imports.append(("", source))
        return ""

    def take_names(match: re.Match[str]) -> str:
        module.exports.update((outer, inner) for inner, outer in _pairs(match["names"]))
        return ""

    def take_export(match: re.Match[str]) -> str:
        module.exports[match[1]] = match[1]
        return ""

    text = _EXPORT_FROM.sub(take_export_from, IMPORT.sub(take_import, text))
    module.text = _EXPORT_HERE.sub(take_export, _EXPORT_NAMES.sub(take_names, text))
    if other := _OTHER.search(module.text):
        raise UnknownForm(f"{name}: {module.text[other.start() : other.start() + 60]!r}")
    return module


def _pairs(names: str) -> Iterator[tuple[str, str]]:
    """`a, b as c` -> (a, a), (b, c)"""
    for each in filter(None, (each.strip() for each in names.split(","))):
        inner, _, outer = each.partition(" as ")
        yield inner.strip(), (outer or inner).strip()


def _write_entry(entry: str, modules: list[_Module], owners: dict[str, str], minify: Minify) -> str:
    own = {module.name for module in modules}
    foreign = {path for module in modules for _, path in module.imports if path not in own}
    parts = [_import_variables(entry, foreign, owners)]
    for module in modules:
        takes = "".join(_destructure(names, path) for names, path in module.imports)
        gives = ", ".join(_property(outer, inner) for outer, inner in module.exports.items())
        text = minify(module.name, _with_paths_of(entry, module.name, module.text))
        parts.append(f"const {module.variable} = (() => {{\n{takes}{text}\nreturn {{ {gives} }};\n}})();\n")
    parts.append(f"export {{ {', '.join(module.variable for module in modules)} }};\n")
    exports = ", ".join(modules[-1].exports)
    return "".join(parts) + (f"export const {{ {exports} }} = {_variable_of(entry)};\n" if exports else "")


def _import_from_entries(name: str, text: str, owners: dict[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        path = _resolve(name, match["path"])
        if path not in owners:
            return match[0]
        return _import_variables(name, {path}, owners) + _destructure(match["names"] or "", path)

    return IMPORT.sub(replace, text)


def _import_variables(name: str, paths: set[str], owners: dict[str, str]) -> str:
    """Import the modules at these paths from the entries that have them."""
    lines = []
    for entry in ENTRIES:
        if wanted := sorted(_variable_of(path) for path in paths if owners[path] == entry):
            lines.append(f'import {{ {", ".join(wanted)} }} from "{_relative(name, entry)}";\n')
    return "".join(lines)


def _destructure(names: str, path: str) -> str:
    """`import { a as b } from "./path.js"` of a module that is in a variable."""
    if not names:
        return ""
    default = f"{{ default: {names} }}"
    taken = ", ".join(_property(inner, outer) for inner, outer in _pairs(names.strip("{}")))
    return f"const {f'{{ {taken} }}' if names.startswith('{') else default} = {_variable_of(path)};\n"


def _property(key: str, value: str) -> str:
    return key if key == value else f"{key}: {value}"


def _relative(name: str, path: str) -> str:
    relative = posixpath.relpath(path, posixpath.dirname(name))
    return relative if relative.startswith(".") else f"./{relative}"


def _with_paths_of(entry: str, name: str, text: str) -> str:
    """What a module imports on demand, as the entry has to call it."""
    return _ON_DEMAND.sub(lambda match: f'import("{_relative(entry, _resolve(name, match["path"]))}"', text)


# Style sheets

_SHEET: Final = re.compile(r"""@import\s+(?:url\()?["'](?P<path>\./[^"']+)["']\)?;""")


def join_sheets(names: list[str], read: Read, minify: Minify) -> dict[str, str]:
    """New texts of those of these style sheets that import others, which lie beside them."""
    joined = {}
    for name in names:
        text = read(name)
        if _SHEET.search(text):
            joined[name] = minify(name, _SHEET.sub(lambda match: read(_resolve(name, match["path"])), text))  # noqa: B023
    return joined
