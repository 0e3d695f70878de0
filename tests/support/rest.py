"""The REST API in the words of the `rooms` protocol."""

from dataclasses import dataclass
from typing import Any

import httpx
from asgiref.sync import async_to_sync

from wschat_site.asgi import application

SECRET = "correct horse"


class InProcess(httpx.BaseTransport):
    """Requests to the site's ASGI application, without a server."""

    def __init__(self) -> None:
        self._asgi = httpx.ASGITransport(app=application)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return async_to_sync(self._handle)(request)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        answer = await self._asgi.handle_async_request(request)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        body = b"".join([part async for part in answer.stream])  # as it was sent, compressed or not
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)


@dataclass
class Rest:
    """A client of the REST API."""

    client: httpx.Client

    def create(self, title: str, visibility: str = "public", **fields: Any) -> httpx.Response:
        return self.client.post("/chats", json={"title": title, "visibility": visibility, **fields})

    def room(self, title: str, visibility: str = "public", **fields: Any) -> dict[str, Any]:
        """A new room; protected ones have the password SECRET."""
        secret = {} if visibility == "public" else {"password": SECRET}
        answer = self.create(title, visibility, **(secret | fields))
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def token(self, room: object, name: str = "ann", secret: str = SECRET) -> str:
        answer = self.client.post(f"/chats/{room}/token", json={"secret": secret, "name": name})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def sign_in(self, name: str, password: str) -> dict[str, str]:
        """The tokens of an account, `access` and `refresh`."""
        answer = self.client.post("/api/auth/token", json={"username": name, "password": password})
        assert answer.status_code == 200, answer.text
        tokens: dict[str, str] = answer.json()
        return tokens


def bearer(token: str, prefix: str = "Bearer") -> dict[str, str]:
    return {"Authorization": f"{prefix} {token}"}


def refusal(answer: httpx.Response) -> tuple[int, int, str]:
    """Status, code and field; the body must have the one form."""
    body = answer.json()
    assert set(body) == {"status", "error"}
    assert set(body["error"]) == {"code", "error", "field"}
    assert body["status"] is False
    return answer.status_code, body["error"]["code"], body["error"]["field"]
