"""Servers as they are run: SQLite in one process, and PostgreSQL and Redis with two."""

import itertools
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.support.rest import Rest
from tests.support.server import ServerProcess
from tests.support.sockets import Socket, open_socket
from tests.support.speakers import Speaker

Enter = Callable[..., Awaitable[Speaker]]
Dial = Callable[..., Awaitable[Socket]]


@pytest.fixture(params=["one process", "two processes"], scope="module")
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[ServerProcess]]:
    folder, environment, count = tmp_path_factory.mktemp("servers"), dict[str, str](), 1
    if request.param == "two processes":
        create, redis = map(request.getfixturevalue, ("new_postgres_database", "redis_server"))
        environment |= {"DATABASE_URL": create(), "REDIS_URL": redis.url}
        count = 2
    started = [ServerProcess(folder, environment).start() for _ in range(count)]
    yield started
    for server in started:
        server.terminate()


@pytest.fixture
def rest(servers: list[ServerProcess]) -> Iterator[Rest]:
    with httpx.Client(base_url=servers[0].url, trust_env=False) as client:
        yield Rest(client)


@pytest.fixture
def room(rest: Rest) -> int:
    return rest.room(f"room {uuid.uuid4()}")["id"]


@pytest.fixture
async def enter(servers: list[ServerProcess], room: int) -> AsyncIterator[Enter]:
    """enter(Plain, "ann") -> Speaker, in the room, connected to each process in turn."""
    async with AsyncExitStack() as stack:
        turns = itertools.cycle(servers)

        async def enter(kind: type[Speaker], name: str = "", room: int = room) -> Speaker:
            return await kind.enter(
                stack, next(turns), room, name or f"{kind.protocol} {uuid.uuid4().hex[:8]}"
            )

        yield enter


@pytest.fixture
async def dial(servers: list[ServerProcess]) -> AsyncIterator[Dial]:
    """dial("/dialects/uuid/1") -> Socket."""
    async with AsyncExitStack() as stack:

        async def dial(path: str, **options) -> Socket:
            return await stack.enter_async_context(open_socket(servers[0].ws_url + path, **options))

        yield dial
