"""Canaries: whatever was shown to the server as a proof turns up nowhere else."""

import sqlite3
import uuid
from pathlib import Path

import httpx
import jwt

from tests.support.accounts import PASSWORD, account
from tests.support.fixtures import StartServer
from tests.support.rest import SECRET, Rest
from tests.support.server import ServerProcess
from tests.support.sockets import Socket, open_socket

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
