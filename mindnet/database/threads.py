"""Our threads for database work.

Django's own bridge (`database_sync_to_async`) runs everything in one thread for the whole process: one slow query and
all sockets wait. Here each unit of work runs in one of several threads, with stale connections closed around it. The
database's own failures come out as `unavailable`: what the caller is told when the outcome may be unknown.
"""

import asyncio
import contextlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from mindnet.base import errors

logger = logging.getLogger(__name__)

# Reads and short writes. More threads would only wait for the interpreter or for the database.
THREADS = 6
pool = ThreadPoolExecutor(THREADS, thread_name_prefix="database")


def unavailable():
    return errors.unavailable("Ask again under the same nonce.")


@contextlib.contextmanager
def translated_failures():
    """The database's own failures become `unavailable`."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        logger.warning("database: %s", error)
        raise unavailable() from error


def in_unit(function, *args, **kwargs):
    """Calls the function with a fresh connection, which is given back afterwards."""
    close_old_connections()
    try:
        with translated_failures():
            return function(*args, **kwargs)
    finally:
        close_old_connections()


async def run(function, *args, **kwargs):
    """Runs a synchronous function in a database thread and gives its result.

    Raises what the function raises, and DomainError `unavailable` where the database failed or hangs.
    """
    if hangs(started, time.monotonic()):
        raise unavailable()
    unit = object()
    started[unit] = time.monotonic()
    future = asyncio.get_running_loop().run_in_executor(pool, in_listed_unit, unit, function, args, kwargs)
    future.add_done_callback(lambda done: done.cancelled() or done.exception())  # seen, whoever still waits
    return await asyncio.shield(future)


def in_listed_unit(unit, function, args, kwargs):
    try:
        return in_unit(function, *args, **kwargs)
    finally:
        # Here and not in the loop, which may be gone by then.
        started.pop(unit, None)


async def run_long(function, *args):
    """The same for work that may take its time, in a thread of its own."""
    return await asyncio.to_thread(in_unit, function, *args)


# Units under way, the oldest first, with when they were handed to the pool.
started = {}
# When the oldest has waited so long, PostgreSQL hangs: more are refused at once instead of standing in line behind it,
# so that every command has its answer in time. SQLite's writers stand in line for good reasons.
HANGING_SECONDS = 4.0


def hangs(started, now):
    oldest = min(list(started.values()), default=now)  # a copy: threads take their units out meanwhile
    return now - oldest > HANGING_SECONDS and connection.vendor == "postgresql"
