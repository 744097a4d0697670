"""Each thread has a connection of its own, and keeps it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections


@pytest.mark.django_db
def test_a_thread_s_connection_is_its_own_and_the_same_each_time():
    here = connections[DEFAULT_DB_ALIAS]
    assert connections[DEFAULT_DB_ALIAS] is here and connection.vendor == here.vendor
    with ThreadPoolExecutor(1) as thread:
        others = [thread.submit(connections.__getitem__, DEFAULT_DB_ALIAS).result(10) for _ in range(2)]
    assert others[0] is others[1] and others[0] is not here
    assert isinstance(connections._connections, threading.local)
