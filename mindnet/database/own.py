"""The connections of Django, which each thread has for itself.

Django looks for the thread's own in a storage that also knows tasks of an event loop, and asks each time whether there
is one: a page looks a hundred times. Nothing here uses a connection in an event loop's thread, and then that storage is
a plain `threading.local`.
"""

import threading

from django.db import connections


def keep_by_thread() -> None:
    """Called by our backends when they are loaded, which is before the first connection is there."""
    if not isinstance(connections._connections, threading.local):  # type: ignore[attr-defined]  # private
        connections._connections = threading.local()  # type: ignore[attr-defined]
