"""Pages name the modules that they need."""

import re

import pytest
from django.test import Client

from chat.web.modules import EVERY_PAGE, ROOM_PAGE, list_modules

PRELOAD = re.compile(r'<link rel="modulepreload" href="/static/([^"]+)">')


@pytest.mark.django_db
def test_page_of_room_preloads_all_its_modules(visitor: Client) -> None:
    visitor.post("/room/1/enter", {"name": "Ann", "color": "#1d6fb8"})
    named = PRELOAD.findall(visitor.get("/room/1").content.decode())
    assert named == list(list_modules(EVERY_PAGE, ROOM_PAGE))
    assert len(named) > 50


@pytest.mark.django_db
def test_other_pages_preload_what_every_page_needs(visitor: Client) -> None:
    named = PRELOAD.findall(visitor.get("/sign-in").content.decode())
    assert named == list(list_modules(EVERY_PAGE))


def test_imports_are_found_over_several_lines_and_folders() -> None:
    script, *imported = list_modules("chat/list/viewport.js")
    assert script == "chat/list/viewport.js"
    assert imported == ["chat/lib/arrange-children.js", "vendor/virtual-core/virtual-core.js"]


def test_modules_imported_on_demand_are_not_preloaded() -> None:
    assert "chat/lib/emoji-picker.js" not in list_modules(ROOM_PAGE)


def test_unknown_script_is_reported_by_name() -> None:
    with pytest.raises(FileNotFoundError, match=r"chat/none\.js"):
        list_modules("chat/none.js")
