"""Passwords are hashed a few at a time.

A hash is meant to keep a core busy for a good part of a second. A hundred at once would all take half a minute, after
which nobody waits for them any more, and the sockets of this process would stand still meanwhile.
"""

import contextlib
import os
import threading
from collections.abc import Iterator

from django.conf import settings
from django.db import connection

from mindnet.base.errors import DomainError, unavailable
from mindnet.base.waiting import nobody_waits

# Of all cores the share of this process; hashing leaves the interpreter to others.
AT_ONCE = max(1, (os.cpu_count() or 1) // settings.WORKERS)
# So many more wait their turn, which is about what is hashed in WAIT_SECONDS; above that it is refused before the work.
WAITING = 8 * AT_ONCE
WAIT_SECONDS = 4.0
RETRY_SECONDS = 3

turns = threading.BoundedSemaphore(AT_ONCE)
lock = threading.Lock()
taken = 0


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """Around whatever hashes a password. Raises `overloaded` where too many hash or wait, and `unavailable` where the
    client has been answered meanwhile."""
    if not settings.LIMITS_ENFORCED:
        yield
        return
    take_place()
    try:
        if not connection.in_atomic_block:
            connection.close()  # into the pool: who waits needs none, and there are fewer of them than may wait
        if not turns.acquire(timeout=WAIT_SECONDS):
            raise overloaded()
        try:
            if nobody_waits():
                raise unavailable()
            yield
        finally:
            turns.release()
    finally:
        give_back_place()


def take_place() -> None:
    global taken
    with lock:
        if taken >= AT_ONCE + WAITING:
            raise overloaded()
        taken += 1


def give_back_place() -> None:
    global taken
    with lock:
        taken -= 1


def overloaded() -> DomainError:
    return DomainError(
        "overloaded", "Too many people are signing in right now. Try again in a moment.", retry_after=RETRY_SECONDS
    )
