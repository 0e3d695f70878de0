"""Log lines: one record a line, no raw control character, no query string (which may hold secrets)."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.core.exceptions import AppRegistryNotReady
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve

# What of a route a request fills in, and what else of it is no text of an address.
_FILLED: Final = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|<(?:\w+:)?(\w+)>")
_SYNTAX: Final = re.compile(r"^\^|(?:/\?)?(?:\\Z|\$)$|\(.*\)")
_URL: Final = re.compile(r"\b(?P<site>(?:https?|wss?)://[^/\s]*)/\S*", re.IGNORECASE)
_HTTP: Final = ("django", "uvicorn", "websockets", "channels", "daphne")  # loggers that tell of requests
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


class WithoutClientTrace(logging.Filter):
    """For what any visitor can cause, such as a malformed form: one line of it is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record of a request that was refused is a warning without a traceback."""
        refused = 400 <= getattr(record, "status_code", 500) < 500
        if refused or record.name.startswith("django.security."):
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
    """Puts routes in the place of the addresses that the server logs: no query strings, titles and names.

    A room may be hidden, and a line of a request that was refused would tell of it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record's arguments are changed."""
        if isinstance(record.args, tuple):
            record.args = tuple(_hide(arg, record) if isinstance(arg, str) else arg for arg in record.args)
        return True


def _hide(text: str, record: logging.LogRecord) -> str:
    """The text without what a client may have filled into an address."""
    request = getattr(record, "request", None)
    text = _URL.sub(rf"\g<site>/{_HIDDEN}", text.partition("?")[0])  # such as the Referer of a forged form
    if not text.startswith("/"):
        return text
    if isinstance(request, HttpRequest):
        return _describe_route(request.resolver_match, request.path_info)
    route = _describe_route(None, text.removeprefix(settings.ENV.wschat_path_prefix))
    of_http = record.name.partition(".")[0] in _HTTP
    return route if of_http or route != f"/{_HIDDEN}" else text  # else it may be a file


def _describe_route(match: ResolverMatch | None, path: str) -> str:
    """The route of an address, with the numbers in it: they name no one and nothing.

    What leads nowhere is hidden as a whole: it may be an address with something before it.
    """
    if path.startswith(settings.STATIC_URL):
        return path
    try:
        match = match or resolve(path)
    except (Resolver404, AppRegistryNotReady):
        return f"/{_HIDDEN}"
    filled = match.kwargs

    def fill(group: re.Match[str]) -> str:
        value = str(filled.get(group[1] or group[2]))
        return value if value.isascii() and value.isdecimal() else _HIDDEN

    told = _FILLED.sub(fill, match.route)
    return "/" + _SYNTAX.sub(lambda syntax: _HIDDEN if syntax[0].startswith("(") else "", told)
