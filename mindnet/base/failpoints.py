"""Fail-points: places where a test makes the process die, raise or sleep.

MINDNET_FAILPOINT=<name>:exit|raise|sleep=<seconds>[:<nth>] is honoured only with DEBUG=1 or under tests; `nth` is the
time on which it fires (once), without it every time.
"""

import os
import threading
import time
from typing import NamedTuple

from django.conf import settings

lock = threading.Lock()
passed: dict[str, int] = {}


class Armed(NamedTuple):
    """What the environment asks for. `nth`: the only time on which it is done, None for every time."""

    name: str
    action: str
    nth: int | None


class FailpointError(RuntimeError):
    """What `raise` raises."""


def read_environment() -> Armed | None:
    """None where nothing is asked for, or nothing may be."""
    text = os.environ.get("MINDNET_FAILPOINT", "")
    if not text or not (settings.DEBUG or getattr(settings, "UNDER_TESTS", False)):
        return None
    name, action, *nth = text.split(":")
    return Armed(name, action, int(nth[0]) if nth else None)


armed = read_environment()


def failpoint(name: str) -> None:
    """Does what the environment asks for at this place; otherwise nothing."""
    if armed is None or armed.name != name:
        return
    with lock:
        passed[name] = passed.get(name, 0) + 1
        if armed.nth is not None and passed[name] != armed.nth:
            return
    if armed.action == "exit":
        os._exit(1)
    if armed.action.startswith("sleep="):
        time.sleep(float(armed.action.removeprefix("sleep=")))
    else:
        raise FailpointError(f"fail-point {name}")
