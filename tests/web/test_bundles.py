"""Modules are joined into few files when static files are collected."""

from typing import Final

import pytest

from chat.web import bundles
from chat.web.bundles import UnknownForm, find_imports, join_modules, join_sheets

MODULES: Final = {
    "sdk/client.js": 'export { Gone } from "./errors.js";\nexport class Client {}\n',
    "sdk/errors.js": "export class Gone extends Error {}\n",
    "chat/pages/places.js": (
        'import { say, quietly as hush } from "../lib/words.js";\n'
        'export const open = () => import("./room.js");\n'
        'const other = () => import("../aside/search.js");\n'
    ),
    "chat/lib/words.js": "const secret = 1;\nexport function say() {}\nexport async function quietly() {}\n",
    "chat/pages/connection.js": (
        'import {\n  Client,\n} from "../../sdk/client.js";\nexport const client = new Client();\n'
    ),
    "chat/pages/room.js": (
        'import { client } from "./connection.js";\nimport { say } from "../lib/words.js";\n'
        'import Library from "../../vendor/library.js";\nimport { load } from "../list/deep.js";\n'
        "export function open() {}\n"
    ),
    "chat/list/deep.js": 'export const load = () => import("../aside/search.js");\n',
    "vendor/library.js": "var f=1;export{f as default};\n",
    "chat/pages/base.js": 'import "../lib/effect.js";\nimport { open } from "./places.js";\nopen();\n',
    "chat/lib/effect.js": "document.title = 1;\n",
    "chat/text/formatting.js": 'import { say } from "../lib/words.js";\n',
    "chat/aside/search.js": (
        'import { say as tell } from "../lib/words.js";\nimport { hit } from "./hit.js";\n'
        "export const a = 1;\n"
    ),
    "chat/aside/hit.js": "export const hit = 1;\n",
}


def join(**changes: str) -> dict[str, str]:
    modules = MODULES | {name.replace("__", "/") + ".js": text for name, text in changes.items()}
    return join_modules(list(modules), modules.__getitem__, lambda _, text: text)


def test_each_module_is_in_one_entry() -> None:
    joined = join()
    assert set(joined) == {*bundles.ENTRIES, "chat/aside/search.js"}
    for module in set(MODULES) - {"chat/aside/search.js", "chat/aside/hit.js"}:
        made = f"const ${module.removesuffix('.js').replace('/', '_')} = "
        assert [made in text for text in joined.values()].count(True) == 1


def test_entries_import_from_each_other() -> None:
    room = join()["chat/pages/room.js"]
    assert find_imports("chat/pages/room.js", room) == ["chat/pages/base.js", "chat/pages/connection.js"]
    assert "const { say } = $chat_lib_words;" in room
    assert "const { default: Library } = $vendor_library;" in room
    assert "export const { open } = $chat_pages_room;" in room


def test_names_of_a_module_stay_its_own() -> None:
    base = join()["chat/pages/base.js"]
    assert "const { say, quietly: hush } = $chat_lib_words;" in base
    assert "return { say, quietly };" in base
    assert "secret: " not in base


def test_names_are_passed_on() -> None:
    assert "return { Gone: $sdk_errors.Gone, Client };" in join()["sdk/client.js"]


def test_paths_on_demand_are_those_of_the_entry() -> None:
    assert 'import("../aside/search.js")' in join()["chat/pages/room.js"]


def test_module_on_demand_imports_from_an_entry_what_that_has() -> None:
    search = join()["chat/aside/search.js"]
    assert find_imports("chat/aside/search.js", search) == ["chat/pages/base.js", "chat/aside/hit.js"]
    assert "const { say: tell } = $chat_lib_words;" in search


@pytest.mark.parametrize(
    "text",
    [
        'import * as all from "./errors.js";\n',
        "export default 1;\n",
        "export let changing = 1;\n",
        'export * from "./errors.js";\n',
    ],
)
def test_unknown_form_is_refused(text: str) -> None:
    with pytest.raises(UnknownForm, match=r"chat/lib/words\.js"):
        join(chat__lib__words=text)


def test_circle_is_refused_and_named() -> None:
    with pytest.raises(
        UnknownForm, match=r"effect\.js imports chat/lib/words\.js imports chat/lib/effect\.js"
    ):
        join(
            chat__lib__words='import { x } from "./effect.js";\n',
            chat__lib__effect='import { y } from "./words.js";\n',
        )


def test_style_sheet_has_those_that_it_imports() -> None:
    sheets = {
        "chat/site.css": '@import "./a.css";\n@import "./b.css";\n',
        "chat/a.css": "a {}",
        "chat/b.css": "b {}",
    }
    joined = join_sheets(list(sheets), sheets.__getitem__, lambda _, text: text)
    assert joined == {"chat/site.css": "a {}\nb {}\n"}
