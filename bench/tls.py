"""A server behind nginx with TLS, and another nginx that speaks TLS for the clients, on their core."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from bench.machine import HERE, Lacking
from bench.stand import Running, Stand
from tests.support.processes import find_binary, free_port

_TEMPLATE: Final = HERE / "peers/tls.conf"


def put_behind_tls(stand: Stand, server: Running) -> tuple[Running, Running]:
    """Start both. Returns where clients connect, and the nginx that belongs to the server. Raises Lacking."""
    proxy = _start(stand, stand.cores.server, server.port, listen=" ssl", scheme="http")
    return _start(stand, stand.cores.load, proxy.port, listen="", scheme="https"), proxy


def _start(stand: Stand, core: int, to: int, *, listen: str, scheme: str) -> Running:
    if not (nginx := find_binary("nginx", Path("/usr/sbin"))):
        raise Lacking("nginx is not installed")
    folder, port = Path(tempfile.mkdtemp(prefix="nginx-", dir=stand.folder)), free_port()
    _make_certificate(folder)
    configuration = _TEMPLATE.read_text()
    for word, value in {"PORT": port, "LISTEN": listen, "SCHEME": scheme, "TO": to}.items():
        configuration = configuration.replace(f"@{word}@", str(value))
    (folder / "tls.conf").write_text(configuration)
    command = [nginx, "-p", str(folder), "-e", "stderr", "-c", "tls.conf"]
    return stand.launch(command, {}, port, core=core)


def _make_certificate(folder: Path) -> None:
    """For this host, signed by itself; with a key as most sites have them."""
    if not (openssl := shutil.which("openssl")):
        raise Lacking("openssl is not installed")
    key = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        str(folder / "key.pem"),
    ]
    subject = ["-subj", "/CN=127.0.0.1", "-days", "2", "-out", str(folder / "certificate.pem")]
    subprocess.run([openssl, "req", "-x509", *key, *subject], check=True, capture_output=True)
