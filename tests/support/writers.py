"""The log's threads, in tests that run the site in process."""

from collections.abc import Iterator

import pytest

from chat.log.log import log
from chat.log.presence import presence


@pytest.fixture(autouse=True)
def _writers_end() -> Iterator[None]:
    """The log's writer threads have connections of their own to the test database: end them with the test."""
    yield
    log.stop()
    presence.close()
