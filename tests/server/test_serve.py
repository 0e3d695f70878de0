"""`manage.py serve`, as a process."""

import json
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from tests.support.fixtures import StartServer
from tests.support.processes import free_port
from tests.support.server import ROOT, environment


def serve(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Start a server that is to give up at once."""
    command = [sys.executable, "manage.py", "serve", *arguments]
    return subprocess.run(command, cwd=ROOT, env=changes, capture_output=True, text=True, timeout=30)


def test_start_says_where_it_is_where_the_data_lies_and_how_to_make_an_admin(start_server: StartServer):
    server = start_server()
    output = server.output()
    assert f"wschat is at {server.url}\n" in output
    assert server.env["DATABASE_URL"].removeprefix("sqlite:///") in output
    assert "manage.py createsuperuser" in output


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_server_shuts_down_on_sigterm(start_server: StartServer, how: signal.Signals):
    server = start_server()
    assert server.process is not None
    server.process.send_signal(how)
    assert server.process.wait(15) == 0
    assert "Traceback" not in server.output()


def test_port_in_use_is_said_in_one_line(tmp_path):
    env = environment(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = serve(f"127.0.0.1:{taken.getsockname()[1]}", **env)
    assert done.returncode == 2
    assert done.stderr.startswith("wschat: cannot listen on 127.0.0.1:")
    assert "in use" in done.stderr
    assert done.stderr.count("\n") == 1


def test_bad_address_is_said_in_one_line(tmp_path):
    done = serve("nonsense:port", **environment(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "is no address" in done.stderr


def test_database_that_is_not_prepared_is_said_in_one_line(tmp_path):
    done = serve(f"127.0.0.1:{free_port()}", **environment(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "run `manage.py migrate` first" in done.stderr


def test_database_that_does_not_answer_is_said_in_one_line(tmp_path):
    url = f"postgres://nobody@127.0.0.1:{free_port()}/none"
    done = serve(f"127.0.0.1:{free_port()}", **environment(tmp_path, {"DATABASE_URL": url}))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "the database (none on 127.0.0.1) is not responding" in done.stderr


def test_body_that_is_too_large_is_refused_before_it_is_read(start_server: StartServer):
    server = start_server()

    def endless():
        for _ in range(160):
            yield b"x" * 65_536

    with httpx.Client(base_url=server.url, trust_env=False) as client:
        announced = client.post("/chats", content=b"x" * 65_537)
        assert (announced.status_code, announced.json()["error"]["code"]) == (413, 905)
        try:
            answer = client.post("/chats", content=endless())
        except httpx.WriteError:  # the server has hung up: it is not going to read 10 MB
            answer = announced
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, 905)
        form = client.post(
            "/rooms/new", content=b"x" * 65_537, headers={"Content-Type": "multipart/form-data"}
        )
        assert form.status_code == 413
    assert "Traceback" not in server.output()


def test_tokens_in_a_query_are_not_logged(start_server: StartServer):
    server = start_server({"WSCHAT_LOG_LEVEL": "debug"})
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        client.get("/chats?token=canary")
        client.get("/nowhere/at/all?token=canary")
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        client.get("/chats/999/ws?token=canary", headers=upgrade | key)
    server.terminate()
    assert "/chats/999/ws" in server.output()
    assert "canary" not in server.output()


SECRETS = [
    {"Authorization": "Bearer canary"},
    {"Authorization": "Token canary"},
    {"Sec-WebSocket-Protocol": "canary"},
    {"Sec-WebSocket-Protocol": "wschat.v1, canary"},
    {"Cookie": "wschat_session=canary; csrftoken=canary"},
    {"X-CSRFToken": "canary"},
]


def test_secrets_in_headers_are_not_logged(start_server: StartServer):
    server = start_server({"WSCHAT_LOG_LEVEL": "debug"})
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        for secret in SECRETS:
            for path in ("/chats/999/ws", "/nowhere"):  # refused by the application
                assert client.get(path, headers=upgrade | key | secret).status_code == 404
            assert client.get("/ws", headers=upgrade | secret).status_code == 400  # by the server
            client.post("/chats", json={}, headers=secret)
            with client.stream("GET", "/ws", headers=upgrade | key | secret) as answer:
                assert answer.status_code == 101
    server.terminate()
    assert "/chats/999/ws" in server.output()
    assert "canary" not in server.output()


def test_every_port_serves_the_same_and_is_named_with_its_dialect(start_server: StartServer):
    plain, rooms = free_port(), free_port()
    options = ("--listen", f"{plain}=plain", "--listen", f"{rooms}=rooms", "--root-dialect", "envelope")
    server = start_server(arguments=options)
    assert f"  root:  {server.ws_url}/ speaks envelope\n" in server.output()
    assert f"  root:  ws://127.0.0.1:{plain}/ speaks plain\n" in server.output()
    assert f"  root:  ws://127.0.0.1:{rooms}/ speaks rooms\n" in server.output()
    for port in (plain, rooms):
        for path in ("/healthz", "/", "/chats"):
            answer = httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False)
            assert answer.status_code == 200


def test_second_port_in_use_is_said_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = serve(f"127.0.0.1:{free_port()}", f"--listen={port}=plain", **environment(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"wschat: cannot listen on 127.0.0.1:{port}: ")


def test_address_of_another_machine_is_said_in_one_line(tmp_path):
    done = serve("nowhere.invalid:8080", **environment(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("wschat: cannot listen on nowhere.invalid:8080: ")


def test_server_starts_without_redis_and_says_so_in_one_line(start_server: StartServer):
    server = start_server({"REDIS_URL": f"redis://:canary@127.0.0.1:{free_port()}/0"})
    lines = [line for line in server.output().splitlines() if "Redis (REDIS_URL) is not responding" in line]
    assert len(lines) == 1
    assert server.terminate() == 0
    assert "Traceback" not in server.output()
    assert "canary" not in server.output()


@pytest.mark.parametrize("level", ["info", "debug"])
def test_json_log_has_one_object_a_line_and_nothing_else(start_server: StartServer, level: str):
    redis = f"redis://127.0.0.1:{free_port()}/0"
    server = start_server({"REDIS_URL": redis}, arguments=("--log-format", "json", "--log-level", level))
    httpx.get(f"{server.url}/nowhere", trust_env=False)
    assert server.terminate() == 0
    records = [json.loads(line) for line in server.output().splitlines()]
    assert f"wschat is at {server.url}" in [record["message"] for record in records]
    assert {frozenset(record) for record in records} == {frozenset(("time", "level", "logger", "message"))}
    assert {"info", "warning"} <= {record["level"] for record in records}


def test_ctrl_c_during_the_start_ends_it_without_a_traceback(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", f"127.0.0.1:{free_port()}"],
        cwd=ROOT,
        env=environment(tmp_path, {"PYTHONVERBOSE": "1"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while "import 'django.core.management" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (0, "")
    assert "Traceback" not in errors
