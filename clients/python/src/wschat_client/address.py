"""Where a server is: `http://127.0.0.1:8000`, `wss://chat.example.org`, or just `127.0.0.1:8000`."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from wschat_client.strings import well_formed

_HTTP_OF = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class Address:
    """A server's base address, without a slash at its end."""

    http: str

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Raises ValueError with one line that says what is wrong."""
        given = text.strip()
        parts = urlsplit(given if "://" in given else f"http://{given}")
        scheme = _HTTP_OF.get(parts.scheme.lower())
        if scheme is None:
            raise ValueError(f"an address begins with http, https, ws or wss, not {parts.scheme!r}")
        try:
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(f"no valid port in {text!r}") from None
        if not host or any(character.isspace() for character in parts.netloc):
            raise ValueError(f"no host in {text!r}")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("an address holds neither a user, nor a query, nor a fragment")
        shown = f"[{host}]" if ":" in host else host
        return cls(f"{scheme}://{shown}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}")

    @property
    def socket(self) -> str:
        """Of the WebSocket."""
        return f"ws{self.http.removeprefix('http')}/ws"

    def room(self, room: int | str) -> str:
        """Of a room over REST, by number or title."""
        return f"{self.http}/chats/{quote(well_formed(str(room)), safe='')}"
