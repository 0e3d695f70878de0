"""Print how plain the structure is: names, comments, and what one `send` passes.

Run it from the root of the repository: `.venv/bin/python scripts/structure.py`.
"""

import ast
import asyncio
import os
import secrets
import sys
import tempfile
import threading
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ |= {"SECRET_KEY": secrets.token_hex(), "WSCHAT_DATA_DIR": tempfile.mkdtemp()}
from wschat_site.asgi import application  # noqa: E402, I001 (it sets Django up)
from chat.engine import process  # noqa: E402

SENDS = 5
LEFT_OUT = {"migrations", "__pycache__"}
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
Step = tuple[str, str]  # file, function


def source_files() -> list[Path]:
    """The server's own modules."""
    found = [path for folder in ("chat", "wschat_site") for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if not LEFT_OUT & set(path.parts))


def functions(tree: ast.Module) -> Iterator[str]:
    """The names of all functions and methods but Python's own (`__init__`)."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTION) and not node.name.startswith("__"):
            yield node.name


def public_names(tree: ast.Module, module: str) -> Iterator[tuple[str, bool]]:
    """What a module defines for others, and whether a base class asks for a method of that name."""
    for node in tree.body:
        if isinstance(node, FUNCTION | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, False
        if isinstance(node, ast.ClassDef):
            bases = getattr(import_module(module), node.name).__mro__[1:]
            for one in node.body:
                if isinstance(one, FUNCTION) and not one.name.startswith("_"):
                    yield one.name, any(one.name in vars(base) for base in bases)


def count_comments(path: Path) -> int:
    """The lines that hold a comment, tool directives left out."""
    with path.open("rb") as file:
        comments = [token for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT]
    return sum(not token.string.startswith(("# noqa", "# type:", "#!")) for token in comments)


def report_names() -> None:
    """One-word names, names that mean several things, comments."""
    names: Counter[str] = Counter()
    places: defaultdict[str, set[Path]] = defaultdict(set)
    chosen: defaultdict[str, set[Path]] = defaultdict(set)  # without what a base class asks for
    lines = comments = 0
    for path in source_files():
        tree = ast.parse(path.read_text("utf-8"))
        names.update(functions(tree))
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for name, asked_for in set(public_names(tree, module)):
            places[name].add(path)
            if not asked_for:
                chosen[name].add(path)
        lines += len(path.read_text("utf-8").splitlines())
        comments += count_comments(path)
    total = names.total()
    one_word = sum(count for name, count in names.items() if "_" not in name.strip("_"))
    repeated, ours = (
        sorted(name for name, paths in some.items() if len(paths) >= 3) for some in (places, chosen)
    )
    print(f"functions: {total}; with a one-word name: {one_word / total:.0%}")
    print(f"public names in three or more files: {len(repeated)} ({', '.join(repeated)})")
    print(f"  without methods that a base class asks for: {len(ours)} ({', '.join(ours)})")
    print(f"lines with a comment: {comments / lines:.1%} of {lines}")


def report_send() -> None:
    """Trace one message from its frame to the frame that another member gets, in all threads.

    What only some of several sends pass is work that happened to be done beside them.
    """
    steps = set.intersection(*asyncio.run(trace_sends()))
    files = {file for file, _ in steps}
    print(f"one send passes {len(steps)} functions in {len(files)} files:")
    for file in sorted(files):
        print(f"  {file}: {', '.join(sorted(name for where, name in steps if where == file))}")


async def trace_sends() -> list[set[Step]]:
    """The functions of `chat` that run between the frame in and the frames out, for SENDS messages."""
    await sync_to_async(call_command)("migrate", verbosity=0)

    async def enter(name: str) -> Any:
        headers = [(b"host", b"127.0.0.1")]
        socket = WebsocketCommunicator(application, "/ws", headers=headers, subprotocols=["wschat.v1"])
        await socket.connect(timeout=10)
        await socket.send_json_to({"type": "hello", "id": 1, "name": name})
        await socket.send_json_to({"type": "join", "id": 2, "room": 1})
        await receive(socket, id=2)
        return socket

    async def receive(socket: Any, **wanted: object) -> None:
        while not wanted.items() <= (await socket.receive_json_from(timeout=10)).items():
            pass

    traces: list[set[Step]] = []
    recording = False

    def note(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        ours = code.co_filename.startswith(str(ROOT / "chat")) and not code.co_name.startswith("<")
        if recording and ours and event == "call":
            traces[-1].add((str(Path(code.co_filename).relative_to(ROOT)), code.co_qualname))

    threading.setprofile(note)  # before the log's writer thread begins
    sys.setprofile(note)
    ann, bob = await enter("ann"), await enter("bob")
    for number in range(1 + SENDS):
        recording = number > 0  # the first time some things are done that are done once
        traces.extend([set()] if recording else [])
        await ann.send_json_to({"type": "send", "id": number, "room": 1, "text": str(number)})
        await receive(ann, id=number)
        await receive(bob, text=str(number))
    recording = False
    sys.setprofile(None)
    await ann.disconnect()
    await bob.disconnect()
    await process.stop_runtime()
    return traces


if __name__ == "__main__":
    report_names()
    report_send()
