"""The engine of this process: one runtime, bound to the event loop of its connections.

It starts with the first of them (or with the server's lifespan), hears that the end is near, and is stopped.
"""

import asyncio

from chat.engine.runtime import Runtime

_runtime: Runtime | None = None
_stopping = False


def is_stopping() -> bool:
    """Whether this process is about to stop: no new client should be sent to it."""
    return _stopping


def send_farewells() -> None:
    """This process is about to stop, and says so to all who are connected."""
    global _stopping
    _stopping = True
    if _runtime is not None:
        _runtime.send_farewells()


async def get_running() -> Runtime:
    """The runtime of this process, started if need be, on the event loop of the caller."""
    global _runtime
    if _runtime is None or _runtime.loop is not asyncio.get_running_loop():
        _runtime = Runtime()
        _runtime.started = asyncio.create_task(_runtime.start())
    # Shielded: all first connections wait for this task, and one that is cancelled must not end it.
    await asyncio.shield(_runtime.started)
    return _runtime


async def stop_runtime() -> None:
    """Stop the runtime of this process, if there is one."""
    global _runtime
    runtime, _runtime = _runtime, None
    if runtime is not None:
        await runtime.stop()
