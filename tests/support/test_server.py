"""The site as a real process."""

import signal

import httpx
import pytest

from tests.support.processes import ProcessEnded


def test_server_answers_and_ends_when_told(start_server):
    server = start_server()
    assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
    assert server.terminate() == 0


def test_killed_server_starts_again_on_the_same_port(start_server):
    server = start_server()
    first = server.pid
    assert server.kill() == -signal.SIGKILL
    server.start()
    assert server.pid != first
    assert server.healthy()


def test_server_that_refuses_to_start_is_reported_with_its_reason(start_server):
    with pytest.raises(ProcessEnded, match="SECRET_KEY"):
        start_server({"SECRET_KEY": "short"})


def test_server_on_postgres_and_redis(start_server, postgres_url, redis_server):
    assert start_server({"DATABASE_URL": postgres_url, "REDIS_URL": redis_server.url}).healthy()
