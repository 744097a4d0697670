"""Passwords are hashed a few at a time, whether other limits are on or off.

A hash is meant to keep a core busy for a good part of a second. A hundred at once would all take half a minute, after
which nobody waits for them any more, and the sockets of this process would stand still meanwhile. Most who come stand
in line before they get here (`mindnet.serving.sign_in_line`); this is for all.
"""

import contextlib
import threading
from collections.abc import Iterator
from contextvars import ContextVar

from django.conf import settings
from django.db import connection

from mindnet.base import cores
from mindnet.base.errors import DomainError, unavailable
from mindnet.base.turns import waiting
from mindnet.base.waiting import nobody_waits

# Of the cores that are there for us, the share of this process; hashing leaves the interpreter to others.
AT_ONCE = max(1, cores.usable() // settings.WORKERS)
# So many more wait their turn, which is about what is hashed in WAIT_SECONDS; above that it is refused before the work.
WAITING = 8 * AT_ONCE
WAIT_SECONDS = 4.0
RETRY_SECONDS = 3

turns = threading.BoundedSemaphore(AT_ONCE)
lock = threading.Lock()
taken = 0

# For a request that found the line too long, and shall say so by itself: nothing is hashed for it.
refusal: ContextVar[DomainError | None] = ContextVar("refusal", default=None)


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """Around whatever hashes a password. Raises `overloaded` where too many hash or wait, and `unavailable` where the
    client has been answered meanwhile."""
    refused = refusal.get()
    if refused is not None:
        raise refused
    take_place()
    try:
        if not connection.in_atomic_block:
            connection.close()  # into the pool: who waits needs none, and there are fewer of them than may wait
        with waiting():
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


def overloaded(seconds: float = RETRY_SECONDS) -> DomainError:
    """`seconds`: in which it is worth coming again."""
    return DomainError(
        "overloaded",
        "Too many people are signing in right now. Try again in a moment.",
        retry_after=round(max(1.0, seconds), 1),
    )
