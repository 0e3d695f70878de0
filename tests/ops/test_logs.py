"""Log lines."""

import json
import logging
import sys
from datetime import datetime

import pytest
from django.test import Client

from chat.ops.logs import JsonFormatter, OneLineFormatter, WithoutQuery


def record(message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("chat", logging.INFO, "", 0, message, args, None)


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "\x1b[31mred", "\x00", "\u2028", "\x9b"])
def test_control_characters_are_escaped(text):
    line = OneLineFormatter().format(record("said %s", text))
    assert line.isprintable()
    assert "\\" in line


def test_letters_of_all_scripts_stay():
    assert OneLineFormatter().format(record("said ☃ ä 李")).endswith("said ☃ ä 李")


def failed(error: Exception) -> logging.LogRecord:
    broken = record("failed")
    try:
        raise error
    except type(error):
        broken.exc_info = sys.exc_info()
    return broken


def test_traceback_keeps_its_lines():
    assert OneLineFormatter().format(failed(ValueError("why"))).count("\n") > 2


def test_message_that_looks_like_a_traceback_stays_on_one_line():
    said = "hi\nTraceback (most recent call last):\n\x1b[31m2026-01-01 00:00:00,000 INFO chat: forged"
    line = OneLineFormatter().format(record("said %s", said))
    assert line.isprintable()
    assert "forged" in line


def test_text_of_an_exception_cannot_pass_for_a_line_of_the_log():
    said = "why\n2026-01-01 00:00:00,000 INFO chat: forged\r\x1b[31m\u2028"
    first, *others = OneLineFormatter().format(failed(ValueError(said))).split("\n")
    assert first.endswith("failed")
    assert all(line.isprintable() and line.startswith("  ") for line in others)
    assert any("forged" in line for line in others)


def test_message_with_a_traceback_is_escaped_as_well():
    broken = failed(ValueError("why"))
    broken.msg = "a\nTraceback b"
    assert OneLineFormatter().format(broken).split("\n")[0].endswith("a\\nTraceback b")


def test_query_strings_are_cut_off():
    line = record('%s - "WebSocket %s" [accepted]', "127.0.0.1", "/chats/7/ws?token=secret")
    assert WithoutQuery().filter(line)
    assert line.getMessage() == '127.0.0.1 - "WebSocket /chats/7/ws" [accepted]'


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/chats/My secret", "/chats/…"),
        ("/chats/My%20secret/ws/?token=x", "/chats/…/ws"),
        ("/chats/a/b/token/renew", "/chats/…/token/renew"),
        ("/chats/7x", "/chats/…"),
        ("/chats/7/x", "/chats/…"),
        ("/chats/7/x/token", "/chats/…/token"),
        ("/chats/a\nb", "/chats/…"),
        ("/chats/a/moderators/ann", "/chats/…/moderators/…"),
        ("/chats/7/moderators/ann", "/chats/7/moderators/…"),
        ("//chats/secret", "/…"),
        ("/chat/chats/secret", "/…"),
        ("/dialects/uuid/My secret", "/…"),
        ("/room/secret/enter", "/room/…/enter"),
        ("/room/2024/secret/settings", "/room/…/settings"),
        ("/direct/ann", "/direct/…"),
        ("/chats/7/token", "/chats/7/token"),
        ("/chats/7", "/chats/7"),
        ("/chats", "/chats"),
        ("/api/bans/7", "/api/bans/7"),
        ("/admin/chat/room/7/change/", "/admin/chat/room/7/change/"),
        ("/static/chats/x.js", "/static/chats/x.js"),
        ("/nowhere", "/…"),
    ],
)
@pytest.mark.parametrize("logger", ["django.request", "uvicorn.error"])
def test_addresses_are_logged_without_titles_and_names(path: str, logged: str, logger: str):
    line = record("%s: %s", "Not Found", path)
    line.name = logger
    assert WithoutQuery().filter(line)
    assert line.getMessage() == f"Not Found: {logged}"


def test_page_that_a_forged_form_names_is_not_logged():
    reason = "Referer checking failed - https://x.example/room/secret does not match any trusted origins."
    line = record("Forbidden (%s): %s", reason, "/sign-in")
    assert WithoutQuery().filter(line)
    shown = "Referer checking failed - https://x.example/… does not match any trusted origins."
    assert line.getMessage() == f"Forbidden ({shown}): /sign-in"


def test_files_stay_in_the_log():
    line = record("cannot read %s", "/var/lib/wschat/static")
    assert WithoutQuery().filter(line)
    assert line.getMessage() == "cannot read /var/lib/wschat/static"


TITLES = ["Zanzibar", "2024/Zanzibar", "7%2FZanzibar", "../Zanzibar", "./7/Zanzibar", "a%3F/Zanzibar"]
ADDRESSES = [
    "chats/%s",
    "chats/%s/token",
    "chats/%s/moderators/Zanzibar",
    "room/%s/settings",
    "room/%s/enter",
]
ADDRESSES += ["direct/%s", "dialects/plain/%s", "some/chats/%s/ws", "admin/chat/room/%s/change/", "%s"]


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["", "/some/chat"])
@pytest.mark.parametrize("title", TITLES)
def test_no_refused_request_tells_a_title(prefix: str, title: str, caplog: pytest.LogCaptureFixture):
    browser = Client(SCRIPT_NAME=prefix, enforce_csrf_checks=True)
    for address in ADDRESSES:
        path = f"/{address % title}"
        browser.post(path, {"name": "ann"}, headers={"Accept": "text/html"})
        browser.get(path, headers={"Accept": "text/html"})
        browser.put(path, "{", content_type="application/json")
        browser.get(f"/wrong/prefix{path}")
    told = [each for each in caplog.records if WithoutQuery().filter(each)]
    assert len(told) > len(ADDRESSES)
    assert [line for each in told if "Zanzibar" in (line := each.getMessage())] == []


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31mred", '"', "\u2028", "\x9b", "\ud800", "李"])
def test_json_record_is_one_line(text: str):
    line = JsonFormatter().format(record("said %s", text))
    assert line.isascii()
    assert line.isprintable()
    said = json.loads(line)
    assert (said["level"], said["logger"], said["message"]) == ("info", "chat", f"said {text}")
    assert datetime.fromisoformat(said["time"]).tzinfo is not None


def test_json_has_the_traceback_in_a_field():
    broken = failed(ValueError("why\nnot"))
    broken.stack_info = "Stack"
    line = JsonFormatter().format(broken)
    assert "\n" not in line
    said = json.loads(line)
    assert said["message"] == "failed"
    assert said["traceback"].startswith("Traceback (most recent call last):\n")
    assert said["traceback"].endswith("ValueError: why\nnot\nStack")
