"""What reaches Django of a request's content type."""

from typing import Any

import httpx
import pytest

from chat.server.guard import KnownClients
from tests.support.marks import whole_db
from tests.support.rest import InProcess

pytestmark = whole_db
FORM = "application/x-www-form-urlencoded"


def multipart(fields: dict[str, str]) -> str:
    """The fields, with the boundary `x`."""
    head = '--x\r\nContent-Disposition: form-data; name="'
    return "".join(f'{head}{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()) + "--x--\r\n"


@pytest.mark.parametrize(
    ("peer", "headers", "known"),
    [
        ("127.0.0.1", [], "127.0.0.1"),  # a program of this machine
        ("127.0.0.1", [b"x-forwarded-proto"], None),
        ("127.0.0.1", [b"via"], None),
        ("127.0.0.1", [b"x-forwarded-proto", b"x-forwarded-for"], "127.0.0.1"),  # which uvicorn has read
        ("10.1.2.3", [], None),
        ("10.1.2.3", [b"x-forwarded-for"], "10.1.2.3"),
        ("192.0.2.7", [b"x-forwarded-proto", b"via"], "192.0.2.7"),  # it is no proxy of ours
    ],
)
async def test_proxy_that_hides_its_clients_is_none_of_them(
    peer: str, headers: list[bytes], known: str | None, caplog: pytest.LogCaptureFixture
):
    clients: list[Any] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        clients.append(scope["client"])

    guarded = KnownClients(app, "127.0.0.1, 10.0.0.0/8")
    scope = {"client": (peer, 5), "headers": [(name, b"x") for name in headers]}
    for _ in range(2):
        await guarded(scope, None, None)  # type: ignore[arg-type]
    assert clients == [known and (known, 5)] * 2
    assert len(caplog.records) == (known is None)


async def test_all_proxies_trusted_says_nothing_of_one():
    clients: list[Any] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        clients.append(scope["client"])

    scope = {"client": ("192.0.2.7", 5), "headers": [(b"via", b"x")]}
    await KnownClients(app, "*")(scope, None, None)  # type: ignore[arg-type]
    assert clients == [("192.0.2.7", 5)]


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("unknown", None),
        ("x" * 5000, None),
        ("999.1.1.1", None),
        ("/run/wschat.sock", None),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("fe80::1%" + "z" * 500, "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
async def test_what_is_no_address_of_a_network_is_none_of_a_client(given: str, known: str | None):
    clients: list[Any] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        clients.append(scope["client"])

    scope = {"client": (given, 5), "headers": [(b"x-forwarded-for", b"x")]}
    await KnownClients(app, "127.0.0.1")(scope, None, None)  # type: ignore[arg-type]
    assert clients == [known and (known, 5)]


@pytest.mark.parametrize(
    "content_types",
    [
        [f"{FORM}; charset=hex; x=utf-8"],
        [f"{FORM}; x=utf-8; charset=hex"],
        [f"{FORM}; CharSet=hex"],
        [f"{FORM}; charset*=utf-8''hex"],
        [f'{FORM}; x="; charset=hex'],
        [f"{FORM}; charset=", "hex"],
        [FORM, "x; charset=hex"],
        [f"{FORM}; charset=utf-8"],
        ["multipart/form-data; charset=hex; boundary=x"],
    ],
)
def test_no_charset_makes_a_form_fail(content_types: list[str]):
    headers = [("Content-Type", content_type) for content_type in content_types]
    with httpx.Client(transport=InProcess(), base_url="http://127.0.0.1") as client:
        client.get("/")
        csrf = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
        fields = {"title": "Forms", "visibility": "public"} | csrf
        body = (
            multipart(fields) if content_types[0].startswith("multipart") else str(httpx.QueryParams(fields))
        )
        answer = client.post("/rooms/new", content=body.encode(), headers=headers)
    # Two content types are none that Django knows a form by: then there is no token in it, either.
    assert answer.status_code == (302 if len(content_types) == 1 else 403), answer.text
