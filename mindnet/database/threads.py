"""Our threads for database work.

Django's own bridge (`database_sync_to_async`) runs everything in one thread for the whole process: one slow query and
all sockets wait. Here each unit of work runs in one of several threads, with stale connections closed around it. The
database's own failures come out as `unavailable`: what the caller is told when the outcome may be unknown.

What keeps the process itself alive and honest (heartbeat, authority, sweeps, the head check) has threads that nobody's
commands can fill: while people's work stands in line, the process must not be taken for dead.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from mindnet.base import errors

logger = logging.getLogger(__name__)

Taken = ParamSpec("Taken")
Given = TypeVar("Given")

# Reads and short writes. More threads would only wait for the interpreter or for the database.
THREADS = 6
VITAL_THREADS = 2
# When the oldest has waited so long, PostgreSQL hangs: more are refused at once instead of standing in line behind it,
# so that every command has its answer in time. SQLite's writers stand in line for good reasons.
HANGING_SECONDS = 4.0


def unavailable() -> errors.DomainError:
    """What is said where the database has failed: whether it has done what it was asked is not known."""
    return errors.unavailable("Ask again under the same nonce.")


@contextlib.contextmanager
def translated_failures() -> Iterator[None]:
    """The database's own failures become `unavailable`."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        logger.warning("database: %s", error)
        raise unavailable() from error


def in_unit(function: Callable[Taken, Given], *args: Taken.args, **kwargs: Taken.kwargs) -> Given:
    """Calls the function with a fresh connection, which is given back afterwards."""
    close_old_connections()
    try:
        with translated_failures():
            return function(*args, **kwargs)
    finally:
        close_old_connections()


class Lane:
    """Threads of one kind of work, and what is under way in them."""

    def __init__(self, name: str, threads: int) -> None:
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        # Units, the oldest first, with when they were handed to the pool.
        self.started: dict[object, float] = {}

    async def run(self, function: Callable[Taken, Given], *args: Taken.args, **kwargs: Taken.kwargs) -> Given:
        """Runs a synchronous function in a database thread and gives its result.

        Raises what the function raises, and DomainError `unavailable` where the database failed or hangs.
        """
        if hangs(self.started, time.monotonic()):
            raise unavailable()
        unit = object()
        self.started[unit] = time.monotonic()
        future = asyncio.get_running_loop().run_in_executor(
            self.pool, self.in_listed_unit, unit, function, args, kwargs
        )
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # seen, whoever still waits
        return await asyncio.shield(future)

    def in_listed_unit(
        self, unit: object, function: Callable[..., Given], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Given:
        """In a thread of the pool: `in_unit`, and the unit is no longer under way."""
        try:
            return in_unit(function, *args, **kwargs)
        finally:
            # Here and not in the loop, which may be gone by then.
            self.started.pop(unit, None)


async def run_long(function: Callable[Taken, Given], *args: Taken.args, **kwargs: Taken.kwargs) -> Given:
    """The same for work that may take its time, in a thread of its own."""
    return await asyncio.to_thread(lambda: in_unit(function, *args, **kwargs))


def hangs(started: Mapping[Any, float], now: float) -> bool:
    """Whether the oldest of what was started, at these times of `time.monotonic`, has waited for HANGING_SECONDS."""
    oldest = min(list(started.values()), default=now)  # a copy: threads take their units out meanwhile
    return now - oldest > HANGING_SECONDS and connection.vendor == "postgresql"


run = Lane("database", THREADS).run
run_vital = Lane("vital", VITAL_THREADS).run
