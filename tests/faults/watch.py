"""What an app process shows from outside: its metrics, its memory, what it holds open (Linux)."""

import re
from pathlib import Path

import httpx

from tests.faults.cluster import METRICS_TOKEN
from tests.support.server import ServerProcess

LISTENING = "0A"  # a state in /proc/net/tcp
MIB = 2**20
SHOWN = {"Authorization": f"Bearer {METRICS_TOKEN}"}


def serves(app: ServerProcess) -> bool:
    """Whether it answers with what is in the database."""
    try:
        return httpx.get(f"{app.url}/chats", timeout=20, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def ready(app: ServerProcess) -> bool:
    """Whether it wants new clients."""
    return httpx.get(f"{app.url}/readyz", timeout=20, trust_env=False).status_code == 200


def metric(app: ServerProcess, name: str) -> float:
    """A metric, such as `wschat_connections`; with several labels, all that begin with the name, added up."""
    answer = httpx.get(f"{app.url}/metrics", headers=SHOWN, timeout=20, trust_env=False)
    return sum(map(float, re.findall(rf"^{re.escape(name)}\S* (\S+)$", answer.text, re.MULTILINE)))


def connections(app: ServerProcess) -> int:
    """WebSockets whose task has not ended."""
    return round(metric(app, "wschat_connections{"))


def memory(pid: int) -> float:
    """Resident memory in MiB."""
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024 / MIB


def descriptors(pid: int) -> list[str]:
    """What its open file descriptors lead to."""
    links = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(str(path.readlink()))
        except FileNotFoundError:
            continue  # closed meanwhile
    return links


def sockets(pid: int, *, local: int = 0, remote: int = 0) -> int:
    """Its TCP connections, at a port of its own or to another one."""
    held = {link.removeprefix("socket:[").rstrip("]") for link in descriptors(pid)}
    lines = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    ends = [(_port(line[1]), _port(line[2])) for line in lines if line[9] in held and line[3] != LISTENING]
    return sum(local in (0, ours) and remote in (0, theirs) for ours, theirs in ends)


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)
