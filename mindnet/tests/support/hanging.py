"""Has a server hang whose children are in process groups of their own, as PostgreSQL's are (Linux)."""

import contextlib
import os
import signal
import time


def family(process):
    """The ids of a process and of its children."""
    parents = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as file:
            parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
    return [process.pid, *(pid for pid, parent in parents.items() if parent == process.pid)]


def hang(process):
    # The parent first, and only then is looked who its children are, so that it makes no further ones.
    os.kill(process.pid, signal.SIGSTOP)
    while not is_stopped(process.pid):
        time.sleep(0.001)
    for pid in family(process)[1:]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)


def is_stopped(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "T"


def wake(process):
    for pid in family(process):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
