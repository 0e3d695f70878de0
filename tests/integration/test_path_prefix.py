"""The site under a path of a host, behind nginx: pages, static files, REST and sockets."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from wschat_client import Client

from chat.server.prefix import join_prefixes
from tests.integration.test_behind_nginx import CONFIGURATION
from tests.support.fixtures import StartServer, leave_out
from tests.support.processes import find_binary, free_port, stop, wait_until_ready
from tests.support.sockets import open_socket

PREFIX = "/some/chat"
# What the proxy is told: the server's setting, whether it takes the prefix off, and the header that it sends.
WAYS = {
    "a setting, the prefix taken off": (PREFIX, True, ""),
    "a setting, the prefix left": (PREFIX, False, ""),
    "a header": ("", True, f"proxy_set_header X-Forwarded-Prefix {PREFIX};"),
    "a header with a slash": ("", True, f"proxy_set_header X-Forwarded-Prefix {PREFIX}/;"),
}
ORIGIN = "https://app.example.org"
BLOCK = """
    server {{
        listen 127.0.0.1:{port};
        client_body_buffer_size 1m;
        location {prefix}/ {{
            proxy_pass http://127.0.0.1:{server}{off};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_set_header X-Forwarded-For $remote_addr;
            {header}
        }}
        location / {{
            return 404 "another site";
        }}
    }}
"""


@contextmanager
def nginx(folder: Path, server: int, *, off: bool, header: str) -> Iterator[str]:
    binary = find_binary("nginx", Path("/usr/sbin")) or leave_out("nginx is not installed")
    port = free_port()
    block = BLOCK.format(port=port, prefix=PREFIX, server=server, off="/" if off else "", header=header)
    file, output = folder / "nginx.conf", folder / "nginx.log"
    file.write_text(CONFIGURATION.format(folder=folder, documented=block))
    with output.open("wb") as log:
        process = subprocess.Popen([binary, "-e", "stderr", "-c", str(file)], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(process, lambda: _answers(f"{url}{PREFIX}/healthz"), output)
        yield url
    finally:
        stop(process, signal.SIGTERM)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(params=list(WAYS))
def site(request: pytest.FixtureRequest, start_server: StartServer, tmp_path: Path) -> Iterator[str]:
    """The address of a host on which the chat stands under PREFIX, and all else is another site's."""
    setting, off, header = WAYS[request.param]
    server = start_server({"WSCHAT_PATH_PREFIX": setting, "WSCHAT_CORS_ORIGINS": ORIGIN})
    with nginx(tmp_path, server.port, off=off, header=header) as url:
        yield url


def test_all_links_of_pages_stay_below_the_prefix(site: str):
    with httpx.Client(base_url=site, trust_env=False, follow_redirects=True) as client:
        seen: dict[str, int] = {}
        waiting = [
            f"{PREFIX}/",
            f"{PREFIX}/chats",
            f"{PREFIX}/room/1",
            f"{PREFIX}/sign-in",
            f"{PREFIX}/admin/",
            f"{PREFIX}/api/docs/",
            f"{PREFIX}/api/v1/",
            f"{PREFIX}/nowhere",
        ]
        while waiting:
            path = waiting.pop()
            answer = client.get(path, headers={"Accept": "text/html"})
            seen[path] = answer.status_code
            assert answer.url.path.startswith(f"{PREFIX}/"), f"{path} leads to {answer.url}"
            if "html" not in answer.headers.get("content-type", ""):
                continue
            for link in re.findall(r'(?:href|src|action|data-root|data-[a-z-]*url)="(/[^"#?]*)', answer.text):
                assert link.startswith(f"{PREFIX}/"), f"{path} links to {link}"
                if link not in seen and link not in waiting and len(seen) < 300 and "/history" not in link:
                    waiting.append(link)
        # Forms are posted, and a room needs a search; of all other addresses there is one that is nowhere.
        failed = {path.removeprefix(PREFIX): status for path, status in seen.items() if status >= 400}
        assert failed.pop("/nowhere") == 404
        assert set(failed) <= {
            "/sign-out",
            "/theme",
            "/introduce",
            "/rooms/new",
            "/rooms/leave",
            "/rooms/find",
        }
        assert any(path.endswith(".css") for path in seen)
        assert any("/chat/pages/base" in path for path in seen)
        for script in (path for path in seen if path.endswith(".js")):
            assert seen[script] == 200, script


async def test_rest_and_sockets_are_below_the_prefix(site: str):
    async with httpx.AsyncClient(base_url=site, trust_env=False) as http:
        made = await http.post(f"{PREFIX}/chats", json={"title": "Garden", "visibility": "public"})
        assert made.status_code == 201
        room = made.json()["id"]
        assert (await http.get(f"{PREFIX}/chats/garden")).json()["id"] == room
        assert (await http.get(f"{PREFIX}/chats/nowhere")).json()["error"]["code"] == 101
        document = (await http.get(f"{PREFIX}/api/schema/", headers={"Accept": "application/json"})).json()
        assert document["servers"] == [{"url": PREFIX}]
        async with Client(f"{site}{PREFIX}", name="ann") as ann:
            joined = await ann.join(room)
            assert await joined.send("hi") == 1
    ws = site.replace("http", "ws")
    for path in ("/dialects/uuid/", "/", ""):
        if path:
            async with open_socket(f"{ws}{PREFIX}{path}") as socket:
                assert (await socket.receive())["action"] == "connect"


def test_other_sites_may_use_rest_below_the_prefix_and_nothing_else(site: str):
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    with httpx.Client(base_url=f"{site}{PREFIX}", trust_env=False, headers={"Origin": ORIGIN}) as client:

        def allowed(method: str, path: str, **given: Any) -> tuple[int, str | None]:
            answer = client.request(method, path, **given)
            return answer.status_code, answer.headers.get("access-control-allow-origin")

        assert allowed("OPTIONS", "/chats", headers=ask) == (200, ORIGIN)
        assert allowed("GET", "/chats") == (200, ORIGIN)
        assert allowed("GET", "/chats/none") == (404, ORIGIN)
        assert allowed("GET", "/api/nowhere") == (404, ORIGIN)
        assert allowed("POST", "/chats", content=b"x" * 100_000) == (413, ORIGIN)  # before Django sees it
        for path in ("/", "/sign-in", "/admin/login/", "/room/1", "/healthz", "/static/chat/favicon.svg"):
            assert allowed("GET", path) == (200, None), path
            assert "access-control-allow-methods" not in client.options(path, headers=ask).headers, path


async def test_prefix_of_an_untrusted_client_does_not_count(start_server: StartServer):
    server = start_server({"WSCHAT_FORWARDED_ALLOW_IPS": "192.0.2.1"})
    header = {"X-Forwarded-Prefix": "/evil"}
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        assert "/evil" not in (await http.get("/", headers=header)).text
    async with open_socket(f"{server.ws_url}/dialects/uuid/", additional_headers=header) as socket:
        assert (await socket.receive())["action"] == "connect"


@pytest.mark.parametrize(
    ("values", "prefix"),
    [
        ([b"/chat"], "/chat"),
        ([b"/a/", b" /b"], "/a/b"),
        ([b"/a, /b/"], "/a/b"),
        ([], ""),
        ([b"//evil.example"], ""),
        ([b"/a/../b"], ""),
        ([b"chat"], ""),
        ([b'/"><script>'], ""),
        ([b"/\xe9"], ""),
        ([b"/"], ""),
    ],
)
def test_header_is_a_path_or_nothing(values: list[bytes], prefix: str):
    assert join_prefixes(values) == prefix


@pytest.mark.parametrize("wrong", ["chat", "/chats", "/api/x", "/a b", "/a/../b", "//x", "https://x"])
def test_what_is_no_prefix_is_refused_at_the_start(start_server: StartServer, wrong: str):
    with pytest.raises(AssertionError, match="WSCHAT_PATH_PREFIX"):
        start_server({"WSCHAT_PATH_PREFIX": wrong})
