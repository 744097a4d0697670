"""Every write of a service happens in one of these."""

import contextlib
import threading
from collections.abc import Iterator

from django.db import connection, transaction

# SQLite has one writer at a time, and a second one polls with growing pauses. Within a process this lock makes it wait
# in line instead. Re-entrant, since services call services.
sqlite_writer = threading.RLock()


@contextlib.contextmanager
def write_transaction() -> Iterator[None]:
    """`transaction.atomic()` for services: on SQLite the process's writers stand in line."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with sqlite_writer, transaction.atomic():
            yield
    else:
        with transaction.atomic():
            yield
