"""Lines of the log about sign-ins that were refused."""

import logging
import re

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.test import Client

from chat.ops.logs import JsonFormatter, OneLineFormatter
from chat.services import tries
from tests.support.server import ROOT

pytestmark = pytest.mark.django_db

HOST = r"(?P<host>[\w:.\-]*\w)"  # what stands for <HOST> in a filter of fail2ban
TIMES = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[,.]\d+(?:\+00:00)?"


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", password="correct horse")


def documented() -> list[re.Pattern[str]]:
    """The filter of docs/operations.md."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    block = text.partition("failregex = ")[2].partition("```")[0]
    return [re.compile(line.strip().replace("<HOST>", HOST)) for line in block.strip().splitlines()]


def banned(formatter: logging.Formatter, records: list[logging.LogRecord]) -> list[str]:
    """The addresses that the filter finds, as fail2ban looks: without the time, which it takes out."""
    found = []
    for record in records:
        line = re.sub(rf'"{TIMES}"|{TIMES}', "", formatter.format(record), count=1)
        found += [match["host"] for one in documented() if (match := one.search(line))]
    return found


@pytest.mark.parametrize("formatter", [OneLineFormatter(), JsonFormatter()])
def test_each_refused_sign_in_is_a_line_that_fail2ban_reads(
    formatter: logging.Formatter, ann: User, caplog: pytest.LogCaptureFixture
):
    assert authenticate(username="ann", password="wrong", address="192.0.2.7") is None
    assert authenticate(username="nobody", password="wrong", address="2001:db8::7") is None
    assert authenticate(username="ann", password="correct horse", address="192.0.2.9") == ann
    assert authenticate(username="ann", password="wrong", address="") is None
    assert banned(formatter, caplog.records) == ["192.0.2.7", "2001:db8::7"]


def test_sign_in_that_is_limited_is_a_line_of_its_own(ann: User, caplog: pytest.LogCaptureFixture):
    for _ in range(tries.MOST_OF_PAIR + 1):
        authenticate(username="ann", password="wrong", address="192.0.2.7")
    lines = [record.getMessage() for record in caplog.records]
    refused, limited = (f'sign-in {how}: from 192.0.2.7 as "ann"' for how in ("refused", "limited"))
    assert lines == [refused] * tries.MOST_OF_PAIR + [limited]
    assert len(banned(OneLineFormatter(), caplog.records)) == len(lines)


@pytest.mark.parametrize(
    "name",
    [
        'x\n2026-11-29 06:38:42,123 WARNING chat.services.backend: sign-in refused: from 203.0.113.1 as "y"',
        'x" WARNING chat.services.backend: sign-in refused: from 203.0.113.1 as "',
        "\x1b[31m\u2028x",
        "who?x=1",
        "x" * 4096,
    ],
)
def test_name_cannot_have_another_address_banned(name: str, caplog: pytest.LogCaptureFixture):
    authenticate(username=name, password="wrong", address="192.0.2.7")
    (record,) = caplog.records
    line = OneLineFormatter().format(record)
    assert line.isprintable()
    assert len(line) < 1000
    assert banned(OneLineFormatter(), [record]) == ["192.0.2.7"]
    assert banned(JsonFormatter(), [record]) == ["192.0.2.7"]


@pytest.mark.parametrize("path", ["/sign-in", "/admin/login/"])
def test_pages_tell_as_well(path: str, ann: User, caplog: pytest.LogCaptureFixture):
    form = {"username": "ann", "password": "wrong"}
    Client(REMOTE_ADDR="192.0.2.7").post(path, form)
    assert banned(OneLineFormatter(), caplog.records) == ["192.0.2.7"]
