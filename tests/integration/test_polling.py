"""`wschat.v1` without a WebSocket, over one process and over two that get the requests in turn."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from django.core.signing import Signer
from websockets.exceptions import InvalidStatus

from tests.integration.conftest import Dial
from tests.support.fixtures import StartServer
from tests.support.server import SECRET_KEY, ServerProcess, give_room
from tests.support.sockets import Frame, open_socket

PATIENCE = 20.0  # seconds


class Polled:
    """A connection that is polled. Each request goes to the next server."""

    def __init__(self, clients: list[httpx.AsyncClient], key: str) -> None:
        self.clients = itertools.cycle(clients)
        self.headers = {"Poll-Key": key}
        self.sent = self.got = 0
        self.frames: list[Frame] = []
        self.closed: dict[str, object] | None = None

    async def request(self, method: str, after: int, frames: str = "") -> httpx.Response:
        return await next(self.clients).request(
            method,
            "/ws/poll",
            params={"after": after},
            headers=self.headers,
            content=frames.encode("utf-8", "surrogatepass"),
        )

    async def send(self, *commands: Frame | str) -> None:
        lines = [each if isinstance(each, str) else json.dumps(each) for each in commands]
        answer = await self.request("POST", self.sent, "\n".join(lines))
        assert answer.status_code == 204, answer.text
        self.sent += len(lines)

    async def poll(self, after: int | None = None) -> list[Frame]:
        """The frames after those; they are not forgotten before the next poll."""
        answer = await self.request("GET", self.got if after is None else after)
        assert answer.status_code == 200, answer.text
        head, *lines = answer.text.splitlines()
        found = json.loads(head)
        self.got, self.closed = found["after"], found.get("closed")
        return [json.loads(line) for line in lines]

    async def receive_until(self, **fields: object) -> Frame:
        """The next frame with these values; those before it are dropped."""
        async with asyncio.timeout(PATIENCE):
            while True:
                while not self.frames:
                    assert self.closed is None, self.closed
                    self.frames = await self.poll()
                frame = self.frames.pop(0)
                if fields.items() <= frame.items():
                    return frame

    async def receive_end(self) -> dict[str, object]:
        async with asyncio.timeout(PATIENCE):
            while self.closed is None:
                await self.poll()
        return self.closed

    async def enter(self, room: int, name: str) -> Frame:
        await self.send({"type": "hello", "id": 1, "name": name}, {"type": "join", "id": 2, "room": room})
        return await self.receive_until(type="ok", id=2)


@pytest.fixture
async def clients(servers: list[ServerProcess]) -> AsyncIterator[list[httpx.AsyncClient]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=40)
            )
            for server in servers
        ]


@pytest.fixture
async def polled(clients: list[httpx.AsyncClient]) -> AsyncIterator[Polled]:
    """A new connection."""
    answer = await clients[0].post("/ws/poll")
    assert answer.status_code == 201, answer.text
    polled = Polled(clients, answer.json()["key"])
    yield polled
    await polled.request("DELETE", 0)


async def test_polled_client_and_one_with_a_websocket_talk(polled: Polled, room: int, dial: Dial):
    bob = await dial("/ws", subprotocols=["wschat.v1"])
    await polled.enter(room, "ann")
    await bob.send(type="hello", id=1, name="bob")
    await bob.send(type="join", id=2, room=room)
    await bob.receive_until(type="ok", id=2)
    for number in range(20):
        await polled.send({"type": "send", "id": 10 + number, "room": room, "text": f"a{number}"})
        await bob.send(type="send", id=10 + number, room=room, text=f"b{number}")
    ours: list[str] = []
    theirs: list[str] = []
    while len(ours) < 20:
        frame = await polled.receive_until(type="message")
        ours += [frame["text"]] if frame["sender"]["name"] == "bob" else []
    while len(theirs) < 20:
        frame = await bob.receive_until(type="message")
        theirs += [frame["text"]] if frame["sender"]["name"] == "ann" else []
    assert (ours, theirs) == ([f"b{n}" for n in range(20)], [f"a{n}" for n in range(20)])


async def test_lost_answers_lose_and_double_nothing(polled: Polled, room: int):
    await polled.enter(room, "ann")
    send = json.dumps({"type": "send", "id": 3, "room": room, "text": "once"})
    assert (await polled.request("POST", polled.sent, send)).status_code == 204  # … and the answer is lost
    await polled.send(send)
    before = polled.got
    first = await polled.poll()
    again = await polled.poll(before)
    assert again[: len(first)] == first
    polled.frames = again
    await polled.receive_until(type="ok", id=3)
    await polled.send({"type": "history", "id": 4, "room": room, "limit": 10})
    history = await polled.receive_until(type="ok", id=4)
    assert [message["text"] for message in history["messages"]] == ["once"]


@pytest.mark.parametrize("after", ["-1", "x", "1" * 30, "7"])
async def test_wrong_count_is_refused_and_harms_nothing(polled: Polled, room: int, after: str):
    await polled.enter(room, "ann")
    for method in ("GET", "POST"):
        answer = await next(polled.clients).request(
            method, "/ws/poll", params={"after": after}, headers=polled.headers, content="{}"
        )
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, "after")
    await polled.send({"type": "ping", "id": 9})
    await polled.receive_until(type="ok", id=9)


async def test_each_line_gets_the_answer_that_a_frame_gets(polled: Polled, room: int):
    await polled.enter(room, "ann")
    await polled.send("nope", '{"type":"send","id":7,"room":1e999}', "\x00", '{"type":"ping","id":8}')
    await polled.receive_until(type="error", id=None)
    await polled.receive_until(type="error", id=7)
    await polled.receive_until(type="ok", id=8)


async def test_body_that_is_no_utf8_is_refused(polled: Polled):
    answer = await polled.request("POST", 0, '{"type":"hello","id":1,"name":"\ud83d"}')
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "body")


async def test_client_that_ends_leaves_at_once(polled: Polled, room: int, dial: Dial):
    bob = await dial("/ws", subprotocols=["wschat.v1"])
    await bob.send(type="hello", id=1, name="bob")
    await bob.send(type="join", id=2, room=room)
    await bob.receive_until(type="ok", id=2)
    await polled.enter(room, "ann")
    await bob.receive_until(type="joined")
    assert (await polled.request("DELETE", 0)).status_code == 204
    await bob.receive_until(type="left")
    assert (await polled.receive_end())["code"] == 1006


async def test_member_who_is_banned_while_polling_gets_nothing_after_it(
    clients: list[httpx.AsyncClient], room: int, dial: Dial, servers: list[ServerProcess]
):
    olga = await dial("/ws", subprotocols=["wschat.v1"])
    await olga.hello("olga")
    await olga.ask(type="join", room=room)
    give_room(servers[0], room, "olga")
    polled = Polled(clients, (await clients[0].post("/ws/poll")).json()["key"])
    await polled.enter(room, "eve")  # the tests that follow have other names: this one is kept for a while
    await olga.receive_until(type="joined")
    poll = asyncio.create_task(polled.receive_until(type="removed"))
    assert (await olga.ask(type="ban", room=room, name="eve"))["type"] == "ok"
    assert (await olga.ask(type="send", room=room, text="after it"))["type"] == "ok"
    assert (await poll)["code"] == 921
    await polled.send({"type": "send", "id": 7, "room": room, "text": "still here?"})
    seen: list[Frame] = []
    while not seen or seen[-1].get("id") != 7:
        seen.append(await polled.receive_until())
    assert [frame["type"] for frame in seen] == ["error"]


async def test_unknown_and_forged_keys_are_not_found(clients, polled: Polled):
    key = polled.headers["Poll-Key"]
    for wrong in ("x", key[:-1] + ("A" if key[-1] != "A" else "B"), "WyJhIiwiYiJd:x", f"{key}/x", ":"):
        for method in ("GET", "POST", "DELETE"):
            answer = await clients[-1].request(method, "/ws/poll", headers={"Poll-Key": wrong})
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, 906)


async def test_key_of_a_process_that_is_gone_is_not_found(clients):
    key = Signer(key=SECRET_KEY, salt="chat.polling").sign_object(["specific.gone!x", "name"])
    answer = await clients[-1].request("GET", "/ws/poll", headers={"Poll-Key": key})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, 906)


async def test_many_lines_hold_up_no_end(clients, polled: Polled, room: int, dial: Dial):
    """Frames that wait are dropped with their connection, however slowly they would have been taken."""
    bob = await dial("/ws", subprotocols=["wschat.v1"])
    await bob.send(type="hello", id=1, name="bob")
    await bob.send(type="join", id=2, room=room)
    await bob.receive_until(type="ok", id=2)
    await polled.enter(room, "ann")
    await bob.receive_until(type="joined")
    posts = [asyncio.create_task(polled.request("POST", polled.sent, "x\n" * 32_000)) for _ in range(3)]
    done, _ = await asyncio.wait(posts, return_when=asyncio.FIRST_COMPLETED)
    assert {post.result().status_code for post in done} == {429}
    assert (await polled.request("DELETE", 0)).status_code == 204
    await bob.receive_until(type="left")
    assert {post.result().status_code for post in (await asyncio.wait(posts))[0]} <= {204, 404, 429}


async def test_body_that_is_cut_off_is_not_taken(servers: list[ServerProcess], polled: Polled, room: int):
    await polled.enter(room, "ann")
    said = json.dumps({"type": "send", "id": 3, "room": room, "text": "whole"})
    head = f"POST /ws/poll?after={polled.sent} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(said)}\r\n"
    _, writer = await asyncio.open_connection("127.0.0.1", servers[0].port)
    writer.write(f"{head}Poll-Key: {polled.headers['Poll-Key']}\r\n\r\n{said[:30]}".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    await polled.send(said)
    await polled.receive_until(type="ok", id=3)


async def test_body_that_is_too_large_is_refused_and_harms_nothing(polled: Polled, room: int):
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b"x" * 1000

    await polled.enter(room, "ann")
    client = next(polled.clients)
    answer = await client.post(f"/ws/poll?after={polled.sent}", headers=polled.headers, content=chunks())
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, 905)
    await polled.send({"type": "ping", "id": 9})
    await polled.receive_until(type="ok", id=9)


async def test_methods(clients):
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        assert (await clients[0].request(method, "/ws/poll")).status_code == 405
    answer = await clients[0].options("/ws/poll")
    assert (answer.status_code, answer.headers["cache-control"]) == (204, "no-store")


async def test_slow_reader_loses_nothing(polled: Polled, room: int, dial: Dial):
    bob = await dial("/ws", subprotocols=["wschat.v1"])
    await polled.enter(room, "ann")
    await bob.send(type="hello", id=1, name="bob")
    await bob.send(type="join", id=2, room=room)
    await bob.receive_until(type="ok", id=2)
    for number in range(400):  # 1.6 MB, which is more than an outbox holds
        await bob.send(type="send", id=10 + number, room=room, text=f"{number:04}" * 1000)
        await bob.receive_until(type="ok", id=10 + number)
    seen = [(await polled.receive_until(type="message"))["text"][:4] for _ in range(400)]
    assert seen == [f"{number:04}" for number in range(400)]


@pytest.fixture
async def strict(start_server: StartServer) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with low limits."""
    server = start_server({"WSCHAT_COUNTS": "sockets_per_address=2", "WSCHAT_MAX_FRAME": "2000"})
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=40) as client:
        yield client


async def test_limits_hold_and_the_end_comes_with_its_code(strict: httpx.AsyncClient):
    answers = [await strict.post("/ws/poll") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].json()["error"]["code"] == 910
    polled = Polled([strict], answers[0].json()["key"])
    await polled.send({"type": "hello", "id": 1, "name": "ann"})
    await polled.receive_until(type="ok", id=1)
    await polled.send({"type": "ping", "id": 2, "more": "x" * 2000})
    assert (await polled.receive_end())["code"] == 1009
    late = await polled.request("POST", polled.sent, '{"type":"ping","id":3}')
    assert (late.status_code, late.json()["error"]["code"]) == (404, 906)


async def test_polled_connections_and_websockets_have_one_limit(start_server: StartServer):
    server = start_server({"WSCHAT_MAX_CONNECTIONS": "2"})
    async with (
        httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=40) as client,
        open_socket(f"{server.ws_url}/ws"),
    ):
        opened = await client.post("/ws/poll")
        assert opened.status_code == 201
        refused = await client.post("/ws/poll")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, 909)
        assert refused.headers["retry-after"] == "5"
        with pytest.raises(InvalidStatus) as answer:
            async with open_socket(f"{server.ws_url}/ws"):
                pass
        assert answer.value.response.status_code == 503
        polled = Polled([client], opened.json()["key"])
        await polled.request("DELETE", 0)
        assert (await polled.receive_end())["code"] == 1006
        async with open_socket(f"{server.ws_url}/ws"):
            assert (await client.post("/ws/poll")).status_code == 503
