"""Settings of the dialects: who can send, and at which address."""

import sqlite3
import uuid

import httpx
import jwt

from tests.support.accounts import PASSWORD, account
from tests.support.fixtures import StartServer
from tests.support.processes import free_port
from tests.support.sockets import open_socket


def jwt_of(secret: str, algorithm: str = "HS256", **claims: object) -> str:
    return jwt.encode({"sub": "ann", **claims}, secret, algorithm=algorithm)


async def test_with_a_jwt_secret_plain_messages_need_a_jwt_signed_with_it(start_server: StartServer):
    secret = "a secret that those who may speak know, too, and that is long enough for all algorithms " * 2
    server = start_server({"JWT_SECRET": secret})
    good = [jwt_of(secret, algorithm) for algorithm in ("HS256", "HS384", "HS512")]
    good += [jwt_of(secret, exp=1), jwt_of(secret, nbf=2**40, aud="others", iat=2**40)]
    bad = [None, "", "x", "a.b.c", "é", jwt_of(secret + "x"), jwt_of(secret)[:-2], "x" * 5000]
    bad.append(jwt.encode({"sub": "ann"}, "", algorithm="none"))
    async with (
        open_socket(f"{server.ws_url}/dialects/plain/") as ann,
        open_socket(f"{server.ws_url}/dialects/plain/") as listener,
    ):
        for token in bad:
            await ann.send(usr="Ann", msg="refused", jwt=token)
        await ann.send(usr="Ann", msg="no jwt at all")
        for token in good:
            await ann.send(usr="Ann", msg="hello", jwt=token)
            for socket in (ann, listener):
                frame = await socket.receive()
                assert set(frame) == {"usr", "msg", "tim"}
                assert frame["msg"] == "hello"
    log = server.output()
    assert "plain: a message was refused: Token error: Invalid signature" in log
    assert "plain: a message was refused: Token error: Unauthorized signing method" in log
    rows = sqlite3.connect(server.env["DATABASE_URL"].removeprefix("sqlite:///")).iterdump()
    kept = log + "".join(rows)
    assert not [token for token in (*good, *bad[3:]) if token and token in kept]


async def test_envelope_clients_sign_in_where_they_have_to(start_server: StartServer):
    server = start_server({"WSCHAT_AUTH_REQUIRED": "true"})
    account(server, "carol")
    path = f"{server.ws_url}/dialects/envelope/"
    enter = {"message_type": "Enter", "message_body": {"sender_username": "carol"}}
    auth = {"message_type": "Auth", "message_body": {"sender_username": "carol", "password": PASSWORD}}
    async with open_socket(path) as carol, open_socket(path) as other:
        for socket in (carol, other):
            await socket.send(**enter)
            assert "sign in first" in (await socket.receive())["message_body"]["info"]
        await carol.send(**auth)
        token = (await carol.receive())["token"]
        for wrong in (None, "", "x", str(uuid.uuid4())):
            await carol.send(**enter, token=wrong)
            assert "sign in first" in (await carol.receive())["message_body"]["info"]
        await other.send(**enter, token=token)  # it is another connection's
        assert "sign in first" in (await other.receive())["message_body"]["info"]
        await carol.send(**enter, token=token)
        assert (await carol.receive())["message_body"] == {"info": "carol entered the room"}
        said = {"sender_username": "mallory", "content": "hi"}
        await carol.send(message_type="GroupChat", message_body=said, token=token)
        assert "your name here is carol" in (await carol.receive())["message_body"]["info"]
    kept = server.output() + "".join(
        sqlite3.connect(server.env["DATABASE_URL"].removeprefix("sqlite:///")).iterdump()
    )
    assert token not in kept
    assert PASSWORD not in kept


async def test_the_bare_root_speaks_what_the_server_was_told(start_server: StartServer):
    port = free_port()
    server = start_server({"WSCHAT_ROOT_DIALECT": "plain", "WSCHAT_LISTEN": f"{port}=envelope"})
    for root in (server.ws_url, f"{server.ws_url}/"):
        async with open_socket(root) as ann:
            await ann.send(usr="Ann", msg="hello")
            assert (await ann.receive())["usr"] == "Ann"
    async with open_socket(f"ws://127.0.0.1:{port}") as bob:
        await bob.send(message_type="Enter", message_body={"sender_username": "bob"})
        assert (await bob.receive())["message_body"] == {"info": "bob entered the room"}
    async with httpx.AsyncClient(trust_env=False) as http:
        for url in (server.url, f"http://127.0.0.1:{port}"):
            assert "<title>" in (await http.get(f"{url}/")).text


async def test_the_root_speaks_uuid_by_default(start_server: StartServer):
    server = start_server()
    async with open_socket(server.ws_url) as ann:
        assert (await ann.receive())["action"] == "connect"


async def test_uuid_times_are_in_the_unit_that_the_operator_chose(start_server: StartServer):
    for unit, digits in ((None, 10), ("seconds", 10), ("nanoseconds", 19)):
        server = start_server({} if unit is None else {"WSCHAT_UUID_TIMESTAMP": unit})
        async with open_socket(f"{server.ws_url}/dialects/uuid/") as socket:
            connected = await socket.receive()
            await socket.send(contents="")
            await socket.send(contents="x" * 5000)
            await socket.send(contents="hi")
            too_long, said = await socket.receive(), await socket.receive()
        assert (too_long["action"], said["action"], said["contents"]) == ("error", "chat", "hi")
        assert {len(str(frame["timestamp"])) for frame in (connected, said)} == {digits}
