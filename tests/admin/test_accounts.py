"""Accounts from sign-up, in the admin site."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from chat.models import WindowCount
from chat.services import accounts, tries

SECRET = "correct horse battery"


@pytest.fixture
def ann(db) -> User:
    """An account under a name that Django's own form would refuse."""
    return accounts.sign_up(name="Ann (the first)", password=SECRET, guest=None)


def save(admin: Client, user: User, **fields: str) -> None:
    address = f"/admin/auth/user/{user.pk}/change/"
    kept = {"username": user.username, "date_joined_0": "2026-01-02", "date_joined_1": "03:04:05"}
    admin.post(address, kept | fields)
    user.refresh_from_db()


def test_account_of_any_name_can_be_closed(admin: Client, ann: User):
    save(admin, ann)  # "active" is not ticked
    assert not ann.is_active
    assert ann.username == "Ann (the first)"


def test_account_rename_needs_a_valid_and_free_name(admin: Client, ann: User):
    save(admin, ann, username="two words")
    assert ann.username == "Ann (the first)"
    save(admin, ann, username="alice")  # the superuser's
    assert ann.username == "Ann (the first)"
    save(admin, ann, username="ann1")
    assert ann.username == "ann1"


def change_own(admin: Client, old: str) -> bytes:
    new = "new horse battery"
    fields = {"old_password": old, "new_password1": new, "new_password2": new}
    return admin.post("/admin/password_change/", fields, follow=True).content


def test_current_password_has_limited_tries(admin: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tries, "MOST_OF_PAIR", 3)
    alice = User.objects.get(username="alice")
    alice.set_password(SECRET)
    alice.save()
    admin.force_login(alice)
    assert b"Your old password was entered incorrectly" in change_own(admin, "wrong")
    for _ in range(2):
        change_own(admin, "wrong")
    assert b"too many wrong passwords; try again later" in change_own(admin, SECRET)
    WindowCount.objects.all().delete()
    assert b"Your password was changed." in change_own(admin, SECRET)
