"""Statements of a commit: the same number for any number of messages in any number of rooms."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from chat.log import log
from chat.log.kinds.message import UnkeptMessages
from tests.support.batches import batches

# On SQLite the log uses the driver's own connection: tests/bench/test_costs.py counts its instructions.
STATEMENTS = {"sqlite": 0, "postgresql": 3}


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 20, 200])
def test_statements_of_a_commit_are_shared(count: int):
    drafts, unkept = batches(), UnkeptMessages()
    log._commit_batch(next(drafts), unkept)  # what is asked once for all
    batch = next(drafts)[:count]
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        assert len(log._commit_batch(batch, unkept)) == count
    assert len(captured) == STATEMENTS[connection.vendor]
