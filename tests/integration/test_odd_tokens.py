"""Tokens that we signed, with invalid claims: refused everywhere, and never an internal error."""

import base64
import hashlib
import hmac
import time

import httpx
import pytest

from tests.support.fixtures import StartServer
from tests.support.rest import Rest, bearer, refusal
from tests.support.server import SECRET_KEY, ServerProcess
from tests.support.sockets import open_socket, refused

JWT_SECRET = "what those who may speak know, too, and is long enough"
# As JSON, since some are numbers that Python would not write so.
ODD = [
    "1e30",
    "1" + "0" * 30,
    "-1e30",
    "NaN",
    "Infinity",
    "1e999",
    '"' + "9" * 30 + '"',
    '"x"',
    "true",
    "null",
]
ODD += ["[]", "{}", "[" * 900 + "]" * 900, "253402300800", "9223372036854775808", "9" * 2000]
TIMES = ("exp", "iat", "nbf")
OWN = {
    "room": {"username": '"ann"', "room_id": "1", "generation": "0"},
    "guest": {"participant": "1"},
    "access": {"user_id": '"1"'},
    "refresh": {"user_id": '"1"'},
}


def signed(kind: str, key: str = SECRET_KEY, **odd: str) -> str:
    """A token of this kind, with some claims in the words of JSON."""
    now = int(time.time())
    claims = {"exp": str(now + 600), "iat": str(now - 1), "jti": '"x"', "token_type": f'"{kind}"'}
    payload = ",".join(f'"{name}":{value}' for name, value in (claims | OWN.get(kind, {}) | odd).items())
    parts = [_base64(text.encode()) for text in ('{"alg":"HS256","typ":"JWT"}', f"{{{payload}}}")]
    signature = hmac.new(key.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, _base64(signature)])


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def odd_tokens(kind: str) -> list[tuple[str, str]]:
    """A claim and a token: each odd value in each claim, and names in room tokens that cannot be had."""
    odd = [(claim, value) for claim in (*TIMES, *OWN[kind]) for value in ODD]
    names = ['""', '"\\ud83d"', '"a\\u0000"', f'"{"x" * 51}"'] if kind == "room" else []
    odd += [("username", name) for name in names]
    return [(claim, signed(kind, **{claim: value})) for claim, value in odd]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with ServerProcess(tmp_path_factory.mktemp("odd"), {"JWT_SECRET": JWT_SECRET}) as server:
        yield server


@pytest.fixture
def rest(server: ServerProcess):
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client:
        yield Rest(client)


def untroubled(server: ServerProcess) -> bool:
    return "Traceback" not in server.output() and "failed" not in server.output()


@pytest.mark.parametrize("kind", OWN)
def test_rest_refuses_odd_tokens_as_invalid(server: ServerProcess, rest: Rest, kind: str):
    room = rest.room(f"odd {kind}", "private")["id"]
    for _, token in odd_tokens(kind):
        if kind == "refresh":
            answer = rest.client.post("/api/auth/refresh", json={"refresh": token})
        else:
            answer = rest.client.get(f"/chats/{room}/token/renew", headers=bearer(token))
        assert refusal(answer)[:2] in ((403, 403), (400, 303)), token  # 303: it is longer than we read
        shown = [rest.client.get(f"/chats/{room}", headers=bearer(token)).status_code]
        shown.append(rest.client.post("/chats", json={}, headers=bearer(token)).status_code)
        assert set(shown) <= {200, 400, 403}, token
    assert untroubled(server)


@pytest.mark.parametrize("kind", ["guest", "access", "room"])
async def test_sockets_refuse_odd_tokens_as_invalid(server: ServerProcess, rest: Rest, kind: str):
    room = rest.room(f"odd socket {kind}", "private")["id"]
    async with open_socket(f"{server.ws_url}/ws", subprotocols=["wschat.v1"]) as v1:
        assert (await v1.hello(f"odd {kind}"))["type"] == "ok"
        for claim, token in odd_tokens(kind):
            if kind == "room":
                answer = await v1.ask(type="join", room=room, token=token)
            else:
                answer = await v1.ask(type="hello", token=token, name=f"odd {kind}")
            issued_early = kind == "guest" and claim in ("iat", "nbf") and answer["type"] == "ok"
            assert issued_early or answer["code"] == 403, token
    for token in [signed(kind, exp=value) for value in ODD]:
        offered = ["wschat.v1", f"wschat.token.{token}"]
        for path, subprotocols in (("/ws", offered), (f"/chats/{room}/ws", [token])):
            status, body, _ = await refused(server.ws_url + path, subprotocols=subprotocols)
            assert (status, body["error"]["code"]) == (403, 403), token
    assert untroubled(server)


async def test_plain_drops_messages_with_odd_proofs(server: ServerProcess):
    """Its `exp` and the like are not looked at, so that those go out; the others are dropped."""
    async with open_socket(f"{server.ws_url}/dialects/plain/1") as plain:
        for token in [signed("proof", JWT_SECRET, **{claim: value}) for claim in TIMES for value in ODD]:
            await plain.send(usr="Ann", msg="odd", jwt=token)
        await plain.send(usr="Ann", msg="marker", jwt=signed("proof", JWT_SECRET))
        assert await plain.receive_until(msg="marker")
    assert untroubled(server)


def test_refresh_token_of_an_account_that_is_gone_is_invalid(start_server: StartServer):
    server = start_server()
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        answer = client.post("/api/auth/refresh", json={"refresh": signed("refresh", user_id='"404"')})
    assert refusal(answer) == (403, 403, "")
