"""A thread that does what it is given, in order, whatever becomes of each."""

import gc
import threading

import pytest

from mindnet.base.worker import Worker

pytestmark = pytest.mark.once


def test_jobs_are_done_in_order_by_one_thread_until_the_end():
    worker, done = Worker("in order"), []
    for number in range(100):
        worker.give(lambda number=number: done.append((number, threading.current_thread().name)))
    worker.end()
    worker.thread.join(10)
    assert done == [(number, "in order") for number in range(100)]


def test_a_job_that_fails_is_logged_and_the_next_is_done(caplog):
    worker, done = Worker("failing"), threading.Event()
    worker.give(lambda: 1 / 0)
    worker.give(done.set)
    assert done.wait(10) and "ZeroDivisionError" in caplog.text
    worker.end()


def test_without_a_job_there_is_no_thread_and_who_forgets_the_worker_ends_it():
    assert Worker("idle").thread is None
    worker = Worker("forgotten")
    worker.give(gc.collect)
    thread = worker.thread
    del worker
    thread.join(10)
    assert not thread.is_alive()
