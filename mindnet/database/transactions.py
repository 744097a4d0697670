"""Every write of a service happens in one of these."""

import contextlib
import threading
from collections.abc import Iterator

from django.db import DEFAULT_DB_ALIAS, connections, transaction

# SQLite has one writer at a time, and a second one polls with growing pauses. Within a process this lock makes it wait
# in line instead. Re-entrant, since services call services.
sqlite_writer = threading.RLock()


@contextlib.contextmanager
def write_transaction() -> Iterator[None]:
    """`transaction.atomic()` for services: on SQLite the process's writers stand in line."""
    mine = connections[DEFAULT_DB_ALIAS]  # each look through `connection` finds it anew
    if mine.vendor == "sqlite" and not mine.in_atomic_block:
        with sqlite_writer, transaction.atomic():
            yield
    else:
        with transaction.atomic():
            yield
