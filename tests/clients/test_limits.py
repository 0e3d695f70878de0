"""Commands refused as too fast are sent again later, in order."""

import asyncio

import httpx
from wschat_client import Client, Message

from tests.support.fixtures import StartServer
from tests.support.limits import USUAL

MESSAGES = 60
PATIENCE = 60.0
LIMITED = USUAL | {"WSCHAT_RATES": "send=5/10", "WSCHAT_METRICS_TOKEN": "for the tests"}


async def refused(url: str) -> float:
    """How often the server has refused something with 910."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{url}/metrics", headers={"Authorization": "Bearer for the tests"})
    lines = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    return float(lines.get('wschat_refused_total{code="910"}', 0))


async def test_messages_of_a_fast_client_all_arrive_in_order(start_server: StartServer):
    server = start_server(LIMITED)
    async with asyncio.timeout(PATIENCE), Client(server.url, name="ann") as ann:
        room = await ann.join(1, last=0)
        events = room.events()
        seqs = await asyncio.gather(*(room.send(str(number)) for number in range(MESSAGES)))
        assert seqs == list(range(1, MESSAGES + 1))
        said = [(await anext(events)) for _ in range(MESSAGES)]
    assert [event.text for event in said if isinstance(event, Message)] == [str(n) for n in range(MESSAGES)]
    assert await refused(server.url) > 0
