"""Group commit: everything that arrived while the last batch was committing is the next batch.

An idle server adds no latency, a busy one batches by itself; only an item that says so waits for company. One thread of
its own per batcher, so order in is order of commit, and the event loop never waits for the database.
"""

import asyncio
import collections
import contextlib
import functools
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import close_old_connections, connection

from mindnet.base.errors import DomainError
from mindnet.base.settling import Settling
from mindnet.base.turns import first
from mindnet.base.worker import Worker
from mindnet.database.postgresql.base import hung_up
from mindnet.database.threads import hangs, translated_failures, unavailable

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")
# What an item's result is told to, in the loop: the result, or the exception that it failed with.
Told = Callable[[Result | Exception], object]
Waiting = tuple[Item, Told[Result]]

# A thread that has nothing more to commit keeps its connection so long, then gives it back to the pool. Taking one
# costs as much as a short batch, and where messages come one by one each of them is a batch.
KEEP_SECONDS = 0.05
# uvloop's clock has steps of so much, and the end of a time may lie a rounding error behind its last step.
CLOCK_SECONDS = 0.001
# So many are company enough for any that could wait for more; and after a batch of so many nobody waits, since a busy
# batcher has company anyway.
COMPANY = 32


class Batcher(Generic[Item, Result]):
    """Collects items and commits them together.

    `commit(items)` runs in the batcher's thread and returns one result an item; an item whose result is an exception
    fails alone. `announce(items, results)`, if given, runs in the loop after the submitters have their results.
    `bound`: items waiting; above it `submit` raises `overloaded` and nothing was done.
    `batch`: items in one transaction.
    `goes_first`: requests stand aside until a batch is stored and announced (`mindnet.base.turns`).
    """

    def __init__(
        self,
        name: str,
        commit: Callable[[list[Item]], Sequence[Result | Exception]],
        *,
        announce: Callable[[list[Item], Sequence[Result | Exception]], object] | None = None,
        bound: int = 10_000,
        batch: int = 500,
        goes_first: bool = False,
    ) -> None:
        self.name = name
        self.commit = commit
        self.announce = announce
        self.bound = bound
        self.batch = batch
        self.goes_first = goes_first
        self.waiting: collections.deque[Waiting[Item, Result]] = collections.deque()
        # What the thread is at, and whether it is or is about to be.
        self.taken: list[Waiting[Item, Result]] = []
        self.is_busy = False
        self.worker = Worker(name)
        self.at_rest: asyncio.Future[None] | None = None
        self.rested_at = 0.0
        self.giving_back: asyncio.TimerHandle | None = None
        self.beginning: asyncio.TimerHandle | None = None
        self.begins_at = 0.0
        self.is_due = False
        self.last_size = 0
        self.under_way: dict[str, float] = {}

    def submit(self, item: Item, *, can_wait: float = 0.0) -> asyncio.Future[Result]:
        """A future with the item's result. Call in the loop's thread; the place in line is taken at once.

        `can_wait`: for so many seconds it begins no batch by itself, but goes along with one that begins.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.take(item, Settling(future))
        self.begin_within(can_wait)
        return future

    def tell(self, item: Item, told: Told[Result], *, can_wait: float = 0.0) -> None:
        """As `submit`, in fewer turns of the loop, for who comes alone: `told` is called as soon as the result is
        there, and a batch that is due begins without what else comes in this turn."""
        self.take(item, told)
        if can_wait <= 0 and not self.is_busy:
            self.put_off()
            self.is_due = self.is_busy = True
            self.go_on()
        else:
            self.begin_within(can_wait)

    def take(self, item: Item, told: Told[Result]) -> None:
        if len(self.waiting) >= self.bound:
            raise DomainError("overloaded", "Too much is waiting to be stored. Try again soon.", retry_after=1)
        if hangs(self.under_way, time.monotonic()):
            raise unavailable()
        self.waiting.append((item, told))

    def begin_within(self, can_wait: float) -> None:
        if can_wait <= 0 or max(len(self.waiting), self.last_size) >= COMPANY:
            self.begin()
        else:
            self.begin_at(asyncio.get_running_loop().time() + can_wait)

    def begin_at(self, when: float) -> None:
        """Begins then, unless something makes it begin earlier."""
        if self.beginning is None or when < self.begins_at:
            self.put_off()
            self.begins_at = when
            self.beginning = asyncio.get_running_loop().call_at(when, self.begin)

    def put_off(self) -> None:
        if self.beginning is not None:
            self.beginning.cancel()
            self.beginning = None

    def begin(self) -> None:
        """All that waits goes into batches: with what else comes in this turn of the loop, or when the one under way
        has ended."""
        self.put_off()
        self.is_due = True
        if self.waiting and not self.is_busy:
            self.is_busy = True
            asyncio.get_running_loop().call_soon(self.go_on)

    def go_on(self) -> None:
        """The next batch, as long as there is one that is due."""
        loop = asyncio.get_running_loop()
        if not (self.waiting and self.is_due):
            return self.rest(loop)
        self.is_due = len(self.waiting) > self.batch
        self.taken = [self.waiting.popleft() for _ in range(min(self.batch, len(self.waiting)))]
        self.last_size = len(self.taken)
        self.under_way["batch"] = time.monotonic()
        if self.goes_first:
            first.begin()
        self.worker.give(functools.partial(self.work, [item for item, _ in self.taken], loop))

    def end(self, results: Sequence[Result | Exception]) -> None:
        """Of a batch: its submitters hear of it, then everybody else."""
        loop = asyncio.get_running_loop()
        taken, self.taken = self.taken, []
        self.under_way.clear()
        is_awaited = False
        for (_, told), result in zip(taken, results, strict=True):
            is_awaited = is_awaited or type(told) is Settling
            try:
                told(result)
            except Exception:
                logger.exception("%s: a result could not be told", self.name)
        items = [item for item, _ in taken]
        if is_awaited:
            # Behind the callbacks of the futures, so that a sender has the answer before the event.
            loop.call_soon(self.tell_others, items, results)
        else:
            self.tell_others(items, results)
        self.go_on()

    def tell_others(self, items: list[Item], results: Sequence[Result | Exception]) -> None:
        try:
            if self.announce:
                self.announce(items, results)
        except Exception:
            logger.exception("%s: a batch could not be announced", self.name)
        finally:
            if self.goes_first:
                first.end()

    def rest(self, loop: asyncio.AbstractEventLoop) -> None:
        self.is_busy = False
        self.rested_at = loop.time()
        if self.at_rest is not None and not self.at_rest.done():
            self.at_rest.set_result(None)
        if self.giving_back is None:
            self.giving_back = loop.call_later(KEEP_SECONDS, self.give_back)

    def give_back(self) -> None:
        """The thread's connection, where it has not been needed for KEEP_SECONDS."""
        self.giving_back = None
        loop = asyncio.get_running_loop()
        if self.is_busy:
            return
        if (left := self.rested_at + KEEP_SECONDS - loop.time()) >= CLOCK_SECONDS:
            self.giving_back = loop.call_later(left, self.give_back)
        else:
            self.worker.give(close_old_connections)

    async def close(self) -> None:
        """Commits what is waiting, and what comes meanwhile, then ends the thread."""
        loop = asyncio.get_running_loop()
        while self.waiting or self.is_busy:
            self.begin()
            self.at_rest = loop.create_future()
            await self.at_rest
        self.put_off()
        if self.giving_back is not None:
            self.giving_back.cancel()
        self.worker.give(close_old_connections)
        self.worker.end()

    # In the thread

    def work(self, items: list[Item], loop: asyncio.AbstractEventLoop) -> None:
        results: Sequence[Result | Exception] = [unavailable()] * len(items)
        try:
            results = self.commit_all(items)
        finally:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                loop.call_soon_threadsafe(self.end, results)

    def commit_all(self, items: list[Item]) -> Sequence[Result | Exception]:
        """One result or exception an item. A batch that fails as a whole is tried again one by one."""
        try:
            return self.commit_over_kept_connection(items)
        except DomainError as error:  # the database is not there: trying one by one would only take longer
            return [error] * len(items)
        except Exception as error:
            if len(items) == 1:
                logger.exception("%s: an item could not be stored", self.name)
                return [DomainError("unavailable", "This could not be stored.")]
            logger.warning("%s: a batch of %d failed (%s), trying one by one", self.name, len(items), error)
            return [self.commit_all([item])[0] for item in items]

    def commit_over_kept_connection(self, items: list[Item]) -> Sequence[Result | Exception]:
        """The connection is kept for the next batch, unless others are waiting for one."""
        if connection.vendor == "postgresql" and connection.connection is not None and hung_up(connection.connection):
            close_old_connections()
        is_well = False
        try:
            with translated_failures():
                results = self.commit(items)
            if len(results) != len(items):
                raise RuntimeError(f"{len(results)} results of {len(items)} items")
            is_well = True
            return results
        finally:
            if not is_well or others_wait():
                close_old_connections()


def others_wait() -> bool:
    """Whether another thread of this process waits for a connection of the pool."""
    pool: Any = getattr(connection, "pool", None)  # PostgreSQL's alone
    return pool is not None and bool(pool.get_stats()["requests_waiting"])
