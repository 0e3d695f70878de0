"""The site as a real process: `manage.py serve` on a free port."""

import atexit
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import httpx

from tests.support.limits import RAISED
from tests.support.processes import free_port, stop, wait_until_ready

ROOT = Path(__file__).resolve().parents[2]
SECRET_KEY = "for-server-processes-of-tests-cd2fd1c4c41c40f73999565af82cddf8"
SHARED = "WSCHAT_TEST_SESSION"  # in the environment of all processes of a run
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")


def environment(data: Path, changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """A whole environment for `manage.py`: SQLite in `data`, no Redis, static files already collected."""
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": f"sqlite:///{data / 'wschat.sqlite3'}",
        "REDIS_URL": "",
        "WSCHAT_DATA_DIR": str(data),
        **RAISED,
        "WSCHAT_GUEST_NAME_SECONDS": "0",  # the next test may use the name
        "WSCHAT_STATIC_ROOT": str(collected_static()),
        **(changes or {}),
    }


def manage(*arguments: str, env: Mapping[str, str]) -> str:
    """Run `manage.py` to its end, and return what it printed. AssertionError with the output, if it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise AssertionError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def give_room(server: "ServerProcess", room: int, owner: str) -> None:
    """Make the participant of this name the owner of the room."""
    give = (
        "from chat.models import Participant, Room; from chat.permissions import SITE;"
        "from chat.services import rooms;"
        f"owner = Participant.objects.named({owner!r}).get();"
        f"rooms.set_owner(room=Room.objects.get(pk={room}), actor=SITE, owner=owner.pk)"
    )
    manage("shell", "--verbosity=0", "--command", give, env=server.env)


@cache
def session_folder() -> Path:
    """For what is made once for all processes of a run, the first of which removes it."""
    if shared := os.environ.get(SHARED):
        return Path(shared)
    folder = Path(tempfile.mkdtemp(prefix="wschat-session-"))
    os.environ[SHARED] = str(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _make_once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder of this name, made by the first process that needs it; if that fails, by the next one."""
    folder = session_folder() / name
    with (session_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            unfinished.mkdir(exist_ok=True)
            make(unfinished)
            unfinished.rename(folder)
    return folder


@cache
def collected_static() -> Path:
    def collect(folder: Path) -> None:
        env = {**os.environ, "SECRET_KEY": SECRET_KEY, "WSCHAT_STATIC_ROOT": str(folder), "REDIS_URL": ""}
        env.pop("DJANGO_SETTINGS_MODULE", None)
        manage("collectstatic", "--noinput", "--verbosity=0", env=env)

    return _make_once("static", collect)


@cache
def migrated_sqlite() -> Path:
    """An SQLite file with all migrations and nothing else, to be copied."""

    def migrate(folder: Path) -> None:
        manage("migrate", "--noinput", "--verbosity=0", env=environment(folder))

    return _make_once("migrated", migrate) / "wschat.sqlite3"


_migrated: set[str] = set()


def mark_migrated(url: str) -> None:
    """The database at `url` has the present schema already."""
    _migrated.add(url)


def ensure_migrated(env: Mapping[str, str]) -> None:
    """Bring the database of `env` to the present schema, once for each database."""
    url = env["DATABASE_URL"]
    if url in _migrated:
        return
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(migrated_sqlite(), file)
    else:
        manage("migrate", "--noinput", "--verbosity=0", env=env)
    mark_migrated(url)


class ServerProcess:
    """`manage.py serve` in a process of its own, with its data in `folder`.

    with ServerProcess(tmp_path, {"REDIS_URL": redis_server.url}) as server:
        httpx.get(f"{server.url}/chats")
    """

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str] | None = None,
        *,
        arguments: tuple[str, ...] = (),
        port: int | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.env = environment(folder, env)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}"
        self.arguments = arguments
        self.output_file = folder / f"server-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "ServerProcess":
        """Migrate, start, and come back when `GET /healthz` answers 200. May be called again after an end."""
        ensure_migrated(self.env)
        with self.output_file.open("ab") as output:
            self.process = subprocess.Popen(
                self.command(), cwd=ROOT, env=self.env, stdout=output, stderr=output, start_new_session=True
            )
        try:
            wait_until_ready(self.process, self.healthy, self.output_file)
        except BaseException:
            self.kill()
            raise
        return self

    def command(self) -> list[str]:
        return [sys.executable, "manage.py", "serve", f"127.0.0.1:{self.port}", *self.arguments]

    def healthy(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    @property
    def pid(self) -> int:
        assert self.process, "the server has not been started"
        return self.process.pid

    def output(self) -> str:
        """What the server has printed so far."""
        return self.output_file.read_text(errors="replace")

    def terminate(self, timeout: float = 20) -> int:
        """Ask it to end (SIGTERM), wait, and return the exit status."""
        return stop(self.process, signal.SIGTERM, timeout) if self.process else 0

    def kill(self) -> int:
        """End it at once (SIGKILL), as a crash would."""
        return stop(self.process, signal.SIGKILL) if self.process else 0

    def __enter__(self) -> "ServerProcess":
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.terminate()


class DaphneProcess(ServerProcess):
    """The site under daphne, the other server that is supported."""

    def command(self) -> list[str]:
        where = ["--bind", "127.0.0.1", "--port", str(self.port), "--verbosity", "0"]
        return [sys.executable, "-m", "daphne", *where, *self.arguments, "wschat_site.asgi:application"]


class HypercornProcess(ServerProcess):
    """The site under hypercorn."""

    def command(self) -> list[str]:
        where = ["--bind", f"127.0.0.1:{self.port}"]
        return [sys.executable, "-m", "hypercorn", *where, *self.arguments, "wschat_site.asgi:application"]


class GranianProcess(ServerProcess):
    """The site under granian."""

    def command(self) -> list[str]:
        where = ["--interface", "asgi", "--host", "127.0.0.1", "--port", str(self.port)]
        return [sys.executable, "-m", "granian", *where, *self.arguments, "wschat_site.asgi:application"]
