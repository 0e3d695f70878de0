"""Changes in the admin site reach open sockets at once: with a real server."""

import re
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.support.rest import Rest, bearer
from tests.support.server import ServerProcess, manage
from tests.support.sockets import Socket, open_socket

PASSWORD = "look-at-me-now"


class Moderator:
    """A superuser's browser: forms with the tokens of their pages."""

    def __init__(self, server: ServerProcess) -> None:
        self.client = httpx.Client(base_url=server.url, trust_env=False, follow_redirects=True)

    def sign_in(self) -> None:
        page = self.submit("/admin/login/", username="alice", password=PASSWORD, next="/admin/")
        assert "Log out" in page

    def submit(self, url: str, form_at: str | None = None, **fields: str) -> str:
        """Fill in the form of the page `form_at`, send it to `url`, and return the page that follows."""
        shown = self.client.get(form_at or url).text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)
        assert token, shown
        answer = self.client.post(url, data={"csrfmiddlewaretoken": token[1], **fields})
        assert answer.status_code == 200, answer.text
        return answer.text

    def press(self, room: int, button: str, **fields: str) -> str:
        page = f"/admin/chat/room/{room}/change/"
        return self.submit(f"/admin/chat/room/{room}/{button}/", page, **fields)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose administrator is alice."""
    with ServerProcess(tmp_path_factory.mktemp("admin")) as server:
        account = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        options = ("--noinput", "--username=alice", "--email=alice@example.org")
        manage("createsuperuser", *options, env={**server.env, **account})
        yield server


@pytest.fixture
def moderator(server: ServerProcess) -> Iterator[Moderator]:
    moderator = Moderator(server)
    moderator.sign_in()
    yield moderator
    moderator.client.close()


@pytest.fixture
def rest(server: ServerProcess) -> Iterator[Rest]:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield Rest(client)


def rooms_socket(server: ServerProcess, room: int, token: str = ""):
    headers = bearer(token) if token else {}
    return open_socket(f"{server.ws_url}/chats/{room}/ws", additional_headers=headers)


async def join_v1(socket: Socket, room: int, name: str) -> None:
    await socket.send(type="hello", id=1, name=name)
    await socket.send(type="join", id=2, room=room)
    await socket.receive_until(type="ok", id=2)


async def test_locked_room_refuses_messages(server: ServerProcess, moderator: Moderator, rest: Rest):
    room = rest.room("Locked at once")["id"]
    async with rooms_socket(server, room) as socket:
        await socket.join("ann")
        assert "was locked" in moderator.press(room, "lock")
        await socket.say("ann", "hello?")
        assert (await socket.receive_until(event_type="error"))["code"] == 106
        assert "was unlocked" in moderator.press(room, "unlock")
        await socket.say("ann", "hello!")
        assert (await socket.receive_until(event_type="send"))["msg"] == "hello!"


async def test_deleting_a_room_removes_its_members(server: ServerProcess, moderator: Moderator, rest: Rest):
    room = rest.room("Deleted at once")["id"]
    async with (
        rooms_socket(server, room) as socket,
        open_socket(f"{server.ws_url}/ws", subprotocols=["wschat.v1"]) as other,
    ):
        await socket.join("ann")
        await join_v1(other, room, "ben")
        moderator.submit(f"/admin/chat/room/{room}/delete/")
        assert (await socket.receive_until(event_type="error"))["code"] == 101
        assert (await socket.closed())[0] == 4404
        await other.receive_until(type="room_deleted", room=room)
        assert (await other.receive_until(type="removed"))["code"] == 101
    assert "was restored" in moderator.press(room, "restore")
    async with rooms_socket(server, room) as socket:
        assert (await socket.join("ann"))["event_type"] == "join"


async def test_deleted_message_goes_from_every_screen(
    server: ServerProcess, moderator: Moderator, rest: Rest
):
    room = rest.room("Cleaned at once")["id"]
    async with open_socket(f"{server.ws_url}/ws", subprotocols=["wschat.v1"]) as socket:
        await join_v1(socket, room, "ann")
        await socket.send(type="send", id=3, room=room, text="unspeakable")
        seq = (await socket.receive_until(type="ok", id=3))["seq"]
        page = moderator.press(room, "erase", seq=str(seq), post="yes")
        assert "1 message deleted." in page
        assert "unspeakable" not in page
        erased = await socket.receive_until(type="erased")
        assert (erased["room"], erased["target"]) == (room, seq)


async def test_new_password_ends_connections_with_the_old_one(
    server: ServerProcess, moderator: Moderator, rest: Rest
):
    room = rest.room("Closed at once", "private")["id"]
    async with rooms_socket(server, room, rest.token(room)) as socket:
        await socket.join("ann")
        page = moderator.submit(
            f"/admin/chat/room/{room}/change/",
            title="Closed at once",
            description="",
            visibility="private",
            new_password="battery staple",
            slow_seconds="0",
            who_can_pin="moderators",
            who_can_mention_all="auto",
            owner="",
        )
        assert "was changed successfully" in page
        assert (await socket.closed())[0] == 4403
    token = rest.token(room, secret="battery staple")
    async with rooms_socket(server, room, token) as socket:
        assert (await socket.join("ann"))["event_type"] == "join"


async def test_why_page_shows_close_codes_of_the_last_hour(
    server: ServerProcess, moderator: Moderator, rest: Rest
):
    room = rest.room("Closed in public")["id"]
    async with rooms_socket(server, room) as socket:
        await socket.join("ann")
        await socket.say("ann", "hello")
        await socket.receive_until(event_type="send")
        moderator.submit(f"/admin/chat/room/{room}/delete/")
        assert (await socket.closed())[0] == 4404
    address = f"/admin/chat/room/{room}/why/?name=ann&seq=1"
    deadline = time.monotonic() + 30
    while "with 4404" not in moderator.client.get(address).text:
        assert time.monotonic() < deadline
    assert "The room was deleted on" in moderator.client.get(address).text


async def test_pages_have_a_policy_and_nothing_inline(moderator: Moderator):
    for path in (
        "",
        "chat/room/",
        "chat/room/1/change/",
        "chat/event/",
        "chat/participant/",
        "chat/room/1/why/",
        "chat/ban/",
        "chat/ban/add/",
        "chat/ban/kick/1/",
    ):
        answer = moderator.client.get(f"/admin/{path}")
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*(src=|application/json))|<style|\sstyle=|\son\w+=", answer.text)
