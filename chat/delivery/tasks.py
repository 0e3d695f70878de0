"""Tasks that are not awaited: started here, kept while they run, and ended together."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Final

_AGAIN_SECONDS: Final = 0.5


class Tasks:
    """Running tasks. The event loop holds no reference to a task, so something has to."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start_task(self, work: Coroutine[Any, Any, None]) -> None:
        """Run some work in a task of its own."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def cancel_all(self) -> None:
        """Cancel all of them, and wait until they have ended."""
        await end_tasks(self._running)


async def end_tasks(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel tasks until they have ended.

    Once is not enough: the core Redis layer now and then swallows a cancellation in `receive`, when a message
    comes at the same moment, and a loop around it would go on. The server then never ended.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_AGAIN_SECONDS)
