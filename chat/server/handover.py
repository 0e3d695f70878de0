"""Frames without the application, which returns when it has done the handshake.

An ASGI application lives as long as its connection: a task, the coroutines of all middleware with their
copies of the scope, a queue. That was half of what an idle connection takes, and each message went through
the queue and woke the task. So the application may give an object that takes the frames, and return.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

logger = logging.getLogger(__name__)


class FrameReceiver(Protocol):
    """Takes the frames of a connection. Only `receive` may raise."""

    def receive(self, frame: str | bytes) -> Awaitable[None] | None:
        """Take a frame. The caller must await the result before the next frame."""

    def on_failed(self) -> None:
        """`receive` has raised: the connection is to be closed."""

    def on_ended(self) -> None:
        """The connection has ended; called once, after all frames."""


class Handover:
    """Stands where uvicorn has its queue of ASGI messages.

    `resume` has the transport read on, `spawn` makes a task that the end of the server waits for.
    """

    __slots__ = ("_broken", "_ended", "_held", "_over", "_receiver", "_resume", "_spawn")

    def __init__(
        self,
        receiver: FrameReceiver,
        resume: Callable[[], None],
        spawn: Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"],
    ) -> None:
        self._receiver = receiver
        self._resume = resume
        self._spawn = spawn
        self._held: deque[str | bytes] | None = None  # while one is worked on
        self._over = self._ended = self._broken = False

    def qsize(self) -> int:
        """How many frames wait."""
        return len(self._held or ())

    @property
    def busy(self) -> bool:
        """Whether a frame is worked on."""
        return self._held is not None

    def put_nowait(self, message: Any) -> None:
        """An ASGI message: a frame, or the end."""
        if message["type"] == "websocket.receive":
            frame = message.get("text")
            self.take_frame(message["bytes"] if frame is None else frame)
        elif not self._over:
            self._over = True
            if self._held is None:  # its caller is not done yet
                asyncio.get_running_loop().call_soon(self._end_connection)

    def take_frame(self, frame: str | bytes) -> None:
        """A frame, in its turn."""
        if self._broken or self._ended:
            return
        if self._held is not None:
            self._held.append(frame)
        elif (pending := self._note_received(frame)) is not None:
            self._held = deque()
            # `_held` is reset in the callback, not by the task: a frame that comes between the two must be
            # held, since nothing would take it up later.
            self._spawn(self._hand_over_frames(pending)).add_done_callback(self._note_worked)

    def _note_received(self, frame: str | bytes) -> Awaitable[None] | None:
        try:
            return self._receiver.receive(frame)
        except Exception:
            self._fail_connection()
            return None

    async def _hand_over_frames(self, pending: Awaitable[None]) -> None:
        try:
            await pending
        except Exception:
            self._fail_connection()

    def _note_worked(self, task: "asyncio.Task[None]") -> None:
        """The frame is done, or was cancelled: continue with the frames that have come since."""
        held, self._held = self._held or (), None
        # Frames that follow cancelled work would be out of order.
        for frame in () if task.cancelled() else held:
            self.take_frame(frame)
        if self._held is None:
            self._resume()
            if self._over:
                self._end_connection()

    def _fail_connection(self) -> None:
        logger.exception("a connection failed")
        self._broken = True  # what follows would be out of order
        self._receiver.on_failed()

    def _end_connection(self) -> None:
        if not self._ended:
            self._ended = True
            self._receiver.on_ended()
