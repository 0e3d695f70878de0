"""What the tests of the log share."""

from collections.abc import Iterator

import pytest

from chat.log.log import Log


@pytest.fixture
def log() -> Iterator[Log]:
    """A log with a writer of its own."""
    log = Log()
    yield log
    log.stop()
