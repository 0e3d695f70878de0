"""The name and logo of the site, and the sidebar that its pages share."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from chat.web.times import short_ago
from tests.web.kit import make_room

ANN = {"name": "Ann", "color": "#1d6fb8"}


@pytest.mark.django_db
def test_name_and_logo_are_those_of_the_settings(visitor: Client, monkeypatch) -> None:
    assert "· wschat" in visitor.get("/").content.decode()
    monkeypatch.setattr(settings.ENV, "wschat_site_name", "Tea & Co")
    monkeypatch.setattr(settings.ENV, "wschat_site_logo", "/files/logo.png")
    for path in ("/", "/room/1", "/nothing", "/sign-in"):
        page = visitor.get(path).content.decode()
        assert re.search(r"<title>[^<]*· Tea &amp; Co\s*</title>", page), path
        assert re.search(r'rel="icon"\s+href="/files/logo.png"\s+type="image/png"', page), path
        assert "wschat<" not in page


@pytest.mark.django_db
def test_accent_is_a_style_sheet_of_the_site(visitor: Client, monkeypatch) -> None:
    assert b"accent.css" not in visitor.get("/").content
    monkeypatch.setattr(settings.ENV, "wschat_accent", "#7a1fa2")
    found = re.search(r'href="(/accent\.css\?\w+)"', visitor.get("/").content.decode())
    assert found is not None
    sheet = visitor.get(found[1])
    assert sheet["Content-Type"].startswith("text/css")
    assert "immutable" in sheet["Cache-Control"]
    assert sheet.content.decode().startswith(":root { --accent: #7a1fa2; --on-accent: #ffffff;")
    assert "no-cache" in visitor.get("/accent.css?another")["Cache-Control"]


@pytest.mark.django_db
def test_every_page_of_a_visitor_with_a_name_has_the_sidebar(visitor: Client) -> None:
    room = make_room("Tea")
    assert b'id="sidebar"' not in visitor.get("/").content
    visitor.post(f"/room/{room.pk}/enter", ANN)
    mine = visitor.post("/rooms/new", {"title": "Mine", "visibility": "public"})["Location"]
    for path in ("/", f"/room/{room.pk}", mine, f"{mine}/settings", "/direct/Ann", "/nothing", "/sign-up"):
        page = visitor.get(path).content.decode()
        assert page.count('id="sidebar"') == page.count('id="place"') == 1, path
        assert f'href="/room/{room.pk}"' in page, path


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=5, seconds=5), "5 min"),
        (timedelta(minutes=59, seconds=30), "59 min"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=2, hours=1), "2 d"),
        (timedelta(days=364, hours=1), "364 d"),
        (timedelta(days=800), "2 y"),
    ],
)
def test_times_are_short(ago: timedelta, words: str) -> None:
    assert short_ago(timezone.now() - ago) == words
