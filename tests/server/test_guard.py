"""What reaches Django of a request's content type."""

import httpx
import pytest

from tests.support.marks import whole_db
from tests.support.rest import InProcess

pytestmark = whole_db
FORM = "application/x-www-form-urlencoded"


def multipart(fields: dict[str, str]) -> str:
    """The fields, with the boundary `x`."""
    head = '--x\r\nContent-Disposition: form-data; name="'
    return "".join(f'{head}{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()) + "--x--\r\n"


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
