"""Log lines."""

import json
import logging
import sys
from datetime import datetime

import pytest

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
    line = record('%s - "WebSocket %s" [accepted]', "127.0.0.1", "/ws?token=secret")
    assert WithoutQuery().filter(line)
    assert line.getMessage() == '127.0.0.1 - "WebSocket /ws" [accepted]'


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/chats/My secret", "/chats/…"),
        ("/chats/My%20secret/ws/?token=x", "/chats/…/ws/"),
        ("/chats/a/b/token/renew", "/chats/…/token/renew"),
        ("/chats/7x", "/chats/…"),
        ("/chats/a\nb", "/chats/…"),
        ("/chats/a/moderators/ann", "/chats/…/moderators/…"),
        ("/chats/7/moderators/ann", "/chats/7/moderators/…"),
        ("//chats/secret", "//chats/…"),
        ("/dialects/uuid/My secret", "/dialects/uuid/…"),
        ("/room/secret/enter", "/room/…/enter"),
        ("/direct/ann", "/direct/…"),
        ("/chats/7/token", "/chats/7/token"),
        ("/chats/7", "/chats/7"),
        ("/dialects/uuid", "/dialects/uuid"),
        ("/chats", "/chats"),
        ("/static/chats/x.js", "/static/chats/x.js"),
    ],
)
def test_titles_and_names_are_cut_out_of_paths(path: str, logged: str):
    line = record("%s: %s", "Not Found", path)
    assert WithoutQuery().filter(line)
    assert line.getMessage() == f"Not Found: {logged}"


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
