"""Fixtures for all tests."""

from hypothesis import settings

# Machines differ by 2.5 from day to day: how long an example takes says nothing about the code.
settings.register_profile("wschat", deadline=None)
settings.load_profile("wschat")

pytest_plugins = [
    "tests.support.fixtures",
    "tests.support.left_out",
    "tests.support.long_first",
    "tests.support.restored",
    "tests.support.writers",
]
