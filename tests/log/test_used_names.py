"""Kicks and bans of names that speak without an identity, and are no members."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from chat.log.kinds.ban import BanDraft
from chat.log.kinds.kick import KickDraft
from chat.log.log import Log
from chat.log.used_names import forget_uses, write_uses
from chat.models import Ban, Participant, UsedName
from chat.permissions import SITE
from chat.services import bans as service
from tests.log.test_evasion import FAR, FROM, HELD, NEAR
from tests.log.test_held import START, code_of, label, log
from tests.support.marks import whole_db

__all__ = ["log"]  # a fixture of another module
pytestmark = whole_db


def speak(log: Log, name: str, address: str = FROM, line: str = "") -> None:
    assert code_of(log, label(1, name, address, token_line=line)) == 0


def ban(log: Log, name: str, **fields: Any) -> None:
    log.append_and_wait(BanDraft(room=1, at=START, actor=SITE, name=name, **fields))


def test_ban_with_the_address_finds_a_name_that_is_no_member(log: Log):
    speak(log, "eve")
    speak(log, "ann", FAR)
    ban(log, "EVE", address=True)
    codes = [code_of(log, label(1, "new", address)) for address in (NEAR, FAR)]
    assert codes == [921, 0]


def test_evasion_of_a_name_that_is_no_member_is_held(log: Log):
    speak(log, "eve")
    ban(log, "eve")
    assert [code_of(log, label(1, "new", address)) for address in (NEAR, FAR)] == [HELD, 0]


def test_evasion_of_a_name_that_is_banned_from_the_server_is_held(log: Log):
    speak(log, "eve")
    service.ban_from_server(actor=SITE, fields={"name": "eve"})
    assert [code_of(log, label(1, "new", address)) for address in (NEAR, FAR)] == [HELD, 0]


def test_held_message_tells_where_its_name_came_from(log: Log):
    speak(log, "eve")
    ban(log, "eve")
    assert code_of(log, label(1, "lilith", NEAR, token_line="")) == HELD
    ban(log, "lilith", address=True)
    assert code_of(log, label(1, "new", NEAR)) == 921


def test_kick_ends_the_room_tokens_of_a_name(log: Log):
    speak(log, "eve", line="one")
    speak(log, "eve", line="two")
    speak(log, "ann", line="three")
    log.append_and_wait(KickDraft(room=1, at=START, actor=SITE, name="eve"))
    lines = Ban.objects.filter(key__startswith="token:").values_list("key", flat=True)
    assert sorted(lines) == ["token:one", "token:two"]


def test_no_address_of_a_name_is_kept_where_none_is_to_be(log: Log, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings.ENV, "wschat_address_days", 0)
    with transaction.atomic():  # of one batch
        write_uses({(1, "eve", "one", address): START for address in (NEAR, FAR)})
    speak(log, "eve", line="two")
    assert sorted(UsedName.objects.values_list("token", "address")) == [("one", ""), ("two", "")]
    log.append_and_wait(KickDraft(room=1, at=START, actor=SITE, name="eve"))
    lines = Ban.objects.filter(key__startswith="token:").values_list("key", flat=True)
    assert sorted(lines) == ["token:one", "token:two"]


def test_address_of_a_name_does_not_count_for_the_user_who_has_it(log: Log):
    speak(log, "eve")
    Participant.objects.create(name="eve", name_key="eve")
    ban(log, "eve", address=True)
    assert code_of(log, label(1, "new", NEAR)) == 0


def test_uses_are_noted_once_and_forgotten_after_a_day(log: Log):
    for _ in range(2):
        speak(log, "eve")
    assert code_of(log, label(1, "eve", FAR)) == 0  # known already: nothing to note
    assert UsedName.objects.filter(name_key="eve").count() == 1
    forget_uses(START + timedelta(hours=23))
    assert UsedName.objects.exists()
    forget_uses(START + timedelta(hours=25))
    assert not UsedName.objects.exists()
