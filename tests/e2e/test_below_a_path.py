"""Two sites below paths of one host, over TLS: nginx before both, and a browser that drops bad cookies."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.test_pages import sign_in
from tests.integration.test_behind_nginx import CONFIGURATION
from tests.support.accounts import account
from tests.support.fixtures import StartServer, leave_out
from tests.support.processes import find_binary, free_port, stop, wait_until_ready
from tests.support.server import ServerProcess

PREFIXES = ("/one", "/two", "/one/more")  # the last gets the cookies of the first, too
LOCATION = """
        location {prefix}/ {{
            proxy_pass http://127.0.0.1:{port};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}"""
SERVER = """
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        {locations}
    }}"""


def make_certificate(folder: Path) -> None:
    """For this host, signed by itself."""
    openssl = shutil.which("openssl") or leave_out("openssl is not installed")
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(folder / "key.pem")]
    subject = ["-subj", "/CN=127.0.0.1", "-days", "2", "-out", str(folder / "certificate.pem")]
    subprocess.run([openssl, "req", "-x509", *key, *subject], check=True, capture_output=True)


@pytest.fixture
def servers(start_server: StartServer, tmp_path: Path) -> list[ServerProcess]:
    """A site of its own for each prefix, with the account ann."""
    servers = []
    for prefix in PREFIXES:
        environment = {"WSCHAT_PATH_PREFIX": prefix, "WSCHAT_HTTPS": "true"}
        servers.append(start_server(environment, folder=tmp_path / prefix.replace("/", "-")))
        account(servers[-1], "ann")
    return servers


@pytest.fixture
def host(servers: list[ServerProcess], tmp_path: Path) -> Iterator[str]:
    """The address of nginx before them."""
    binary = find_binary("nginx", Path("/usr/sbin")) or leave_out("nginx is not installed")
    make_certificate(tmp_path)
    port, file, output = free_port(), tmp_path / "nginx.conf", tmp_path / "nginx.log"
    places = zip(PREFIXES, servers, strict=True)
    locations = "".join(LOCATION.format(prefix=prefix, port=server.port) for prefix, server in places)
    block = SERVER.format(port=port, folder=tmp_path, locations=locations)
    file.write_text(CONFIGURATION.format(folder=tmp_path, documented=block))
    with output.open("wb") as log:
        nginx = subprocess.Popen([binary, "-e", "stderr", "-c", str(file)], stdout=log, stderr=log)
    url = f"https://127.0.0.1:{port}"
    try:
        wait_until_ready(nginx, lambda: answers(url), output)
        yield url
    finally:
        stop(nginx, signal.SIGTERM)


def answers(url: str) -> bool:
    try:
        found = [httpx.get(f"{url}{prefix}/healthz", trust_env=False, verify=False) for prefix in PREFIXES]  # noqa: S501
    except httpx.TransportError:
        return False
    return all(answer.status_code == 200 for answer in found)


def cookies(visitor: Visitor) -> set[tuple[str, str]]:
    """The name and path of each cookie that the browser has kept. All are for TLS alone."""
    kept = visitor.page.context.cookies()
    assert all(cookie["secure"] for cookie in kept)
    return {(cookie["name"], cookie["path"]) for cookie in kept}


def is_signed_in(visitor: Visitor) -> bool:
    """Whether the site takes the visitor for ann: else the page of the account is the form to sign in."""
    visitor.go("/account")
    return visitor.page.url == f"{visitor.site}/account"


@pytest.mark.timeout(240)
def test_people_sign_in_talk_and_sign_out_on_each_site_alone(host: str, new_visitor: NewVisitor) -> None:
    first = new_visitor(f"{host}{PREFIXES[0]}", ignore_https_errors=True)
    sites = [first, *(Visitor(first.page.context.new_page(), f"{host}{prefix}") for prefix in PREFIXES[1:])]
    for number, (visitor, prefix) in enumerate(zip(sites, PREFIXES, strict=True)):
        assert [is_signed_in(site) for site in sites] == [at < number for at in range(len(sites))]
        sign_in(visitor, "ann")
        names = {name for name, path in cookies(visitor) if path == f"{prefix}/"}
        assert {"__Secure-wschat_session", "__Secure-csrftoken"} <= names
        visitor.go("/room/1")
        visitor.page.get_by_role("button", name="Join").click()
        visitor.is_connected()
        visitor.say(f"hello from {prefix}")
        visitor.reads(f"hello from {prefix}")
        visitor.writing.fill(f"a draft on {prefix}")
    for number, visitor in enumerate(sites):
        visitor.go("/room/1")
        visitor.is_connected()
        visitor.reads(f"hello from {PREFIXES[number]}")
        expect(visitor.writing).to_have_value(f"a draft on {PREFIXES[number]}")
        visitor.page.locator("details.menu > summary").click()
        visitor.page.get_by_role("button", name="Sign out").click()
        expect(visitor.page).to_have_url(f"{visitor.site}/")
        assert [is_signed_in(site) for site in sites] == [at > number for at in range(len(sites))]
    assert [fault for visitor in sites[1:] for fault in visitor.faults] == []
