"""Puts the rows of the migrations back behind tests of `whole_db`, which leave none.

Django does so for tests that ask for it; others count on being run before those. Where several processes
share the tests, they are not.
"""

from collections.abc import Iterator

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from pytest_django.plugin import blocking_manager_key

_emptied = pytest.StashKey[bool]()


def _rolls_back(item: pytest.Item) -> bool | None:
    """Whether the test undoes what it does to the database; None for a test without a database."""
    if (mark := item.get_closest_marker("django_db")) is not None:
        return not mark.kwargs.get("transaction", False)
    fixtures: list[str] = getattr(item, "fixturenames", [])
    if "transactional_db" in fixtures:
        return False
    return True if "db" in fixtures else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    yield
    stash = item.config.stash
    if _rolls_back(item) is False:
        stash[_emptied] = True
    if nextitem is not None and _rolls_back(nextitem) and stash.get(_emptied, False):
        with stash[blocking_manager_key].unblock():
            connection.creation.deserialize_db_from_string(connection._test_serialized_contents)  # type: ignore[attr-defined]
        ContentType.objects.clear_cache()  # it knows those that were there in between, by other numbers
        stash[_emptied] = False
