"""Database reads for the event loop: a few threads, each with a connection that stays open."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, connection

from chat.log.writer import unavailable

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

_THREADS: Final = 4
_pool: Final = ThreadPoolExecutor(_THREADS, thread_name_prefix="reader")


async def read(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a blocking function in a reader thread. Raises its ChatError, or 902 if the database fails."""

    def call() -> T:
        try:
            return function(*args, **kwargs)
        except (DatabaseError, InterfaceError) as error:
            connection.close()
            logger.error("the database cannot be read: %s", error)
            raise unavailable() from None

    return await asyncio.get_running_loop().run_in_executor(_pool, call)
