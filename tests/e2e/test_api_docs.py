"""The API's page, under the site's own policy."""

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.support.server import ServerProcess


def test_api_page_shows_the_operations_without_a_request_elsewhere(
    server: ServerProcess, new_visitor: NewVisitor
):
    visitor = new_visitor(server.url)
    requests: list[str] = []
    visitor.page.on("request", lambda request: requests.append(request.url))
    visitor.page.goto(f"{server.url}/api/docs/")
    expect(visitor.page.get_by_text("Create a room", exact=True)).to_be_visible()
    expect(visitor.page.get_by_text("Renew a room token")).to_be_visible()
    assert [url for url in requests if not url.startswith((server.url, "data:"))] == []
