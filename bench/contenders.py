"""The servers that are compared: how each is started, and how clients use it."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.generator import GeneratorFailed, Talk
from bench.machine import HERE
from bench.stand import Running, Stand
from tests.support.processes import find_binary, free_port

PEERS: Final = HERE / "peers"
PYTHON: Final = os.environ.get("BENCH_PYTHON", "")  # of the environment that has the peers' packages
NCHAN: Final = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
YARDSTICK: Final = "C loop"

ROOMS: Final = Talk(
    "/chats/1/ws",
    '{"event_type":"send","name":"u%s-%i","msg":"%b"}',
    steps=(('{"event_type":"join","name":"u%s-%i","color":"red"}', '"name":"u%s-%i"'),),
)
HELLO: Final = ('{"type":"hello","id":1,"name":"u%s-%i"}', '"ok","id":1,')
V1: Final = Talk(
    "/ws",
    '{"type":"send","id":%n,"room":1,"text":"%b","nonce":"%s-%n"}',
    steps=(HELLO, ('{"type":"join","id":2,"room":1}', '"ok","id":2,')),
    subprotocol="wschat.v1",
)
V1_ROOMS: Final = Talk(  # each client in a room of its own, whose number is its word
    "/ws",
    f'{{"type":"send","id":%n,"room":%w,"text":"{"x" * 64}","nonce":"%s-%n"}}',
    marker='"ok","id":',
    steps=(HELLO, ('{"type":"join","id":2,"room":%w}', '"ok","id":2,')),
    subprotocol="wschat.v1",
)
_SOCKET_IO: Final = Talk(
    "/socket.io/?EIO=4&transport=websocket", '42["chat","%b"]', steps=(("40", '40{"sid"'),)
)


@dataclass(frozen=True, slots=True)
class Contender:
    """`lacks`: what is not installed and keeps it out; empty if nothing."""

    name: str
    talk: Talk
    start: Callable[[Stand], Running]
    lacks: str = ""
    ours: bool = False


def contenders() -> list[Contender]:
    """All of them, ours first."""
    node = "" if shutil.which("node") and (PEERS / "node_modules/ws").is_dir() else "node, or its packages"
    nginx = "" if find_binary("nginx", Path("/usr/sbin")) and NCHAN.exists() else "nginx with nchan"
    redis = "" if find_binary("redis-server") else "redis-server"
    python = PYTHON and Path(PYTHON).exists()
    packages = "" if python else "the Python packages of requirements-bench.txt"
    tutorial = Talk("/ws/chat/room/", '{"message":"%b"}')
    return [
        Contender("wschat, `rooms`", ROOMS, lambda stand: stand.wschat(), ours=True),
        Contender("wschat, `wschat.v1`", V1, lambda stand: stand.wschat(), ours=True),
        Contender(YARDSTICK, Talk("/"), _sendloop),
        Contender("uWebSockets (socketify)", Talk("/"), _python("socketify_chat"), packages),
        Contender("nginx nchan", Talk("/chat"), _nchan, nginx),
        Contender("node ws", Talk("/"), _node("ws"), node),
        Contender("socket.io", _SOCKET_IO, _node("socketio"), node),
        Contender("python-socketio", _SOCKET_IO, _python("python_socketio"), packages),
        Contender("Channels tutorial, daphne, Redis", tutorial, _channels, redis),
    ]


def find_contender(name: str) -> Contender:
    """The contender of this name. Raises GeneratorFailed if it is not installed."""
    found = next(each for each in contenders() if each.name == name)
    if found.lacks:
        raise GeneratorFailed(f"{name}: {found.lacks} not installed")
    return found


def _launch(stand: Stand, *command: str, env: Mapping[str, str] | None = None) -> Running:
    """Start a program; `{}` stands for its port."""
    port = free_port()
    return stand.launch([word.replace("{}", str(port)) for word in command], env or {}, port)


def _sendloop(stand: Stand) -> Running:
    return _launch(stand, str(stand.programs.sendloop), "{}")


def _node(name: str) -> Callable[[Stand], Running]:
    return lambda stand: _launch(stand, "node", str(PEERS / f"{name}.js"), "{}")


def _python(name: str) -> Callable[[Stand], Running]:
    return lambda stand: _launch(stand, PYTHON, str(PEERS / f"{name}.py"), "{}")


def _channels(stand: Stand) -> Running:
    daphne = [sys.executable, "-m", "daphne", "--bind", "127.0.0.1", "--port", "{}", "--verbosity", "0"]
    env = {"REDIS_URL": stand.redis.url, "DJANGO_SETTINGS_MODULE": ""}
    return _launch(stand, *daphne, "bench.peers.channels_chat:application", env=env)


def _nchan(stand: Stand) -> Running:
    port = free_port()
    folder = stand.folder / "nginx"
    (folder / "logs").mkdir(parents=True)
    (folder / "modules").symlink_to(NCHAN.parent)
    configuration = folder / "nchan.conf"
    configuration.write_text((PEERS / "nchan.conf").read_text().replace("@PORT@", str(port)))
    nginx = find_binary("nginx", Path("/usr/sbin")) or "nginx"
    return stand.launch([nginx, "-p", str(folder), "-c", str(configuration)], {}, port)
