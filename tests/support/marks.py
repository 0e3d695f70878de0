"""Marks that several test modules use."""

import pytest

# The test database with the rows of the migrations in it, committed, so that other threads see them too.
whole_db = pytest.mark.django_db(transaction=True)
