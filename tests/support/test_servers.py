"""The servers that other tests stand on."""

import socket
import subprocess
import sys

import psycopg
import pytest
import redis

from tests.support.postgres import PostgresServer
from tests.support.processes import ProcessEnded, free_port, wait_until_ready
from tests.support.redis import RedisServer


def test_free_port_can_be_listened_on():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))
        listener.listen()


def test_redis_answers(redis_server: RedisServer):
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.ping() is True


def test_redis_starts_again_empty_on_the_same_port(redis_server: RedisServer):
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("key", "value")
        redis_server.stop()
        assert not redis_server.answers()
        redis_server.start()
        assert client.get("key") is None


def test_postgres_databases_are_apart(postgres_server: PostgresServer):
    first, second = postgres_server.create_database(), postgres_server.create_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE only_here ()")
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)


def test_postgres_copies_a_template(postgres_server: PostgresServer):
    template = postgres_server.create_database("a_template")
    with psycopg.connect(template) as connection:
        connection.execute("CREATE TABLE copied ()")
    with psycopg.connect(postgres_server.create_database(template="a_template")) as connection:
        assert connection.execute("SELECT count(*) FROM copied").fetchone() == (0,)


def test_postgres_with_a_password_lets_nobody_in_without(postgres_bin, tmp_path):
    password_file = tmp_path / "password"
    password_file.write_text("correct horse")
    postgres = PostgresServer(postgres_bin, password_file=password_file)
    try:
        postgres.start()
        url = f"{postgres.base_url}/postgres"
        psycopg.connect(url, password="correct horse").close()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url, password="wrong")
    finally:
        postgres.stop()


def test_process_that_ends_is_reported_with_what_it_printed(tmp_path):
    output = tmp_path / "output"
    with output.open("wb") as file:
        process = subprocess.Popen([sys.executable, "-c", "print('no such setting'); exit(3)"], stdout=file)
    with pytest.raises(ProcessEnded, match=r"status 3:\nno such setting"):
        wait_until_ready(process, lambda: False, output)


def test_process_that_does_not_get_ready_is_reported(tmp_path):
    output = tmp_path / "output"
    output.touch()
    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process,
        pytest.raises(ProcessEnded, match=r"not ready after 0\.1 s"),
    ):
        wait_until_ready(process, lambda: False, output, timeout=0.1)


def test_firefox_is_there(firefox_path: str):
    done = subprocess.run([firefox_path, "--version"], capture_output=True, text=True, check=True)
    assert "Firefox" in done.stderr


def test_chromium_is_there(chromium_path: str):
    done = subprocess.run([chromium_path, "--version"], capture_output=True, text=True, check=True)
    assert "Chrom" in done.stdout
