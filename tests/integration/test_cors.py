"""REST for pages of other sites: of those that the operator names, and of no other."""

import socket
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from chat.server.cors import allow_origin
from tests.support.fixtures import StartServer
from tests.support.server import ServerProcess

NAMED, OTHER = "https://app.example.org", "https://app.example.org.evil.example"
ASK = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest.fixture
def site(start_server: StartServer) -> ServerProcess:
    return start_server({"WSCHAT_CORS_ORIGINS": f"{NAMED}, http://localhost:3000"})


def allowed(answer: httpx.Response) -> str | None:
    assert "access-control-allow-credentials" not in answer.headers
    return answer.headers.get("access-control-allow-origin")


def test_pages_of_named_origins_may_use_rest(site: ServerProcess):
    with httpx.Client(base_url=site.url, trust_env=False) as client:
        for origin, expected in (
            (NAMED, NAMED),
            ("http://localhost:3000", "http://localhost:3000"),
            (OTHER, None),
        ):
            headers = {"Origin": origin}
            asked = client.options("/chats/1", headers=headers | ASK)
            assert allowed(asked) == expected
            if expected:
                assert asked.status_code == 200
                assert "PUT" in asked.headers["access-control-allow-methods"]
                assert "authorization" in asked.headers["access-control-allow-headers"]
            for path in (
                "/chats",
                "/chats/1",
                "/chats/none",
                "/api/schema/",
                "/api/nowhere",
                "/api/search?text=x",
            ):
                answer = client.get(path, headers=headers)
                assert allowed(answer) == expected, path
                assert "origin" in answer.headers["vary"].lower(), path
            refused = client.get("/chats/none", headers=headers)
            if expected:
                assert "X-Error-Detail" in refused.headers["access-control-expose-headers"]
            for path in ("/", "/sign-in", "/admin/login/", "/room/1", "/healthz"):
                assert allowed(client.get(path, headers=headers)) is None, path


@pytest.mark.parametrize(("origin", "expected"), [(NAMED, NAMED), (OTHER, None)])
def test_page_reads_that_its_body_is_too_large(site: ServerProcess, origin: str, expected: str | None):
    with httpx.Client(base_url=site.url, trust_env=False) as client:
        for content in (b"x" * 100_000, iter([b"x" * 50_000] * 2)):  # with a length, and in chunks
            answer = client.post("/chats", content=content, headers={"Origin": origin})
            assert (answer.status_code, allowed(answer)) == (413, expected)
            assert "origin" in answer.headers["vary"].lower()


def test_page_reads_that_its_body_came_too_late(site: ServerProcess):
    head = f"POST /chats HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {NAMED}\r\nContent-Length: 9\r\n\r\nx"
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=40)) as connection:
        connection.sendall(head.encode())
        answer = connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert f"access-control-allow-origin: {NAMED}\r\n".encode() in answer


@pytest.mark.parametrize(
    ("path", "root_path", "setting", "allows"),
    [
        ("/chats", "", "", True),
        ("/api/search", "", "", True),
        ("/chatsy", "", "", False),
        ("/", "", "", False),
        ("/at/chats", "/at", "", True),
        ("/at/room/1", "/at", "", False),
        ("/at/chats", "", "", False),
        ("/at/chats", "", "/at", True),
        ("/chats", "", "/at", True),  # the proxy took the prefix off
        ("/at/room/1", "", "/at", False),
        ("/atchats", "", "/at", False),
        ("/attic/chats", "", "/at", False),
        ("/other/chats", "/other", "/at", True),
    ],
)
def test_early_answers_allow_origins_where_django_does(
    settings, path: str, root_path: str, setting: str, allows: bool
):
    settings.CORS_ALLOWED_ORIGINS = [NAMED]
    settings.ENV = settings.ENV.model_copy(update={"wschat_path_prefix": setting})
    scope = {"path": path, "root_path": root_path, "headers": [(b"origin", NAMED.encode())]}
    assert ((b"access-control-allow-origin", NAMED.encode()) in allow_origin(scope)) == allows


def test_no_origin_is_allowed_by_default(start_server: StartServer, tmp_path: Path):
    server = start_server(folder=tmp_path)
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        for answer in (
            client.get("/chats", headers={"Origin": NAMED}),
            client.options("/chats", headers={"Origin": NAMED} | ASK),
        ):
            assert allowed(answer) is None


@pytest.mark.parametrize(
    "wrong", ["*", "app.example.org", "https://app.example.org/", "https://*.example.org", "null"]
)
def test_what_is_no_origin_is_refused_at_the_start(start_server: StartServer, wrong: str):
    with pytest.raises(AssertionError, match="WSCHAT_CORS_ORIGINS"):
        start_server({"WSCHAT_CORS_ORIGINS": wrong})
