"""The addresses of participants: noted in batches, and seldom."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.engine import upkeep
from chat.models import Participant, ParticipantAddress
from chat.presence.addresses import AddressBook, clean_address, forget_addresses
from tests.support.marks import whole_db

pytestmark = whole_db
HOME, CAFE = "192.0.2.7", "198.51.100.1"


@pytest.fixture
def book() -> AddressBook:
    return AddressBook()


def kept() -> list[tuple[int, str]]:
    return sorted(ParticipantAddress.objects.values_list("participant", "address"))


def people(count: int) -> list[int]:
    return [Participant.objects.create().pk for _ in range(count)]


def test_addresses_of_a_batch_are_noted_with_two_statements(book: AddressBook):
    ann, bob = people(2)
    with CaptureQueriesContext(connection) as asked:
        book.note_addresses([(ann, HOME), (ann, HOME), (bob, HOME), (ann, CAFE), (None, HOME), (bob, "")])
    assert len(asked) == 2
    assert kept() == [(ann, HOME), (ann, CAFE), (bob, HOME)]
    with CaptureQueriesContext(connection) as asked:
        book.note_addresses([(ann, HOME), (bob, HOME)])
    assert not asked.captured_queries


def test_pair_is_written_again_after_an_hour(book: AddressBook, monkeypatch: pytest.MonkeyPatch):
    (ann,) = people(1)
    book.note_addresses([(ann, HOME)])
    first = ParticipantAddress.objects.get()
    monkeypatch.setattr(book, "_until", datetime.now(UTC))
    book.note_addresses([(ann, HOME)])
    again = ParticipantAddress.objects.get()
    assert again.first_seen == first.first_seen
    assert again.last_seen > first.last_seen


def test_pair_is_written_again_in_another_process(book: AddressBook):
    (ann,) = people(1)
    book.note_addresses([(ann, HOME)])
    first = ParticipantAddress.objects.get()
    AddressBook().note_addresses([(ann, HOME)])
    assert ParticipantAddress.objects.get().last_seen > first.last_seen


def test_few_pairs_are_remembered(book: AddressBook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(book, "MOST_NOTED", 1)
    ann, bob = people(2)
    book.note_addresses([(ann, HOME), (bob, HOME)])
    book.note_addresses([(ann, CAFE)])
    assert len(book._noted) == 1


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        (HOME, HOME),
        ("::ffff:192.0.2.7", HOME),
        ("2001:db8::1", "2001:db8::/64"),
        ("[2001:db8::2%eth0]", "2001:db8::/64"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_address_is_what_one_client_has(given: str, clean: str):
    assert clean_address(given) == clean


def test_no_address_is_kept_of_who_is_gone(book: AddressBook):
    (ann,) = people(1)
    Participant.objects.all().delete()
    book.note_addresses([(ann, HOME)])
    assert kept() == []


def test_addresses_go_with_the_account(book: AddressBook):
    user = User.objects.create_user("ann")
    book.note_addresses([(user.participant.pk, HOME)])
    user.delete()
    assert kept() == []


@pytest.mark.parametrize(("days", "left"), [(7, 2), (1, 1), (0, 0)])
def test_addresses_are_removed_that_the_setting_does_not_keep(
    monkeypatch: pytest.MonkeyPatch, days: int, left: int
):
    monkeypatch.setattr(settings.ENV, "wschat_address_days", days)
    (ann,) = people(1)
    for day, address in enumerate((HOME, CAFE, "203.0.113.1")):
        seen = datetime.now(UTC) - timedelta(days=4 * day, minutes=1)
        ParticipantAddress.objects.create(
            participant_id=ann, address=address, first_seen=seen, last_seen=seen
        )
    assert len(ParticipantAddress.objects.recent(ann)) == left
    call_command("purge")
    assert len(kept()) == left


async def test_upkeep_removes_old_addresses(monkeypatch: pytest.MonkeyPatch):
    done: list[object] = []

    async def note(work: object, *_args: object) -> None:
        done.append(work)

    monkeypatch.setattr(upkeep, "run_in_thread", note)
    await upkeep.purge_events()
    assert forget_addresses in done


def test_nothing_is_noted_with_zero_days(book: AddressBook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings.ENV, "wschat_address_days", 0)
    (ann,) = people(1)
    book.note_addresses([(ann, HOME)])
    assert kept() == []


def test_latest_addresses_are_limited():
    (ann,) = people(1)
    now = datetime.now(UTC)
    for number in range(25):
        seen = now - timedelta(minutes=number)
        ParticipantAddress.objects.create(
            participant_id=ann, address=f"192.0.2.{number}", first_seen=seen, last_seen=seen
        )
    found = [row.address for row in ParticipantAddress.objects.recent(ann)]
    assert len(found) == 20
    assert found[0] == "192.0.2.0"
