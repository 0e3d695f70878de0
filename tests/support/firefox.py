"""Firefox for Playwright over WebDriver BiDi: `firefox.py firefox-esr --its-arguments`.

Playwright asks each new context for a color scheme, with a command that Firefox ESR does not have yet, and
stops there. The tests want none, so this answers the command itself, and passes everything else on.
"""

import asyncio
import json
import re
import sys
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

_LISTENING: Final = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
_UNKNOWN: Final = "emulation.setMediaFeaturesOverride"


async def run_browser(*command: str) -> int:
    """Run the browser, and print on which port to reach it, in its own words."""
    pipe, both = asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT
    browser = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=both)
    assert browser.stdout is not None
    async for line in browser.stdout:
        if found := _LISTENING.search(line):
            await _relay(browser, f"{found[1].decode()}/session")
        sys.stderr.buffer.write(line)
    return await browser.wait()


async def _relay(browser: asyncio.subprocess.Process, address: str) -> None:
    async def pass_on(playwright: ServerConnection) -> None:
        async with connect(address, max_size=None, proxy=None, compression=None) as firefox:
            commands = asyncio.create_task(_pass_commands(playwright, firefox))
            async for answer in firefox:
                await playwright.send(answer)
            commands.cancel()

    async with serve(pass_on, "127.0.0.1", 0, max_size=None, compression=None) as server:
        _, port = server.sockets[0].getsockname()
        sys.stderr.write(f"WebDriver BiDi listening on ws://127.0.0.1:{port}\n")
        await browser.wait()


async def _pass_commands(playwright: ServerConnection, firefox: ClientConnection) -> None:
    async for frame in playwright:
        command = json.loads(frame)
        if command["method"] == _UNKNOWN:
            await playwright.send(json.dumps({"type": "success", "id": command["id"], "result": {}}))
        else:
            await firefox.send(frame)


if __name__ == "__main__":
    sys.exit(asyncio.run(run_browser(*sys.argv[1:])))
