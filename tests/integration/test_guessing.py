"""Guessed passwords, in one process and in two: only the guesser is delayed."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from chat.services import tries
from tests.integration.conftest import Dial
from tests.support.accounts import PASSWORD, account
from tests.support.rest import SECRET
from tests.support.server import DaphneProcess, ServerProcess
from tests.support.sockets import Frame, Socket, open_socket

_numbers = itertools.count(1)


def address() -> str:
    """A client that has not been here before, as the proxy tells."""
    number = next(_numbers)
    return f"198.51.{number // 250}.{number % 250 + 1}"


def from_(client: str) -> dict[str, str]:
    return {"X-Forwarded-For": client}


@pytest.fixture
async def http(servers: list[ServerProcess]) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A client for each process."""
    limits = httpx.Limits(max_connections=None)
    clients = [
        httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30, limits=limits)
        for server in servers
    ]
    yield clients
    for client in clients:
        await client.aclose()


async def sign_in(http: httpx.AsyncClient, name: str, password: str, client: str) -> httpx.Response:
    fields = {"username": name, "password": password}
    return await http.post("/api/auth/token", json=fields, headers=from_(client))


async def ask(http: httpx.AsyncClient, room: int, secret: str, client: str, **headers: str) -> httpx.Response:
    fields = {"secret": secret, "name": "ann"}
    return await http.post(f"/chats/{room}/token", json=fields, headers=from_(client) | headers)


async def private_room(http: httpx.AsyncClient) -> int:
    fields = {"title": f"Guessed {next(_numbers)}", "visibility": "private", "password": SECRET}
    return int((await http.post("/chats", json=fields)).json()["id"])


async def auth(socket: Socket, name: str, password: str) -> Frame:
    body = {"sender_username": name, "password": password}
    await socket.send(message_type="Auth", message_body=body)
    return await socket.receive_until(message_type="PrivateInfo")


async def test_one_address_locks_an_account_for_itself_alone(
    servers: list[ServerProcess], http: list[httpx.AsyncClient]
):
    account(servers[0], "victim")
    here, turns = address(), itertools.cycle(http)
    answers = [await sign_in(next(turns), "victim", "wrong", here) for _ in range(104)]
    told = Counter((answer.status_code, answer.json()["error"]["code"]) for answer in answers)
    looked_at = tries.MOST_OF_PAIR - 1  # and the one after which no more are
    assert told == {(401, 908): looked_at, (429, 910): 104 - looked_at}
    locked = await sign_in(http[0], "victim", PASSWORD, here)
    assert locked.status_code == 429
    assert 0 < int(locked.headers["Retry-After"]) <= tries.PERIOD
    for each in http:
        assert (await sign_in(each, "victim", PASSWORD, address())).status_code == 200


async def test_many_addresses_cannot_lock_an_account(
    servers: list[ServerProcess], http: list[httpx.AsyncClient]
):
    account(servers[0], "hunted")
    turns = itertools.cycle(http)
    looked_at = 0
    while looked_at <= tries.MOST_OF_NAME:
        wrong = [sign_in(next(turns), "hunted", "wrong", address()) for _ in range(36)]
        looked_at += sum(answer.status_code == 401 for answer in await asyncio.gather(*wrong))
    wrong = [sign_in(next(turns), "hunted", "wrong", address()) for _ in range(20)]
    started = time.monotonic()
    guesses = asyncio.gather(*wrong)
    assert (await sign_in(http[0], "hunted", PASSWORD, address())).status_code == 200
    assert time.monotonic() - started >= tries.SLOWED_SECONDS
    assert {answer.status_code for answer in await guesses} <= {401, 429}


async def test_auth_of_envelope_counts_where_it_comes_from(
    servers: list[ServerProcess], http: list[httpx.AsyncClient], dial: Dial
):
    account(servers[0], "carol")
    here = from_(address())
    sockets = [await dial("/dialects/envelope/1", additional_headers=here) for _ in range(2)]
    told = [await auth(sockets[n % 2], "carol", f"wrong {n}") for n in range(tries.MOST_OF_PAIR + 1)]
    assert "wrong name or password" in told[0]["message_body"]["info"]
    assert "too many wrong passwords" in told[-1]["message_body"]["info"]
    assert "too many" in (await auth(sockets[0], "carol", PASSWORD))["message_body"]["info"]
    assert (await sign_in(http[0], "carol", PASSWORD, here["X-Forwarded-For"])).status_code == 429
    elsewhere = await dial("/dialects/envelope/1", additional_headers=from_(address()))
    assert (await auth(elsewhere, "carol", PASSWORD))["token"]


async def test_auth_of_envelope_counts_the_address_over_many_names(dial: Dial):
    here = from_(address())
    socket = await dial("/dialects/envelope/1", additional_headers=here)
    told = [await auth(socket, f"name {n}", "wrong") for n in range(tries.MOST_OF_ADDRESS + 1)]
    assert "too many wrong passwords" in told[-1]["message_body"]["info"]


async def test_daphne_knows_the_address_of_a_socket(tmp_path):
    with DaphneProcess(tmp_path) as server:
        account(server, "carol")
        async with open_socket(f"{server.ws_url}/dialects/envelope/1") as socket:
            told = [await auth(socket, "carol", "wrong") for _ in range(tries.MOST_OF_PAIR + 1)]
    assert "too many wrong passwords" in told[-1]["message_body"]["info"]


async def test_two_hundred_guesses_at_once_at_a_room(
    servers: list[ServerProcess], http: list[httpx.AsyncClient]
):
    room, here, turns = await private_room(http[0]), address(), itertools.cycle(http)
    guesses = asyncio.gather(*(ask(next(turns), room, f"wrong {n}", here) for n in range(200)))
    meanwhile = 0  # answers of /healthz before those to the guesses
    entered = Counter[int]()
    while not guesses.done():
        for each in http:
            async with httpx.AsyncClient(base_url=each.base_url, trust_env=False, timeout=30) as other:
                assert (await other.get("/healthz")).status_code == 200
                meanwhile += not guesses.done()
                entered[(await ask(other, room, SECRET, address())).status_code] += 1
    answers = await guesses
    assert Counter(answer.status_code for answer in answers) == {401: tries.MOST_OF_ROOM, 429: 190}
    for answer in answers:
        if answer.status_code == 429:
            assert answer.json()["error"] == {"code": 910, "error": "Too many requests", "field": "secret"}
            assert 0 < int(answer.headers["Retry-After"]) <= tries.PERIOD
    assert set(entered) == {201}
    assert meanwhile
    assert (await ask(http[0], room, SECRET, here)).status_code == 429


async def test_too_many_hashes_at_once_are_refused_with_a_retry_time(
    servers: list[ServerProcess], http: list[httpx.AsyncClient]
):
    """From many addresses, so that no limit on tries holds them up."""
    room = await private_room(http[0])
    answers = await asyncio.gather(*(ask(http[0], room, "wrong", address()) for _ in range(200)))
    assert set(Counter(answer.status_code for answer in answers)) <= {401, 429}
    assert all(int(answer.headers["Retry-After"]) < 60 for answer in answers if answer.status_code == 429)
    assert (await ask(http[0], room, SECRET, address())).status_code == 201


async def test_page_has_the_limit_of_rest_and_the_owner_comes_in(
    servers: list[ServerProcess], http: list[httpx.AsyncClient]
):
    room, here = await private_room(http[0]), address()

    async def enter(browser: httpx.AsyncClient, path: str, fields: dict[str, Any]) -> httpx.Response:
        await browser.get("/", headers=from_(here) | {"Accept": "text/html"})
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], **fields}
        return await browser.post(path, data=form, headers=from_(here))

    for n in range(tries.MOST_OF_ROOM):
        answer = await enter(http[n % len(http)], f"/room/{room}/enter", guess(n))
        assert answer.status_code == 400
    refused = await enter(http[0], f"/room/{room}/enter", {"name": "Eve", "password": SECRET})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "Too many wrong passwords" in refused.text
    assert (await ask(http[-1], room, SECRET, here)).status_code == 429
    async with httpx.AsyncClient(base_url=servers[0].url, trust_env=False, timeout=30) as owner:
        title = f"Mine {next(_numbers)}"
        made = await enter(owner, "/rooms/new", {"title": title, "visibility": "private", "password": SECRET})
        mine = made.headers["Location"]
        for n in range(tries.MOST_OF_ROOM + 1):
            answer = await enter(http[0], f"{mine}/enter", guess(n))
        assert answer.status_code == 429
        assert (await enter(owner, f"{mine}/enter", {"name": f"Owner {title}"})).status_code == 302
        token = await ask(
            owner, int(mine.rpartition("/")[2]), SECRET, here, **{"X-CSRFToken": owner.cookies["csrftoken"]}
        )
        assert token.status_code == 201


def guess(number: int) -> dict[str, str]:
    return {"name": "Eve", "password": f"wrong {number}"}
