"""Log lines: one record a line, no raw control character, no query string (which may hold secrets)."""

import logging
import re
from typing import Final

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


class OneLineFormatter(logging.Formatter):
    """Time, level, logger and message; what a client sent cannot break the line or colour the terminal."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The record on one line; a traceback, which is ours, follows on its own lines."""
        message, _, trace = super().format(record).partition("\nTraceback ")
        line = _CONTROLS.sub(_escaped, message)
        return f"{line}\nTraceback {trace}" if trace else line


class WithoutQuery(logging.Filter):
    """Takes query strings off the paths that the server logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record's arguments are changed."""
        if isinstance(record.args, tuple):
            record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
        return True
