"""Polled connections in one process, whose application only waits for their end."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chat import polling
from chat.polling import Polling


async def wait_for_end(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


@pytest.fixture
async def polled() -> AsyncIterator[Polling]:
    polled = Polling(wait_for_end, wait_for_end)
    yield polled
    await polled.stop()


async def request(polled: Polling, method: str, key: str = "") -> tuple[int, dict[str, Any]]:
    """The answer: its status, and the first line of its body."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "path": "/ws/poll",
        "method": method,
        "headers": [(polling.KEY, key.encode())] if key else [],
        "query_string": b"",
        "asgi": {},
        "http_version": "1.1",
        "scheme": "http",
    }
    await polled(scope, receive, send)
    start, body = sent
    return start["status"], json.loads(body["body"].splitlines()[0]) if body["body"] else {}


async def open_polled(polled: Polling) -> str:
    status, answer = await request(polled, "POST")
    assert status == 201
    return answer["key"]


async def test_connections_that_ended_take_no_place_of_others(
    polled: Polling, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(polling, "MOST_POLLED", 3)
    open_one = await open_polled(polled)
    keys = []
    for _ in range(10):
        keys.append(await open_polled(polled))
        assert (await request(polled, "DELETE", keys[-1]))[0] == 204
    assert await request(polled, "GET", keys[-1]) == (
        200,
        {"after": 0, "closed": {"code": 1006, "reason": ""}},
    )
    assert (await request(polled, "GET", keys[0]))[0] == 404  # the latest ends alone are remembered
    keys = [await open_polled(polled) for _ in range(2)]
    assert (await request(polled, "POST"))[0] == 503
    for key in (open_one, *keys):
        assert (await request(polled, "DELETE", key))[0] == 204
