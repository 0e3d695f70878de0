"""Static files, from a real server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.fixtures import StartServer
from tests.support.server import ServerProcess

PAGES = ("/", "/api/docs/", "/admin/login/")


@pytest.fixture
def client(start_server: StartServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=start_server().url, trust_env=False) as client:
        yield client


def files_of(client: httpx.Client, page: str) -> list[str]:
    """The addresses of the static files that a page names."""
    answer = client.get(page)
    assert answer.status_code == 200
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.text)
    assert found
    return found


def test_pages_find_their_files_and_the_log_stays_empty(start_server: StartServer):
    server = start_server()
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        for page in PAGES:
            for file in files_of(client, page):
                answer = client.get(file)
                assert (answer.status_code, bool(answer.content)) == (200, True)
                assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    server.terminate()
    assert "Warning" not in server.output()


def test_pages_of_other_sites_may_have_the_sdk_and_nothing_else(client: httpx.Client):
    sdk = client.get("/static/sdk/client.js")
    assert (sdk.status_code, sdk.headers.get("Access-Control-Allow-Origin")) == (200, "*")
    own = client.get("/static/chat/pages/room.js")
    assert (own.status_code, own.headers.get("Access-Control-Allow-Origin")) == (200, None)
    assert {answer.headers["X-Content-Type-Options"] for answer in (sdk, own)} == {"nosniff"}


@pytest.mark.parametrize("path", ["sdk/client.js", "chat/favicon.svg", "chat/pages/room.js"])
def test_file_that_a_browser_has_keeps_its_headers(client: httpx.Client, path: str):
    """What a 304 says takes the place of what came with the file."""
    whole = client.get(f"/static/{path}")
    known = client.get(f"/static/{path}", headers={"If-None-Match": whole.headers["ETag"]})
    assert known.status_code == 304
    assert {
        name: known.headers[name] for name in known.headers if name != "date"
    }.items() <= whole.headers.items()


def test_range_missing_and_cached_files(client: httpx.Client):
    file = next(file for file in files_of(client, "/") if file.endswith(".css"))
    plain = {"Accept-Encoding": "identity"}
    whole = client.get(file, headers=plain)
    part = client.get(file, headers=plain | {"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    head = client.head(file, headers=plain)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.content))
    known = client.get(file, headers=plain | {"If-None-Match": whole.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")
    assert client.post(file).status_code == 405
    assert client.get(f"{file}x").status_code == 404


def test_pages_work_though_their_files_were_collected_for_an_earlier_version(
    start_server: StartServer, tmp_path: Path
):
    collected = tmp_path / "collected"
    collected.mkdir()
    manifest = {"paths": {"chat/old.js": "chat/old.0123456789ab.js"}, "version": "1.1", "hash": ""}
    (collected / "staticfiles.json").write_text(json.dumps(manifest))
    server: ServerProcess = start_server({"WSCHAT_STATIC_ROOT": str(collected)})
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        for page in PAGES:
            for file in files_of(client, page):
                assert client.get(file).status_code == 200, file


def test_admin_site_is_found_without_a_slash(client: httpx.Client):
    answer = client.get("/admin?next=x")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
