"""What all pages share: policy, theme, language, and error pages."""

import json
import re

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from chat.web import faults
from chat.web.security import POLICY, POLICY_OF_LIBRARIES
from tests.web.kit import make_room, text_of

pytestmark = pytest.mark.django_db

PAGES = ("/", "/sign-in", "/sign-up", "/room/1", "/direct/nobody", "/nothing", "/api/v1/")


@pytest.mark.parametrize("address", PAGES)
def test_our_pages_ask_for_trusted_types(visitor: Client, address: str) -> None:
    policy = visitor.get(address)["Content-Security-Policy"]
    assert policy == POLICY
    assert "require-trusted-types-for 'script'; trusted-types dompurify" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("address", ["/admin/login/", "/api/docs/"])
def test_pages_of_libraries_do_without(visitor: Client, address: str) -> None:
    assert visitor.get(address)["Content-Security-Policy"] == POLICY_OF_LIBRARIES
    assert "unsafe" not in POLICY_OF_LIBRARIES


@pytest.mark.parametrize("address", PAGES)
def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(visitor: Client, address: str) -> None:
    page = visitor.get(address).content
    assert not re.search(rb"<script(?![^>]* src=)|<style| style=| on\w+=|javascript:", page)
    assert not re.search(rb"""(?:src|href|action)=["'](?:\w+:)?//""", page)


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/mentions",
        "/saved",
        "/search",
        "/profile",
        "/rooms/new",
        "/direct",
        "/person?name=ann",
        "/room/1",
    ],
)
def test_each_page_loads_the_texts_of_scripts(visitor: Client, address: str) -> None:
    """Without them a page has no translations, and going there from another one loads a document."""
    make_room("Team")
    visitor.post("/introduce", {"name": "ann"})
    page = visitor.get(address, follow=True).content.decode()
    scripts = re.findall(r'<script[^>]* src="([^"]*)"', page)
    assert [re.sub(r"\?.*|\.\w{12}(?=\.js)", "", script) for script in scripts] == [
        "/i18n.js",
        "/static/chat/pages/base.js",
    ]


# Theme


def theme_of(visitor: Client, address: str = "/") -> str:
    found = re.search(rb'<html[^>]* data-theme="(\w*)"', visitor.get(address).content)
    return found[1].decode() if found else ""


def test_a_theme_is_chosen_without_scripts(visitor: Client) -> None:
    assert theme_of(visitor) == ""
    chosen = visitor.post("/theme", {"theme": "dark", "next": "/room/1"})
    assert chosen["Location"] == "/room/1"
    assert theme_of(visitor, "/nothing") == "dark"
    visitor.post("/theme", {"theme": ""})
    assert theme_of(visitor) == ""


def test_density_is_chosen_without_scripts_and_leaves_the_theme(visitor: Client) -> None:
    visitor.post("/theme", {"theme": "dark"})
    assert b"data-density" not in visitor.get("/").content
    visitor.post("/theme", {"density": "compact"})
    assert b'data-density="compact"' in visitor.get("/").content
    assert theme_of(visitor) == "dark"
    visitor.post("/theme", {"density": "tiny"})
    assert b"data-density" not in visitor.get("/").content


@pytest.mark.parametrize("theme", ["blue", '"><script>', "DARK"])
def test_there_are_no_other_themes(visitor: Client, theme: str) -> None:
    visitor.cookies["theme"] = theme
    assert theme_of(visitor) == ""
    visitor.post("/theme", {"theme": theme})
    assert theme_of(visitor) == ""


def test_the_way_back_from_the_theme_is_on_this_site(visitor: Client) -> None:
    assert visitor.post("/theme", {"theme": "dark", "next": "https://evil.example/"})["Location"] == "/"


# Language


def test_pages_are_in_the_language_of_the_browser(visitor: Client) -> None:
    page = visitor.get("/", headers={"accept-language": "de-AT,de;q=0.9"})
    assert b'<html lang="de"' in page.content
    assert "Räume" in text_of(page.content)
    assert "Accept-Language" in page["Vary"]
    assert b'<html lang="en"' in visitor.get("/", headers={"accept-language": "tlh"}).content


def test_what_is_refused_is_said_in_that_language(visitor: Client) -> None:
    german = {"accept-language": "de"}
    make_room("Team")
    answer = visitor.post("/rooms/new", {"title": "team", "visibility": "public"}, headers=german)
    assert "Ein anderer Raum hat diesen Titel" in text_of(answer.content)
    answer = visitor.post("/sign-in", {"username": "ann", "password": "x"}, headers=german)
    assert "Name oder Passwort ist falsch." in text_of(answer.content)


def catalogue(visitor: Client, language: str) -> tuple[str, dict[str, str], str]:
    """Its address, its texts, and how it may be kept."""
    page = visitor.get("/", headers={"accept-language": language}).content.decode()
    address = re.findall(r'src="(/i18n\.js[^"]*)"', page)[0]
    answer = visitor.get(address)
    found = re.search(r"const newcatalog = (\{.*?\n  \});", answer.content.decode(), re.DOTALL)
    return address, json.loads(found[1]) if found else {}, answer["Cache-Control"]


def test_scripts_have_their_texts_in_the_language_of_the_page(visitor: Client) -> None:
    address, texts, kept = catalogue(visitor, "de")
    assert texts["Too short"] == "Zu kurz"
    assert "immutable" in kept
    assert catalogue(visitor, "en")[0] != address


@pytest.mark.parametrize("query", ["", "?de.0123456789ab", "?xx.yy", "?de", "?%00.%ff"])
def test_texts_of_another_release_are_not_kept(visitor: Client, query: str) -> None:
    answer = visitor.get(f"/i18n.js{query}")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-cache"


def test_every_language_has_a_catalogue() -> None:
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            assert translation.gettext("Rooms")
            assert reverse("web:home") == "/"


# What is wrong


def test_forbidden_page_says_so(client: Client, monkeypatch) -> None:
    def refuse(request) -> None:
        raise PermissionDenied

    monkeypatch.setattr("chat.web.home.render_home", refuse)
    answer = client.get("/")
    assert answer.status_code == 403
    assert "You don't have access" in text_of(answer.content)


def test_error_page_uses_the_chosen_theme(monkeypatch) -> None:
    monkeypatch.setattr("chat.web.visitor._look_up", None)  # asks nothing
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = "dark"
    answer = faults.show_broken(request)
    assert answer.status_code == 500
    assert b'data-theme="dark"' in answer.content


def test_a_view_that_fails_is_answered_with_this_page(monkeypatch) -> None:
    monkeypatch.setattr("chat.web.home.render_home", lambda request: 1 / 0)
    answer = Client(raise_request_exception=False).get("/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in text_of(answer.content)
    assert answer["Content-Security-Policy"] == POLICY
