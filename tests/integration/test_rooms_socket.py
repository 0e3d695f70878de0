"""Every rule of the `rooms` WebSocket, under uvicorn and under daphne, on real sockets."""

import uuid
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from tests.support.rest import SECRET, Rest, bearer
from tests.support.server import DaphneProcess, ServerProcess
from tests.support.sockets import open_socket, refused

ANN = {"event_type": "send", "name": "ann", "color": "red"}


@pytest.fixture(scope="module", params=[ServerProcess, DaphneProcess], ids=["uvicorn", "daphne"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """One server for the module; each test makes rooms of its own. At the end, its log tells of them all."""
    with request.param(tmp_path_factory.mktemp("sockets"), {"WSCHAT_LOG_LEVEL": "debug"}) as server:
        yield server
    for unwanted in ("Traceback", "ERROR", "eyJ"):  # the last is how each token begins
        assert unwanted not in server.output()


@pytest.fixture
def rest(server: ServerProcess) -> Iterator[Rest]:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield Rest(client)


@pytest.fixture
def room(rest: Rest) -> int:
    """A public room of this test."""
    return int(rest.room(f"room {uuid.uuid4()}")["id"])


@pytest.fixture
def url(server: ServerProcess, room: int) -> str:
    """The address of the room's socket."""
    return f"{server.ws_url}/chats/{room}/ws"


def without_time(frame: dict[str, object]) -> dict[str, object]:
    time = datetime.fromisoformat(str(frame.pop("time")))
    assert time.tzinfo is not None
    return frame


def error(code: int, text: str, field: str) -> dict[str, object]:
    return {"event_type": "error", "code": code, "error": text, "field": field, "name": "", "msg": text}


async def test_join_send_leave_reach_everyone_the_sender_included(url: str, room: int):
    async with open_socket(url) as ann, open_socket(f"{url}/") as bob:
        await ann.send(event_type="join", name="ann", color="red")
        expected = {
            "event_type": "join",
            "name": "ann",
            "color": "red",
            "msg": "ann entered the room.",
            "room_id": room,
        }
        for socket in (ann, bob):
            assert without_time(await socket.receive()) == expected
        await ann.send(event_type="send", name="ann", color="red", msg="hi ☃\nthere")
        for socket in (ann, bob):
            assert without_time(await socket.receive()) == {**ANN, "msg": "hi ☃\nthere", "room_id": room}
        await ann.send(event_type="leave", name="ann")
        expected |= {"event_type": "leave", "msg": "ann has left the room."}
        for socket in (ann, bob):
            assert without_time(await socket.receive()) == expected


async def test_room_is_addressed_by_title_in_any_case(server: ServerProcess, room: int):
    async with open_socket(f"{server.ws_url}/chats/PUBLIC%20chat/ws") as socket:
        assert (await socket.join("ann"))["room_id"] == 1


async def test_rooms_are_apart(server: ServerProcess, rest: Rest, url: str):
    other = rest.room(f"other {uuid.uuid4()}")
    async with open_socket(url) as here, open_socket(f"{server.ws_url}/chats/{other['id']}/ws") as there:
        await here.join("ann")
        await there.join("ann")
        await here.say("ann", "only here")
        assert (await here.receive())["msg"] == "only here"
        assert await there.quiet()


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ('{"event_type": "send", "msg": "hi"}', error(303, "Invalid JSON", "name")),
        ('{"event_type": "send", "name": "ann"}', error(303, "Invalid JSON", "msg")),
        ('{"event_type": "send", "name": "ann", "msg": 5}', error(303, "Invalid JSON", "msg")),
        ('{"event_type": "dance", "name": "ann"}', error(303, "Invalid JSON", "event_type")),
        ("no json", error(203, "Client error: Invalid JSON", "")),
        (b'{"event_type": "join", "name": "ann"}', error(203, "Client error: Invalid JSON", "")),
        ("[" * 60_000, error(203, "Client error: Invalid JSON", "")),
        ('{"event_type": "leave", "name": "ann"}', error(201, "Client error: User not found", "name")),
    ],
)
async def test_refusal_goes_to_its_sender_alone_and_the_connection_stays(url: str, frame, expected):
    async with open_socket(url) as ann, open_socket(url) as bob:
        await ann.send_raw(frame)
        assert await ann.receive() == expected
        assert await bob.quiet()
        assert (await ann.join("ann"))["event_type"] == "join"


async def test_name_in_use_in_the_room_is_refused_until_it_is_free(url: str):
    async with open_socket(url) as ann, open_socket(url) as other:
        await ann.join("Ann")
        await other.receive_until(event_type="join", name="Ann")
        assert await other.join("ANN") == error(202, "Client error: Duplicate username", "name")
        await ann.send(event_type="leave", name="Ann")
        await other.receive_until(event_type="leave", name="Ann")
        assert (await other.join("ANN"))["event_type"] == "join"


async def test_connection_keeps_the_name_that_it_joined_with(url: str):
    async with open_socket(url) as socket:
        await socket.join("ann")
        for event_type in ("send", "leave", "join"):
            await socket.send(event_type=event_type, name="bob", msg="hi")
            assert await socket.receive() == error(204, "Client error: Unauthorized operation", "name")
        await socket.send(event_type="join", name="ann")
        assert await socket.receive() == error(202, "Client error: Duplicate username", "name")


async def test_send_before_any_join_joins_silently(url: str):
    async with open_socket(url) as ann, open_socket(url) as other:
        await ann.say("ann", "hi")
        for socket in (ann, other):
            assert (await socket.receive())["event_type"] == "send"
        assert await other.join("ann") == error(202, "Client error: Duplicate username", "name")
        await ann.connection.close()
        assert (await other.receive())["event_type"] == "leave"


async def test_dropped_connection_leaves_by_itself(url: str):
    async with open_socket(url) as ann, open_socket(url) as bob:
        await ann.join("ann")
        await bob.receive()
        ann.connection.transport.abort()
        frame = await bob.receive()
        assert (frame["event_type"], frame["name"]) == ("leave", "ann")


async def test_members_are_the_users_of_the_room(url: str, room: int, rest: Rest):
    async with open_socket(url) as ann, open_socket(url) as bob:
        await ann.join("ann", "red")
        await bob.receive()
        await bob.join("bob", "#00ff00")
        users = rest.client.get(f"/chats/{room}").json()["users"]
        assert [(user["username"], user["color"]) for user in users] == [("ann", "red"), ("bob", "#00ff00")]
        assert all(datetime.fromisoformat(user["last_activity"]).tzinfo for user in users)
        await bob.send(event_type="leave", name="bob")
        await ann.receive_until(event_type="leave", name="bob")
        assert [user["username"] for user in rest.client.get(f"/chats/{room}").json()["users"]] == ["ann"]


async def test_events_arrive_in_one_order_for_all(url: str):
    async with open_socket(url) as ann, open_socket(url) as bob, open_socket(url) as listener:
        for number in range(50):
            await ann.say("ann", f"a{number}")
            await bob.say("bob", f"b{number}")
        seen = [[frame["msg"] for frame in await socket.receive_all(100)] for socket in (ann, bob, listener)]
        assert seen[0] == seen[1] == seen[2]
        for name in "ab":
            assert [msg for msg in seen[0] if msg[0] == name] == [f"{name}{number}" for number in range(50)]


async def test_room_token_is_accepted_as_header_or_subprotocol_and_echoed(
    server: ServerProcess, rest: Rest, room: int
):
    closed = rest.room(f"closed {room}", "private")
    token = rest.token(closed["id"], "ann")
    url = f"{server.ws_url}/chats/{closed['id']}/ws"
    for prefix in ("Bearer", "Token"):
        async with open_socket(url, additional_headers=bearer(token, prefix)) as socket:
            assert socket.connection.subprotocol is None
    async with open_socket(url, subprotocols=[token]) as socket:
        assert socket.connection.subprotocol == token
        await socket.send(event_type="join", name="bob")
        assert await socket.receive() == error(204, "Client error: Unauthorized operation", "name")
        assert (await socket.join("ann"))["name"] == "ann"


async def test_offered_subprotocol_of_a_public_room_is_echoed(url: str):
    async with open_socket(url, subprotocols=["anything"]) as socket:
        assert socket.connection.subprotocol == "anything"


async def test_deleted_room_sends_a_last_event_and_closes(rest: Rest, url: str, room: int):
    async with open_socket(url) as ann, open_socket(url) as silent:
        await ann.join("ann")
        await silent.receive()
        assert rest.client.delete(f"/chats/{room}").status_code == 200
        for socket in (ann, silent):
            assert await socket.receive() == error(101, "Room error: Room not found", "")
            assert (await socket.closed())[0] == 4404


async def test_changed_password_ends_the_connections_of_earlier_tokens(
    server: ServerProcess, rest: Rest, room: int
):
    closed = rest.room(f"closed {room}", "private")
    token = rest.token(closed["id"])
    url = f"{server.ws_url}/chats/{closed['id']}/ws"
    async with open_socket(url, subprotocols=[token]) as socket:
        fields = {"password": "another secret"}
        assert (
            rest.client.put(f"/chats/{closed['id']}", json=fields, headers=bearer(token)).status_code == 200
        )
        assert (await socket.closed())[0] == 4403


async def test_public_room_made_private_ends_all_memberships(rest: Rest, url: str, room: int):
    async with open_socket(url) as socket:
        await socket.join("ann")
        fields = {"visibility": "private", "password": SECRET}
        assert rest.client.put(f"/chats/{room}", json=fields).status_code == 200
        assert (await socket.closed())[0] == 4403


DROPPED = 1006  # daphne cuts the connection where a close frame is due


async def test_too_large_a_message_closes_with_1009(server: ServerProcess, url: str):
    async with open_socket(url) as socket:
        await socket.send_raw("x" * 65_537)
        assert (await socket.closed())[0] == (4009 if isinstance(server, DaphneProcess) else 1009)


async def test_message_that_is_no_utf8_closes_with_1007(server: ServerProcess, url: str):
    async with open_socket(url) as socket:
        await socket.connection.send(b"\xff\xfe", text=True)
        assert (await socket.closed())[0] == (DROPPED if isinstance(server, DaphneProcess) else 1007)


async def test_ping_is_answered(url: str):
    async with open_socket(url) as socket:
        assert await (await socket.connection.ping()) >= 0


def handshake(server: ServerProcess, path: str, **headers: str) -> httpx.Response:
    """A handshake as an HTTP request, to see how it is refused."""
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    return httpx.get(f"{server.url}{path}", headers=upgrade | key | headers, trust_env=False)


class TestRefusedHandshakes:
    """The HTTP status and the body of the error table; daphne can only say 403."""

    @pytest.fixture(autouse=True)
    def _uvicorn_alone(self, server: ServerProcess, request: pytest.FixtureRequest):
        self.daphne = isinstance(server, DaphneProcess)

    async def assert_refused(self, url: str, status: int, code: int, field: str = "", **options) -> None:
        if self.daphne:
            with pytest.raises(ValueError, match="Expecting value"):  # its own page, no JSON
                await refused(url, **options)
            return
        answered, body, _ = await refused(url, **options)
        assert (answered, body["status"], body["error"]["code"], body["error"]["field"]) == (
            status,
            False,
            code,
            field,
        )

    async def test_missing_room_is_not_found(self, server: ServerProcess):
        await self.assert_refused(f"{server.ws_url}/chats/99999/ws", 404, 101)
        await self.assert_refused(f"{server.ws_url}/chats/%00%ff/ws", 404, 101)

    async def test_invalid_address_is_not_found(self, server: ServerProcess):
        await self.assert_refused(f"{server.ws_url}/nowhere", 404, 906)

    async def test_hidden_room_by_number_is_not_there_without_its_token(
        self, server: ServerProcess, rest: Rest, room: int
    ):
        hidden = rest.room(f"hidden {room}")
        protected = {"visibility": "hidden", "password": SECRET}
        rest.client.put(f"/chats/{hidden['id']}", json=protected).raise_for_status()
        by_number, by_title = (
            f"{server.ws_url}/chats/{ref}/ws" for ref in (hidden["id"], f"hidden%20{room}")
        )
        await self.assert_refused(by_number, 404, 101)
        await self.assert_refused(by_title, 403, 403)
        async with open_socket(by_number, subprotocols=[rest.token(f"hidden {room}")]):
            pass

    async def test_room_created_hidden_is_there_by_its_number(
        self, server: ServerProcess, rest: Rest, room: int
    ):
        hidden = rest.room(f"secret {room}", "hidden")
        by_number = f"{server.ws_url}/chats/{hidden['id']}/ws"
        await self.assert_refused(by_number, 403, 403)
        async with open_socket(by_number, subprotocols=[rest.token(hidden["id"])]) as socket:
            assert (await socket.join("ann"))["room_id"] == hidden["id"]

    async def test_invalid_tokens_are_refused(self, server: ServerProcess, rest: Rest, room: int):
        closed, other = rest.room(f"closed {room}", "private"), rest.room(f"other {room}", "private")
        url = f"{server.ws_url}/chats/{closed['id']}/ws"
        await self.assert_refused(url, 403, 403)
        await self.assert_refused(url, 403, 403, subprotocols=["not.a.token"])
        await self.assert_refused(url, 403, 403, subprotocols=[rest.token(other["id"])])
        await self.assert_refused(url, 403, 403, additional_headers={"Authorization": "Bearer x"})

    def test_unsupported_version_is_305_and_a_missing_key_301(self, server: ServerProcess):
        if self.daphne:
            return
        answer = handshake(server, "/chats/1/ws", **{"Sec-WebSocket-Version": "8"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 305)
        assert answer.json()["error"]["error"] == "Unsupported client device"
        assert answer.headers["Sec-WebSocket-Version"] == "13"
        answer = handshake(server, "/chats/1/ws", **{"Sec-WebSocket-Key": ""})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 301)
