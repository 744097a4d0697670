"""Fail-points: places where a test makes the process die, raise or sleep.

MINDNET_FAILPOINT=<name>:exit|raise|sleep=<seconds>[:<nth>] is honoured only with DEBUG=1 or under tests; `nth` is the
time on which it fires (once), without it every time.
"""

import os
import threading
import time

from django.conf import settings

lock = threading.Lock()
passed = {}


class FailpointError(RuntimeError):
    """What `raise` raises."""


def read_environment():
    text = os.environ.get("MINDNET_FAILPOINT", "")
    if not text or not (settings.DEBUG or getattr(settings, "UNDER_TESTS", False)):
        return None
    name, action, *nth = text.split(":")
    return name, action, int(nth[0]) if nth else None


armed = read_environment()


def failpoint(name):
    """Does what the environment asks for at this place; otherwise nothing."""
    if armed is None or armed[0] != name:
        return
    _, action, nth = armed
    with lock:
        passed[name] = passed.get(name, 0) + 1
        if nth is not None and passed[name] != nth:
            return
    if action == "exit":
        os._exit(1)
    if action.startswith("sleep="):
        time.sleep(float(action.removeprefix("sleep=")))
    else:
        raise FailpointError(f"fail-point {name}")
