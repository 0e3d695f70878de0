"""Hashing: two at a time, a bounded number waiting, and no connection to the database held meanwhile."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from chat import passwords
from chat.errors import TOO_MANY_REQUESTS, ChatError
from chat.models import Participant
from chat.permissions import Actor
from chat.services import accounts, rooms
from tests.support.marks import whole_db

ENCODED = make_password("correct horse")


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """Both threads that hash are busy until the event is set."""
    event, begun = threading.Event(), threading.Barrier(passwords._AT_A_TIME + 1)
    for _ in range(passwords._AT_A_TIME):
        passwords._threads.submit(lambda: (begun.wait(), event.wait()))
    begun.wait()
    yield event
    event.set()


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for a condition of another thread."""
    waiter = threading.Event()
    while not true():
        waiter.wait(0.005)


def test_long_wait_is_refused_with_a_retry_time(held: threading.Event, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(passwords, "_LONGEST_WAIT", 0.05)
    with pytest.raises(ChatError) as refused:
        check_password("correct horse", ENCODED)
    assert refused.value.kind is TOO_MANY_REQUESTS
    assert refused.value.headers()["Retry-After"] == "2"
    held.set()
    assert check_password("correct horse", ENCODED)


def test_one_client_leaves_room_for_others(held: threading.Event, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(passwords, "_MOST_WAITING", 3)
    monkeypatch.setattr(passwords, "_MOST_ALIKE", 2)
    with ThreadPoolExecutor(3) as pool:
        alike: list[Future] = [pool.submit(check_password, "wrong", ENCODED) for _ in range(2)]
        wait_until(lambda: passwords._waiting.total() == 2)
        with pytest.raises(ChatError):
            check_password("correct horse", ENCODED)
        other = pool.submit(make_password, "another")
        wait_until(lambda: passwords._waiting.total() == 3)
        with pytest.raises(ChatError):
            make_password("one more")
        held.set()
        assert [each.result() for each in alike] == [False, False]
        assert other.result()
    assert not passwords._waiting


def connected_while(held: threading.Event, work: Callable[[], object]) -> bool:
    """Do work that hashes in another thread; whether it had a connection to the database while it waited."""
    mine: list[BaseDatabaseWrapper] = []

    def in_thread() -> None:
        connection.ensure_connection()
        mine.append(connections[DEFAULT_DB_ALIAS])
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(in_thread)
        try:
            wait_until(lambda: done.done() or passwords._waiting.total() > 0)
            wait_until(lambda: done.done() or passwords._threads._work_queue.qsize() > 0)
            return mine[0].connection is not None
        finally:
            held.set()
            done.result()


def sign_in() -> None:
    with pytest.raises(ChatError):
        accounts.check_password(name="nobody", password="x", address="192.0.2.1")


def sign_up() -> None:
    accounts.sign_up(name="Newcomer", password="correct horse", guest=None)


def create_room() -> None:
    fields = {"title": "Team", "visibility": "private", "password": "correct horse"}
    actor = Actor(Participant.objects.create().pk)
    rooms.create_room(actor=actor, fields=fields, anonymous_allowed=False)


def change_password() -> None:
    user = User.objects.create(username="ann")
    user.set_password("correct horse")
    user.save()


def add_account() -> None:
    """In the admin site, where Django has a transaction around the page."""
    staff = Client()
    staff.force_login(User.objects.create(username="staff", is_staff=True, is_superuser=True))
    fields = {"username": "bob", "password1": "correct horse", "password2": "correct horse"}
    answer = staff.post("/admin/auth/user/add/", {**fields, "usable_password": "true"})
    assert answer.status_code == 302
    assert User.objects.filter(username="bob").exists()


@whole_db
@pytest.mark.parametrize("work", [sign_in, sign_up, create_room, change_password, add_account])
def test_no_connection_is_held_while_a_hash_is_waited_for(held: threading.Event, work: Callable[[], None]):
    assert not connected_while(held, work)
