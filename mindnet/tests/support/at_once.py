"""Many at the same moment, in real threads with connections of their own."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from mindnet.base.errors import DomainError


def at_once(calls):
    """Runs the calls in threads that start together. Each result, or the code of the refusal."""
    barrier = threading.Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(30)
            return call()
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
