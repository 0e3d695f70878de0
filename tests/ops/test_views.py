"""What those who operate the server ask it."""

import httpx

from tests.support.fixtures import StartServer
from tests.support.postgres import PostgresServer
from tests.support.rest import bearer


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


def test_health_says_when_the_database_is_away(start_server: StartServer, postgres_bin):
    postgres = PostgresServer(postgres_bin)
    try:
        postgres.start()
        server = start_server({"DATABASE_URL": f"{postgres.base_url}/postgres"})
        postgres.stop()
        answer = httpx.get(f"{server.url}/healthz", timeout=20, trust_env=False)
        assert (answer.status_code, answer.json()["status"]) == (503, False)
    finally:
        postgres.stop()


def test_request_under_another_host_name_is_one_line_of_the_log(start_server: StartServer):
    server = start_server()
    assert httpx.get(server.url, headers={"Host": "evil.example"}, trust_env=False).status_code == 400
    (line,) = (line for line in server.output().splitlines() if "evil.example" in line)
    assert "WARNING django.security.DisallowedHost: Invalid HTTP_HOST header" in line
    assert "Traceback" not in server.output()
