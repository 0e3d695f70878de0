"""Headers that each answer has, whichever part of the server gives it."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from chat.headers import HEADERS
from tests.support.fixtures import StartServer
from tests.support.server import ServerProcess
from tests.support.sockets import refused


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("headers")) as server:
        yield server


def missing(headers: object) -> list[str]:
    """Those that are not there."""
    given = httpx.Headers(headers)  # type: ignore[arg-type]
    return [name for name in HEADERS if not given.get(name)]


def ask_raw(server: ServerProcess, request: bytes) -> tuple[int, httpx.Headers]:
    """Status and headers of the answer to these bytes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer and (more := connection.recv(65_536)):
            answer += more
    first, *lines = answer.split(b"\r\n\r\n")[0].decode().split("\r\n")
    return int(first.split()[1]), httpx.Headers(dict(line.split(": ", 1) for line in lines))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/chats", 200),
        ("GET", "/chats/999", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/livez", 200),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 404),
        ("GET", "/static/chat/favicon.svg", 200),
        ("GET", "/static/sdk/client.js", 200),
        ("GET", "/static/nothing.js", 404),
        ("GET", "/api/docs/", 200),
        ("GET", "/admin/login/", 200),
        ("POST", "/sign-in", 403),
        ("DELETE", "/", 403),
    ],
)
def test_every_answer_has_them(server: ServerProcess, method: str, path: str, status: int):
    answer = httpx.request(method, server.url + path, trust_env=False)
    assert answer.status_code == status
    assert missing(answer.headers) == []
    assert [name for name in HEADERS if len(answer.headers.get_list(name)) > 1] == []


def test_request_that_is_too_large_has_them(server: ServerProcess):
    answer = httpx.post(f"{server.url}/chats", content=b"x" * 100_000, trust_env=False)
    assert (answer.status_code, missing(answer.headers)) == (413, [])


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 70_000 + b"\r\n\r\n", 400),
        (b"CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n", 405),
        (b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 400),
    ],
)
def test_request_that_the_application_never_sees_has_them(
    server: ServerProcess, request_: bytes, status: int
):
    got, headers = ask_raw(server, request_)
    assert (got, missing(headers)) == (status, [])


@pytest.mark.parametrize("path", ["/nowhere", "/chats/999/ws", "/dialects/none"])
async def test_refused_handshake_has_them(server: ServerProcess, path: str):
    _, _, headers = await refused(server.ws_url + path)
    assert missing(headers) == []


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?q=x",
        "/rooms/find?title=x",
        "/rooms/find?title=Public+Chat",
        "/room/1",
        "/room/999",
        "/nowhere",
        "/chats/1",
        "/chats/1/token/renew",
        "/api/rooms",
    ],
)
def test_answers_to_a_visitor_are_not_kept(server: ServerProcess, path: str):
    assert "no-store" in httpx.get(server.url + path, trust_env=False).headers["Cache-Control"]


@pytest.mark.parametrize(("prefix", "before"), [("", "__Host-"), ("/some/chat", "__Secure-")])
def test_cookies_of_a_site_over_tls_are_of_this_host_and_path_alone(
    start_server: StartServer, prefix: str, before: str
):
    server = start_server({"WSCHAT_HTTPS": "true", "WSCHAT_PATH_PREFIX": prefix})
    headers = {"X-Forwarded-Proto": "https"}
    with httpx.Client(base_url=server.url, trust_env=False, headers=headers) as client:
        page = client.get(f"{prefix}/sign-in")
        token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        (csrf,) = page.headers.get_list("Set-Cookie")
        entered = client.post(
            f"{prefix}/room/1/enter",
            data={"name": "ann", "csrfmiddlewaretoken": token},
            headers={
                "Cookie": csrf.partition(";")[0],
                "Referer": "https://127.0.0.1/",
                "Origin": f"https://127.0.0.1:{server.port}",
            },
        )
        assert entered.status_code == 302
        given = [csrf, *entered.headers.get_list("Set-Cookie")]
    names = {cookie.partition("=")[0] for cookie in given}
    assert names >= {f"{before}wschat_session", f"{before}csrftoken"}
    for cookie in given:
        parts = [part.strip().lower() for part in cookie.split(";")]
        assert "secure" in parts
        assert f"path={prefix}/" in parts
        assert not any(part.startswith("domain") for part in parts)
