"""Health checks and metrics."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.fixtures import StartServer
from tests.support.postgres import PostgresServer
from tests.support.rest import bearer
from tests.support.server import ServerProcess


def test_health_and_metrics(start_server: StartServer):
    server = start_server({"WSCHAT_METRICS_TOKEN": "a metrics token", "ALLOWED_HOSTS": "127.0.0.1"})
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        assert client.get("/healthz", headers={"Host": "10.0.0.7"}).json() == {"status": True}
        assert client.get("/chats", headers={"Host": "10.0.0.7"}).status_code == 400
        assert client.get("/healthz").json() == {"status": True}
        assert client.get("/metrics").status_code == 404
        assert client.get("/metrics", headers=bearer("wrong")).status_code == 404
        metrics = client.get("/metrics", headers=bearer("a metrics token"))
        assert metrics.status_code == 200
        assert "wschat_dropped_total" in metrics.text
        for gauge in ("wschat_live_rooms", "wschat_bus_groups", "wschat_tasks"):
            assert f"\n{gauge} " in metrics.text


def test_metrics_are_not_there_without_a_token_set(start_server: StartServer):
    server = start_server()
    assert httpx.get(f"{server.url}/metrics", trust_env=False).status_code == 404


def test_metrics_answer_under_any_host_name_as_health_does(start_server: StartServer):
    server = start_server({"WSCHAT_METRICS_TOKEN": "a metrics token", "ALLOWED_HOSTS": "chat.example.org"})
    for host in (f"127.0.0.1:{server.port}", "10.0.0.7", "web", "chat.example.org"):
        headers = {"Host": host, **bearer("a metrics token")}
        answers = {
            path: httpx.get(f"{server.url}{path}", headers=headers, trust_env=False).status_code
            for path in ("/metrics", "/healthz", "/readyz", "/livez", "/chats")
        }
        chats = 200 if host == "chat.example.org" else 400
        assert answers == {"/metrics": 200, "/healthz": 200, "/readyz": 200, "/livez": 200, "/chats": chats}
        assert httpx.get(f"{server.url}/metrics", headers={"Host": host}, trust_env=False).status_code == 404


def test_health_says_when_the_database_is_away(start_server: StartServer, postgres_bin):
    postgres = PostgresServer(postgres_bin)
    try:
        postgres.start()
        server = start_server({"DATABASE_URL": f"{postgres.base_url}/postgres"})
        postgres.stop()
        for path in ("/healthz", "/readyz"):
            answer = httpx.get(f"{server.url}{path}", timeout=20, trust_env=False)
            assert (answer.status_code, answer.json()["status"]) == (503, False)
        assert httpx.get(f"{server.url}/livez", timeout=20, trust_env=False).json() == {"status": True}
    finally:
        postgres.stop()


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory, postgres_bin) -> Iterator[ServerProcess]:
    """A server whose PostgreSQL has been stopped."""
    postgres = PostgresServer(postgres_bin)
    server = ServerProcess(tmp_path_factory.mktemp("away"), {})
    try:
        postgres.start()
        server.env["DATABASE_URL"] = f"{postgres.base_url}/postgres"
        server.start()
        postgres.stop()
        yield server
    finally:
        server.terminate()
        postgres.stop()


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Cookie": "wschat_session=abcdefghijklmnop"}
PAGES = ("/", "/chats", "/room/1", "/direct/ann", "/account", "/admin/", "/sign-in", "/admin/login/")


@pytest.mark.parametrize("path", PAGES)
def test_page_without_the_database_says_so(away: ServerProcess, path: str):
    answer = httpx.get(f"{away.url}{path}", headers=BROWSER, timeout=30, trust_env=False)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert "text/html" in answer.headers["Content-Type"]
    assert "The server can't reach its database" in answer.text
    assert "Traceback" not in away.output()


@pytest.mark.parametrize("path", ["/chats", "/chats/1", "/chats/1/token"])
def test_request_of_a_program_without_the_database_gets_902(away: ServerProcess, path: str):
    send = httpx.post if path.endswith("token") else httpx.get
    answer = send(f"{away.url}{path}", timeout=30, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, 902)
    assert int(answer.headers["Retry-After"]) >= 1
    assert "Traceback" not in away.output()


def test_request_under_another_host_name_is_one_line_of_the_log(start_server: StartServer):
    server = start_server()
    assert httpx.get(server.url, headers={"Host": "evil.example"}, trust_env=False).status_code == 400
    (line,) = (line for line in server.output().splitlines() if "evil.example" in line)
    assert "WARNING django.security.DisallowedHost: Invalid HTTP_HOST header" in line
    assert "Traceback" not in server.output()


MULTIPART = "multipart/form-data"
BAD_FORMS = [
    ({"Content-Type": MULTIPART}, b"no boundary"),
    ({"Content-Type": f"{MULTIPART}; boundary=x"}, b"--x\r\nbroken"),
    ({"Content-Type": f"{MULTIPART}; boundary=\xf6"}, b""),
    ({"Content-Type": "application/x-www-form-urlencoded; charset=no-such"}, b"name=a"),
    ({"Content-Type": "application/x-www-form-urlencoded"}, b"a=1&" * 1500),
]


@pytest.mark.parametrize("path", ["/admin/login/", "/rooms/new", "/sign-in"])
def test_forms_that_cannot_be_read_are_a_line_each_at_most(start_server: StartServer, path: str):
    server = start_server()
    before = len(server.output().splitlines())
    for headers, body in BAD_FORMS:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = httpx.post(f"{server.url}{path}", headers=raw, content=body, trust_env=False)
        assert 400 <= answer.status_code < 500
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        client.get(f"{path}?next=%00//evil.example&room=%00")
    assert server.terminate() == 0
    assert "Traceback" not in server.output()
    assert "ERROR" not in server.output()
    assert len(server.output().splitlines()) - before <= len(BAD_FORMS) + 2
