"""The SDK as an npm package: what is in it, its types, and Node.js as a client."""

import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import wschat_client

from tests.support.fixtures import leave_out
from tests.support.server import ROOT, ServerProcess

SDK = ROOT / "static" / "sdk"
TOOLS = ROOT / "tests" / "conformance" / "node_modules"
MANIFEST = json.loads((SDK / "package.json").read_text("utf-8"))
SECONDS = 60

RIGHT = """
import { Client, CommandError, RoomEnded, newNonce, storeUnsentIn } from "wschat-client";
import { Backoff } from "wschat-client/backoff.js";
import type { Room } from "wschat-client/room.js";
import type { LogEvent, Message, Person } from "wschat-client/types.js";

const lines: string[] = [];

function show(event: LogEvent, room: Room): void {
  switch (event.type) {
    case "message":
      lines.push(`${event.sender.name} ${event.text} ${event.reactions?.length ?? 0}`);
      break;
    case "reacted":
      lines.push(`${event.who.name} ${event.emoji}`);
      break;
    default: {
      const { target } = event;
      const message: Message | undefined = target === undefined ? undefined : room.message(target);
      lines.push(message?.text ?? event.type);
    }
  }
}

const client = new Client({
  url: "ws://localhost/ws",
  name: "mia",
  unsentStorage: storeUnsentIn(sessionStorage, "mia"),
  backoff: new Backoff({ first: 100 }),
  onState(state, error) {
    if (state === "ended") lines.push(String(error?.code));
  },
  onDirect: (talk) => talk.listen({ onEvent: show }),
});
const count = (members: Person[]): void => void lines.push(`${members.length}`);
const room: Room = client.join(1, { last: 50, onEvent: show, onMembers: count });

async function talk(): Promise<void> {
  const seq: number | undefined = await room.send("Hello.", { nonce: newNonce() });
  if (seq !== undefined) await room.react(seq, "👍");
  const { messages, more } = await room.history({ before: 10 });
  const names: string[] = messages.map(({ sender }) => sender.name);
  await room.ban({ name: "eve" }, { seconds: 60, reason: names.join() });
  const { reports } = await client.reports({ done: more });
  if (reports[0]) await client.decide(reports[0].id, "nothing");
}

talk().catch((error: unknown) => {
  if (error instanceof CommandError) lines.push(`${error.code} ${error.retryAfter ?? 0}`);
  if (error instanceof RoomEnded) lines.push(error.message);
});
client.start();
"""
WRONG = {
    "a text that is none": "room.send(42);",
    "a room by its title": 'client.join("lobby");',
    "a promise taken for a number": 'const seq: number = room.send("hi");',
    "a field that no message has": "room.messages[0]?.body;",
    "a decision that there is not": 'client.decide(1, "forgive");',
    "a listener that gets something else": "room.listen({ onUnread: (count: string) => count });",
    "what only the client calls": "room.lost();",
}
IN_NODE = """
import { createRequire } from "node:module";
import { Client } from "wschat-client";

globalThis.WebSocket ??= createRequire(process.argv[3] + "/")("ws").WebSocket; // Node.js 22 has it
const client = new Client({ url: process.argv[2], name: "node" });
const heard = new Promise((resolve) => {
  const onEvent = ({ type, sender, text }) => type === "message" && resolve([sender.name, text]);
  client.join(1, { onEvent });
});
client.start();
const seq = await client.rooms[0].send("from node");
console.log(JSON.stringify({ seq, heard: await heard }));
client.stop();
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of npm in which the package is installed."""
    if not shutil.which("npm") or not (TOOLS / ".bin" / "tsc").exists():
        leave_out("node or TypeScript are not installed: scripts/test-clients.sh")
    folder = tmp_path_factory.mktemp("project")
    run(str(ROOT / "scripts" / "pack-sdk.sh"), str(folder / "packed"), inside=folder)
    (packed,) = (folder / "packed").iterdir()
    (folder / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
    run("npm", "install", "--offline", "--silent", "--no-audit", "--no-fund", str(packed), inside=folder)
    return folder


def run(*command: str, inside: Path) -> str:
    done = subprocess.run(command, cwd=inside, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def compile_typescript(project: Path, source: str) -> str:
    """What the compiler has to say of the program; nothing if it is right."""
    (project / "main.ts").write_text(source)
    options = ("--strict", "--noEmit", "--target", "es2022", "--module", "nodenext")
    done = subprocess.run(
        [TOOLS / ".bin" / "tsc", *options, "main.ts"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    return done.stdout


def test_both_sdks_have_the_same_name_version_and_licence() -> None:
    assert (MANIFEST["name"], MANIFEST["version"]) == ("wschat-client", wschat_client.__version__)
    assert (ROOT / "LICENSE").read_text("utf-8").startswith(f"{MANIFEST['license']} License")


def test_package_has_all_modules_and_their_types_and_nothing_else(project: Path) -> None:
    (packed,) = (project / "packed").iterdir()
    with tarfile.open(packed) as archive:
        names = {name.removeprefix("package/") for name in archive.getnames()}
    modules = {path.name for path in SDK.glob("*.js")}
    types = {f"types/{name.removesuffix('.js')}.d.ts" for name in modules}
    assert names == modules | types | {"package.json", "README.md", "LICENSE"}
    assert not MANIFEST.keys() & {"dependencies", "peerDependencies", "scripts"}


def test_typed_program_compiles(project: Path) -> None:
    assert compile_typescript(project, RIGHT) == ""


def test_example_of_the_readme_compiles(project: Path) -> None:
    (example,) = re.findall(r"```js\n(.*?)```", (SDK / "README.md").read_text("utf-8"), re.DOTALL)
    assert compile_typescript(project, example) == ""


@pytest.mark.parametrize("mistake", WRONG)
def test_mistake_is_a_type_error(project: Path, mistake: str) -> None:
    said = compile_typescript(project, f"{RIGHT}\n{WRONG[mistake]}\n")
    (line,) = re.findall(r"^main\.ts\((\d+),\d+\): error", said, re.MULTILINE)
    assert int(line) == RIGHT.count("\n") + 2


def test_node_sends_a_message(project: Path, server: ServerProcess) -> None:
    (project / "main.js").write_text(IN_NODE)
    said = run("node", "main.js", f"{server.ws_url}/ws", str(TOOLS), inside=project)
    assert json.loads(said) == {"seq": 1, "heard": ["node", "from node"]}
