"""Two servers behind nginx, with the block that docs/operations.md gives: a rolling restart."""

import asyncio
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from wschat_client import Client

from tests.faults.prober import until
from tests.support.fixtures import StartServer, leave_out
from tests.support.limits import USUAL
from tests.support.processes import find_binary, free_port, stop, wait_until_ready
from tests.support.redis import RedisServer
from tests.support.server import ROOT, ServerProcess

CLIENTS = 20
LONGEST_AWAY = 15.0  # seconds; 5 are promised on an idle machine, a slow one takes longer; it was 17 to 27
CONFIGURATION = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {documented}
}}
"""


def documented(port: int, servers: list[int], rate: str = "") -> str:
    """The documented block for these ports, without TLS; with another rate of requests, if one is given."""
    text = (ROOT / "docs/operations.md").read_text("utf-8")
    (block,) = re.findall(r"^```nginx\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ours = iter(servers)
    block, replaced = re.subn(r"127\.0\.0\.1:\d+", lambda _: f"127.0.0.1:{next(ours)}", block)
    assert replaced == len(servers)
    block, replaced = re.subn(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", block)
    assert replaced == 1
    if rate:
        block, replaced = re.subn(r"rate=\d+r/s", f"rate={rate}", block)
        assert replaced == 1
    return re.sub(r"^ *ssl_certificate.*$", "", block, flags=re.MULTILINE)


@pytest.fixture
def servers(
    start_server: StartServer, redis_server: RedisServer, tmp_path: Path
) -> tuple[ServerProcess, ServerProcess]:
    environment = {"REDIS_URL": redis_server.url}
    return start_server(environment), start_server(environment)


@pytest.fixture
def proxy(servers: tuple[ServerProcess, ServerProcess], tmp_path: Path) -> Iterator[str]:
    """The address of an nginx before both, that lets tests ask as often as they like."""
    with nginx_before([server.port for server in servers], tmp_path, rate="100000r/s") as url:
        yield url


@contextmanager
def nginx_before(servers: list[int], tmp_path: Path, rate: str = "") -> Iterator[str]:
    binary = find_binary("nginx", Path("/usr/sbin")) or leave_out("nginx is not installed")
    port = free_port()
    file, output = tmp_path / "nginx.conf", tmp_path / "nginx.log"
    block = documented(port, servers, rate)
    file.write_text(CONFIGURATION.format(folder=tmp_path, documented=block))
    with output.open("wb") as log:
        nginx = subprocess.Popen([binary, "-e", "stderr", "-c", str(file)], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(nginx, lambda: _status(f"{url}/healthz") == 200, output)
        yield url
    finally:
        stop(nginx, signal.SIGTERM)


def _status(url: str) -> int:
    try:
        return httpx.get(url, trust_env=False).status_code
    except httpx.TransportError:
        return 0


class Guest:
    """A client, whether it is connected, and for how long it was not."""

    def __init__(self, url: str, number: int) -> None:
        self.connected = asyncio.Event()
        self.away: list[float] = []  # seconds, each time
        self._lost_at = 0.0
        self.client = Client(url, name=f"guest {number}", on_state=self.note)

    def note(self, state: str, reason: object) -> None:
        if state == "connected":
            if self._lost_at:
                self.away.append(time.monotonic() - self._lost_at)
            self.connected.set()
        elif self.connected.is_set():
            self._lost_at = time.monotonic()
            self.connected.clear()


async def asking(url: str, statuses: list[int]) -> None:
    """Ask for a page again and again."""
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            statuses.append((await client.get(f"{url}/chats/1", headers={"Connection": "close"})).status_code)


@pytest.mark.timeout(180)
async def test_rolling_restart_shows_no_502_and_clients_are_back_before_the_server(
    proxy: str, servers: tuple[ServerProcess, ServerProcess]
):
    async with AsyncExitStack() as stack:
        guests = [Guest(proxy, number) for number in range(CLIENTS)]
        rooms = []
        for guest in guests:
            await stack.enter_async_context(guest.client)
            rooms.append(await guest.client.join(1))
        statuses: list[int] = []
        probe = asyncio.create_task(asking(proxy, statuses))

        async def all_are_back() -> bool:
            return all(guest.connected.is_set() for guest in guests)

        async def ten_more_answered() -> None:
            asked = len(statuses) + 10

            async def answered() -> bool:
                return len(statuses) >= asked or probe.done()

            await until(answered)

        for server in (*servers, *servers):
            await asyncio.to_thread(server.terminate)
            await until(all_are_back)  # without the server that was ended
            await ten_more_answered()
            await asyncio.to_thread(server.start)
            await ten_more_answered()
        seq = await rooms[0].send("after all of it")

        async def all_have_it() -> bool:
            return all(room.cursor >= seq for room in rooms)

        await until(all_have_it)
        assert not probe.done()
        probe.cancel()
        assert set(statuses) == {200}
        away = [seconds for guest in guests for seconds in guest.away]
        assert len(away) >= CLIENTS  # as each of them was on one of the two
        assert max(away) < LONGEST_AWAY


def test_proxy_limits_requests_and_tells_who_asks(
    start_server: StartServer, redis_server: RedisServer, tmp_path: Path
):
    """A client cannot pass for another one by a header of its own."""
    environment = USUAL | {"REDIS_URL": redis_server.url}
    servers = [start_server(environment).port, start_server(environment).port]
    with nginx_before(servers, tmp_path) as url, httpx.Client(base_url=url, trust_env=False) as client:
        made = [
            client.post(
                "/chats",
                json={"title": f"Room {number}", "visibility": "public"},
                headers={"X-Forwarded-For": f"192.0.2.{number}"},
            ).status_code
            for number in range(6)
        ]
        assert made == [201] * 5 + [429]
        assert "/evil" not in client.get("/", headers={"X-Forwarded-Prefix": "/evil"}).text
        statuses = [client.get("/livez").status_code for _ in range(1000)]
        assert set(statuses) == {200, 429}
        assert statuses.index(429) >= 80
