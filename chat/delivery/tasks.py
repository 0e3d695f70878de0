"""The end of tasks that run for ever."""

import asyncio
from collections.abc import Iterable
from typing import Final

_AGAIN_SECONDS: Final = 0.5


async def end(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel them until they have ended.

    Once is not enough: the core Redis layer now and then swallows a cancellation in `receive`, when a message
    comes at the same moment, and a loop around it would go on. The server then never ended.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_AGAIN_SECONDS)
