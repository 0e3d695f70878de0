"""Which modules a page needs: those that its script imports, those that they import, and so on."""

import posixpath
import re

from tests.support.server import ROOT

_STATIC = ROOT / "static"
_IMPORT = re.compile(r"""(?:\bfrom|^import)\s*["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)
_HEAD = "{# What room.js imports: the browser need not find it file by file. Made by tests/web/preload.py #}"


def modules_of(script: str) -> list[str]:
    """All of them, as paths below `static`, the script itself first and then in the order of their names."""
    found: set[str] = set()
    waiting = [script]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        folder = posixpath.dirname(module)
        names = _IMPORT.findall((_STATIC / module).read_text("utf-8"))
        waiting += [posixpath.normpath(posixpath.join(folder, name)) for name in names]
    return [script, *sorted(found - {script})]


def preloads(script: str) -> str:
    """The lines of `templates/chat/_preload.html`."""
    lines = [f"""<link rel="modulepreload" href="{{% static '{name}' %}}">""" for name in modules_of(script)]
    return "\n".join((_HEAD, "{% load static %}", "{# djlint:off #}", *lines, "{# djlint:on #}", ""))


if __name__ == "__main__":
    (ROOT / "templates/chat/_preload.html").write_text(preloads("chat/pages/room.js"), "utf-8")
