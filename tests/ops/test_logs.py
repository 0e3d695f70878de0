"""Log lines."""

import logging

import pytest

from chat.ops.logs import OneLineFormatter, WithoutQuery


def record(message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("chat", logging.INFO, "", 0, message, args, None)


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "\x1b[31mred", "\x00", "\u2028", "\x9b"])
def test_control_characters_are_escaped(text):
    line = OneLineFormatter().format(record("said %s", text))
    assert line.isprintable()
    assert "\\" in line


def test_letters_of_all_scripts_stay():
    assert OneLineFormatter().format(record("said ☃ ä 李")).endswith("said ☃ ä 李")


def test_traceback_keeps_its_lines():
    try:
        raise ValueError("why")
    except ValueError as error:
        broken = record("failed")
        broken.exc_info = (ValueError, error, error.__traceback__)
    assert OneLineFormatter().format(broken).count("\n") > 2


def test_query_strings_are_cut_off():
    line = record('%s - "WebSocket %s" [accepted]', "127.0.0.1", "/ws?token=secret")
    assert WithoutQuery().filter(line)
    assert line.getMessage() == '127.0.0.1 - "WebSocket /ws" [accepted]'
