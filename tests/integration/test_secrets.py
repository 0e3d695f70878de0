"""Canaries: credentials sent to the server appear nowhere else."""

import sqlite3
import uuid
from pathlib import Path
from urllib.parse import quote

import httpx
import jwt

from tests.support.accounts import PASSWORD, account
from tests.support.fixtures import StartServer
from tests.support.rest import SECRET, Rest, bearer
from tests.support.server import ServerProcess
from tests.support.sockets import Socket, open_socket, refused

JWT_SECRET = "what those who may speak know, too, and is long enough"


def kept(server: ServerProcess) -> str:
    """All that the server has logged and stored."""
    file = Path(server.env["DATABASE_URL"].removeprefix("sqlite:///"))
    with sqlite3.connect(file) as database:
        return server.output() + "".join(database.iterdump())


async def heard(socket: Socket) -> str:
    """Text of the frames that have come up to the marker."""
    frames = []
    while "marker" not in (frame := repr(await socket.receive())):
        frames.append(frame)
    return "".join(frames)


async def test_no_token_and_no_password_is_stored_logged_or_shown_to_others(start_server: StartServer):
    server = start_server({"WSCHAT_LOG_LEVEL": "debug", "JWT_SECRET": JWT_SECRET})
    account(server, "carol")
    url = server.ws_url
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        rest = Rest(http)
        room = rest.room("Team", "private")["id"]
        room_token = rest.token(room)
        tokens = rest.sign_in("carol", PASSWORD)
    proof = jwt.encode({"sub": "ann"}, JWT_SECRET, algorithm="HS256")
    bearer = {"additional_headers": {"Authorization": f"Bearer {room_token}"}}
    async with (
        open_socket(f"{url}/dialects/uuid/1") as listener,
        open_socket(f"{url}/dialects/plain/1") as plain,
        open_socket(f"{url}/dialects/envelope/1") as envelope,
        open_socket(f"{url}/chats/{room}/ws", subprotocols=[room_token]) as rooms,
        open_socket(f"{url}/dialects/plain/{room}", **bearer),
        open_socket(f"{url}/ws", subprotocols=["wschat.v1"]) as v1,
        open_socket(f"{url}/ws", subprotocols=["wschat.v1", f"wschat.token.{tokens['access']}"]),
    ):
        session = (await v1.hello("ann"))["session"]
        assert (await v1.ask(type="join", room=room, token=room_token))["type"] == "ok"
        assert (await v1.ask(type="hello", token="x" + tokens["access"]))["type"] == "error"
        await rooms.join("ann")
        await plain.send(usr="Ann", msg="hello", jwt=proof)
        await plain.send(usr="Ann", msg="hello", jwt=proof[:-3])
        body = {"sender_username": "carol", "password": PASSWORD}
        await envelope.send(message_type="Auth", message_body=body)
        given = (await envelope.receive_until(message_type="PrivateInfo"))["token"]
        said = {"sender_username": "carol", "content": "marker"}
        await envelope.send(message_type="GroupChat", message_body=said, token=given)
        shown = await heard(listener)
    secrets = [PASSWORD, SECRET, JWT_SECRET, proof, proof[:-3], room_token, session, given, *tokens.values()]
    everything = kept(server) + shown
    assert str(uuid.UUID(given)) == given
    assert [secret for secret in secrets if secret in everything] == []
    for signature in (token.split(".")[2] for token in secrets if token.count(".") == 2):
        assert signature not in everything


def ask_for_refusals(server: ServerProcess, title: str) -> list[int]:
    """What requests that name a hidden room are answered with; none of them is let in."""
    path = quote(title)
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        Rest(http).room(title, "hidden")
        answers = [
            http.post(f"/chats/{path}/token", json={"secret": "wrong secret", "name": "ann"}),
            http.put(f"/chats/{path}", json={"title": "Another"}),
            http.get(f"/chats/{path}/moderators"),
            http.get(f"/chats/{path}/token/renew", headers=bearer("x")),
            http.get(f"/chats/{path}/ws"),
            http.get(f"/room/{path}/renew"),
            http.post(f"/room/{path}/enter", data={"name": "ann"}),
            http.get(f"/chats/{path}x"),
            http.get("/rooms/find", params={"room": f"{title}x"}),
        ]
    return [answer.status_code for answer in answers]


async def test_title_of_a_hidden_room_is_not_logged(start_server: StartServer):
    """At the default level, whatever is refused there."""
    server, title = start_server({}), "The Unseen"
    path = quote(title)
    assert min(ask_for_refusals(server, title)) >= 400
    for address in (f"/chats/{path}/ws", f"/dialects/uuid/{path}", f"/dialects/plain/{path}x"):
        await refused(server.ws_url + address)
    server.terminate()
    said = server.output()
    assert "/chats/…/token" in said
    assert [word for word in (title, path, "Unseen", "Another") if word in said] == []
