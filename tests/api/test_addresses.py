"""Titles as addresses, and the content type of answers."""

from urllib.parse import quote

import pytest

from tests.support.rest import SECRET, Rest, bearer, refusal


@pytest.mark.parametrize(
    "accept", ["text/html", "text/plain", "image/*", "application/xml;q=0.9", "nonsense", "/", "", "a;q=x"]
)
def test_answers_are_json_whatever_the_client_accepts(rest: Rest, title: str, accept: str):
    room = rest.room(title)
    headers = {"Accept": accept}
    answer = rest.client.get(f"/chats/{room['id']}", headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (200, title)
    assert answer.headers["Content-Type"] == "application/json"
    assert refusal(rest.client.get("/chats/999999", headers=headers)) == (404, 101, "")
    created = rest.client.post("/chats", json={}, headers=headers)
    assert refusal(created) == (400, 105, "title")


def test_list_is_a_page_for_browsers_and_json_for_others(rest: Rest):
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accept in (browser, "text/html"):
        assert (
            rest.client.get("/chats", headers={"Accept": accept}).text.strip().startswith("<!DOCTYPE html>")
        )
    for accept in ("*/*", "application/json", "text/plain", ""):
        assert isinstance(rest.client.get("/chats", headers={"Accept": accept}).json(), list)


@pytest.mark.parametrize("begin", ["ws", "token", "renew", "enter", "a/b ", "/"])
def test_every_title_that_is_accepted_is_an_address(rest: Rest, title: str, begin: str):
    """Titles look like parts of our own addresses, and mean the room all the same."""
    room = rest.room(f"{begin}{title}", "private")
    address = f"/chats/{quote(room['title'], safe='')}"
    for slash in ("", "/"):
        assert rest.client.get(address + slash).json()["id"] == room["id"]
    fields = {"secret": SECRET, "name": "ann"}
    token = rest.client.post(f"{address}/token", json=fields).json()["token"]
    assert rest.client.get(f"{address}/token/renew", headers=bearer(token)).status_code == 201


@pytest.mark.parametrize("end", ["/ws", "/token", "/token/renew", "/enter", "/renew", "/"])
def test_title_that_would_be_read_as_another_address_is_refused(rest: Rest, title: str, end: str):
    assert refusal(rest.create(f"{title}{end}")) == (400, 105, "title")
