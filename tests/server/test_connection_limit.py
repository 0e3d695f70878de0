"""The limit on connections."""

import os

from chat.server.connection_limit import ConnectionLimit


def test_connections_are_counted_over_all_processes():
    first = ConnectionLimit.create_shared(3, processes=2)
    second = ConnectionLimit(first.descriptor, 3, slot=1)
    assert [
        first.admit_connection(),
        second.admit_connection(),
        second.admit_connection(),
        first.admit_connection(),
        second.admit_connection(),
    ] == [True] * 3 + [False] * 2
    first.release_connection()
    assert [second.admit_connection(), first.admit_connection()] == [True, False]
    first.forget_process(1)
    assert [first.admit_connection() for _ in range(4)] == [True, True, True, False]
    os.close(first.descriptor)


def test_zero_is_no_limit():
    limit = ConnectionLimit.create_shared(0, processes=1)
    assert all(limit.admit_connection() for _ in range(100))
    os.close(limit.descriptor)
