"""Work through the bulk deletions of this process, in turns, for at most half of the time."""

import asyncio
import time

from chat.log.drafts import Draft, Outcome
from chat.log.log import Log
from chat.log.threads import run_in_thread
from chat.models import BulkDeletion
from chat.presence.writer import presence
from chat.services import bulk_deletions


async def work_through(log: Log) -> None:
    """Do a batch of each in turn until this process has none left.

    Senders wait for each batch, as for any other. The pause after it is as long as it took.
    """
    while claimed := await run_in_thread(bulk_deletions.claim, presence.lease):
        failed: Exception | None = None
        for bulk in claimed:
            began = time.monotonic()
            try:
                await _do_batch(log, bulk)
            except Exception as error:  # the others go on
                failed = error
            await asyncio.sleep(time.monotonic() - began)
        if failed is not None:
            raise failed


async def _do_batch(log: Log, bulk: BulkDeletion) -> None:
    drafts = await run_in_thread(bulk_deletions.make_drafts, bulk)
    outcomes = await asyncio.gather(*(_append(log, draft, bulk) for draft in drafts))
    await run_in_thread(bulk_deletions.note_batch, bulk, drafts, outcomes)


def _append(log: Log, draft: Draft, bulk: BulkDeletion) -> asyncio.Future[Outcome]:
    """Hand a draft to the log, which treats all drafts of one bulk deletion as those of one sender."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Outcome] = loop.create_future()

    def settle(outcome: Outcome) -> None:
        if not future.done():  # it is done when the process ends
            future.set_result(outcome)

    def reply(outcome: Outcome) -> None:
        loop.call_soon_threadsafe(settle, outcome)

    draft.reply = reply
    log.submit(draft, ("bulk", bulk.pk))
    return future
