"""Server addresses."""

import pytest
from wschat_client.address import Address


@pytest.mark.parametrize(
    ("given", "http", "socket"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "ws://127.0.0.1:8000/ws"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", "ws://127.0.0.1:8000/ws"),
        ("localhost", "http://localhost", "ws://localhost/ws"),
        ("https://chat.example.org/", "https://chat.example.org", "wss://chat.example.org/ws"),
        ("wss://chat.example.org", "https://chat.example.org", "wss://chat.example.org/ws"),
        ("[::1]:8000", "http://[::1]:8000", "ws://[::1]:8000/ws"),
        ("https://example.org/chat/", "https://example.org/chat", "wss://example.org/chat/ws"),
    ],
)
def test_address_is_read(given: str, http: str, socket: str):
    address = Address.parse(given)
    assert (address.http, address.socket) == (http, socket)


@pytest.mark.parametrize(
    "given", ["", "ftp://host", "http://", "host:port", "a b", "http://host/?token=x", "http://user@host"]
)
def test_invalid_address_is_refused(given: str):
    with pytest.raises(ValueError, match=r"."):
        Address.parse(given)


def test_title_is_percent_encoded():
    assert Address.parse("host").room("Team Blue/1?") == "http://host/chats/Team%20Blue%2F1%3F"
