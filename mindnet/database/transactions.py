"""Every write of a service happens in one of these."""

import threading
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

# SQLite has one writer at a time, and a second one polls with growing pauses. Within a process this lock makes it wait
# in line instead. Re-entrant, since services call services.
sqlite_writer = threading.RLock()


class write_transaction:
    """`transaction.atomic()` for services: on SQLite the process's writers stand in line."""

    __slots__ = ("atomic", "stands_in_line")

    def __enter__(self) -> None:
        mine = connections[DEFAULT_DB_ALIAS]  # each look through `connection` finds it anew
        self.atomic = transaction.atomic()
        self.stands_in_line = mine.vendor == "sqlite" and not mine.in_atomic_block
        if self.stands_in_line:
            sqlite_writer.acquire()
        try:
            self.atomic.__enter__()
        except BaseException:
            self.leave()
            raise

    def __exit__(self, *error: Any) -> None:
        try:
            self.atomic.__exit__(*error)
        finally:
            self.leave()

    def leave(self) -> None:
        if self.stands_in_line:
            sqlite_writer.release()
