"""What the tests of confined work have done: well-behaved functions, and such as take what they can."""

import ctypes
import json
import os
import sys
import time
from pathlib import Path

from mindnet.base.errors import DomainError, invalid


def turned(source, *, times):
    """The file backwards, so many times."""
    return [source.read()[::-1]] * times


def surroundings(source):
    """What such a process has: its environment, the files that are open, the parts of ours that it knows."""
    files = [name for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")]
    known = [name for name in sys.modules if name.partition(".")[0] in ("django", "mindnet", "presence", "psycopg")]
    return [json.dumps([dict(os.environ), sorted(files), sorted(known), os.nice(0)]).encode()]


def refuses(source):
    raise invalid("file", "No owls.")


def refuses_oddly(source, *, code):
    refusal = DomainError("conflict", "Why not?")
    refusal.code = code
    raise refusal


def calculates(source):
    while True:
        pass


def sleeps(source, *, seconds=60):
    time.sleep(seconds)
    return []


def waits_for(source, *, path):
    """Says that it has begun, and ends once it may."""
    Path(f"{path}.begun").touch()
    while not Path(path).exists():
        time.sleep(0.01)
    return [b"done"]


def remembers(source):
    return [bytes(2 * 1024**3)]


def answers_too_much(source):
    return [bytes(10_000_000)]


def fails(source):
    raise RuntimeError("one line\nand 'another'")


def dies(source):
    ctypes.string_at(0)


def writes(source, *, text):
    """Past the one that writes answers."""
    os.write(1, text.encode())
    os._exit(0)
