"""Log lines: one record a line, no raw control character, no query string (which may hold secrets)."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Final

from django.db import InterfaceError, OperationalError

# A room by title, or a participant, in a path: not `/chats/7`, which names no one and nothing.
_NAMED: Final = re.compile(
    r"^(?P<kind>/+(?:chats|room|direct|dialects/[^/]+)/)(?!\d+(?:/|$)).+?"
    r"(?P<end>(?:/ws|/token(?:/renew)?|/moderators(?:/…)?|/enter|/renew)?/?)$",
    re.ASCII | re.DOTALL,
)
_MODERATOR: Final = re.compile(r"(?<=/moderators/).+$", re.DOTALL)
_HIDDEN: Final = "…"
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _escape_controls(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


class OneLineFormatter(logging.Formatter):
    """Time, level, logger and message; what a client sent cannot break the line or colour the terminal."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line itself, which now is one."""
        return _CONTROLS.sub(_escape_controls, super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback follows on lines of its own.

        They are indented: an exception's text may hold what a client sent, and could pass for a line of ours.
        """
        line, *trace = super().format(record).split("\n")
        return "\n".join([line, *("  " + _CONTROLS.sub(_escape_controls, text) for text in trace)])


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for programs that gather logs; in ASCII, so that a line is a line to all."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message; the traceback, if there is one."""
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        trace = [self.formatException(record.exc_info)] if record.exc_info else []
        trace += [self.formatStack(record.stack_info)] if record.stack_info else []
        if trace:
            fields["traceback"] = "\n".join(trace)
        return json.dumps(fields)


class WithoutTrace(logging.Filter):
    """For what any visitor can cause, such as a request under another host name: one line of it is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is a warning without a traceback."""
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class WithoutDatabaseTrace(logging.Filter):
    """While the database is away each request fails in the same way: a line for each is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; a database error loses its traceback and joins the message."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, OperationalError | InterfaceError):
            record.msg, record.args = f"{record.getMessage()}: {error}", ()
            record.exc_info = record.exc_text = None
        return True


class WithoutQuery(logging.Filter):
    """Takes query strings off the paths that the server logs, and titles and names out of them.

    A room may be hidden, and a line of a request that was refused would tell of it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record's arguments are changed."""
        if isinstance(record.args, tuple):
            record.args = tuple(_strip_path(arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


def _strip_path(text: str) -> str:
    path = text.partition("?")[0]
    if not path.startswith("/"):
        return path
    return _NAMED.sub(rf"\g<kind>{_HIDDEN}\g<end>", _MODERATOR.sub(_HIDDEN, path))
