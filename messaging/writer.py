"""Storing messages: group commit, one writer a process.

What arrived while the last batch was committing is the next batch (`messaging/batch.py`). After the commit the senders
have their answers, then each room is told once.
"""

import asyncio

from django.db import IntegrityError

from messaging import urgent
from messaging.batch import Batch, Stored
from mindnet.base.errors import DomainError
from mindnet.base.failpoints import failpoint
from mindnet.database.group_commit import Batcher
from mindnet.database.transactions import write_transaction
from mindnet.realtime import codes, publish

# Sends waiting in one process; above it the sender hears `overloaded`.
WAITING_MOST = 5_000
BATCH_MOST = 300


def commit(drafts):
    """Stores a batch in one transaction. One result a draft: Stored, or the DomainError it was refused with."""
    with write_transaction():
        batch = Batch(drafts)
        results = [batch.accept(draft) for draft in drafts]
        failpoint("before_commit")
        batch.insert()
        results = [batch.result(result) for result in results]
    failpoint("after_commit")
    return results


def commit_again(drafts):
    """`commit`, once more where another process has stored the same nonce in the same moment."""
    try:
        return commit(drafts)
    except IntegrityError:
        return commit(drafts)


def announce(drafts, results):
    """Tells each room of its new messages, in one publish."""
    failpoint("before_publish")
    told = {}
    for result in results:
        if isinstance(result, Stored) and result.line:
            told.setdefault(result.message.room, []).append(result)
    for room_id, stored in told.items():
        numbers = [result.message.seq for result in stored]
        publish.numbered(room_id, numbers[0], numbers[-1], [result.line for result in stored])
        for result in stored:
            urgent.tell(result.message, result.urgent_reason, result.urgent_for)


# The writer of the process's event loop, where one runs.
running = None


class Writer:
    """Takes drafts in the loop's thread (`submit`) or from any other (`store`).

    `pace(room_id)` gives the seconds for which a message to a room may wait for others (`Hub.pace`).
    """

    def __init__(self, pace):
        self.pace = pace
        self.batcher = Batcher("writer", commit_again, announce=announce, bound=WAITING_MOST, batch=BATCH_MOST)
        self.loop = asyncio.get_running_loop()

    def start(self):
        global running
        running = self

    async def stop(self):
        global running
        if running is self:
            running = None
        await self.batcher.close()

    def submit(self, draft):
        return self.batcher.submit(draft, can_wait=self.pace(draft.room_id))

    async def submitted(self, drafts):
        futures = [self.submit(draft) for draft in drafts]
        return await asyncio.wait_for(asyncio.gather(*futures, return_exceptions=True), codes.REPLY_SECONDS)


def store(drafts):
    """Stores drafts from a thread without an event loop, by the process's writer where one runs.

    One result a draft: Stored or DomainError.
    """
    if running is None:
        results = commit_again(drafts)
        announce(drafts, results)
        return results
    future = asyncio.run_coroutine_threadsafe(running.submitted(drafts), running.loop)
    try:
        return future.result(codes.REPLY_SECONDS + 1)
    except TimeoutError:
        raise DomainError("unavailable", "No answer from the database. Ask again under the same nonce.") from None
