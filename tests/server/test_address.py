"""Addresses."""

import socket

import pytest

from chat.server.address import Address, AddressError, bind_socket, parse_address


@pytest.mark.parametrize(
    ("text", "host", "port", "url"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080, "http://127.0.0.1:8080"),
        (":8080", "127.0.0.1", 8080, "http://127.0.0.1:8080"),
        ("8080", "127.0.0.1", 8080, "http://127.0.0.1:8080"),
        ("[::1]:8080", "::1", 8080, "http://[::1]:8080"),
        ("[::1]", "::1", 8000, "http://[::1]:8000"),
        ("0.0.0.0:80", "0.0.0.0", 80, "http://127.0.0.1:80"),
        ("localhost", "localhost", 8000, "http://localhost:8000"),
        ("chat.example:9000", "chat.example", 9000, "http://chat.example:9000"),
    ],
)
def test_addresses_that_are_understood(text, host, port, url):
    address = parse_address(text, 8000)
    assert address == Address(host, port)
    assert address.url == url


@pytest.mark.parametrize(
    "text", ["127.0.0.1:", "127.0.0.1:x", "::1:8080", "99999", "0", "host:0", "host:70000", "a:²"]
)
def test_invalid_addresses_are_refused(text):
    with pytest.raises(AddressError):
        parse_address(text, 8000)


@pytest.mark.skipif(not hasattr(socket, "TCP_KEEPIDLE"), reason="the options of Linux")
def test_connections_of_dead_peers_end_without_pings():
    with bind_socket(Address("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 30
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
