"""A thread that does what it is given, one thing after the other.

As an executor of one thread, for a third of its price: it makes no future, and says nothing to anybody when it is done.
"""

import logging
import queue
import threading
import weakref
from collections.abc import Callable

logger = logging.getLogger(__name__)

Job = Callable[[], object]


class Worker:
    """Its thread begins with the first job, and ends with `end` or with whoever forgets the worker. It does not keep
    the process from ending."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.thread: threading.Thread | None = None
        weakref.finalize(self, self.jobs.put, None)

    def give(self, job: Job) -> None:
        """From one thread at a time. What the job raises is logged."""
        if self.thread is None:
            self.thread = threading.Thread(target=work, args=[self.jobs], name=self.name, daemon=True)
            self.thread.start()
        self.jobs.put(job)

    def end(self) -> None:
        """After what it has been given."""
        self.jobs.put(None)


def work(jobs: "queue.SimpleQueue[Job | None]") -> None:
    while (job := jobs.get()) is not None:
        try:
            job()
        except BaseException:
            logger.exception("a job failed")
        del job  # it would stay until the next one
