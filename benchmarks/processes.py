"""Started servers, and what /proc says they have used."""

import contextlib
import os
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

from mindnet.tests.support.postgres import PostgresServer
from mindnet.tests.support.processes import Process, free_port

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
CPUCLOCK_SCHED = 2  # clock_getcpuclockid(3), which Python has for threads alone, makes the number in the same way


def stat_fields(pid):
    """/proc/<pid>/stat after the command name, so that field n of proc(5) is at n - 3. None when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def family(pid):
    """`pid` and all its living descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdecimal() and (fields := stat_fields(entry)):
            children.setdefault(int(fields[1]), []).append(int(entry))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def cpu_seconds(pid):
    """User and system time of a process, its descendants, and those of its children that have ended."""
    total = 0.0
    for each in family(pid):
        if fields := stat_fields(each):
            total += process_seconds(each) + sum(int(field) for field in fields[13:15]) / TICKS_PER_SECOND
    return total


def process_seconds(pid):
    """Of one process alone, by the clock that the kernel keeps for it: to the nanosecond, where /proc counts ticks of
    10 ms, which is as much as some of what is measured takes. 0 when it is gone."""
    try:
        return time.clock_gettime(~pid << 3 | CPUCLOCK_SCHED)
    except OSError:
        return 0.0


def machine_cpu_seconds():
    """What all processors have been busy with, ours or not: everything in /proc/stat but idle and waiting for disks."""
    user, nice, system, _idle, _waiting, *interrupts_and_stolen = (
        int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + sum(interrupts_and_stolen)) / TICKS_PER_SECOND


def memory_bytes(pid):
    """Memory of a process and its descendants that no file stands behind: what it has made for itself."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                if line.startswith("Anonymous:"):
                    total += int(line.split()[1]) * 1024
    return total


class Server(Process):
    """A server under test. Ready when it listens, or when `ready_path` has an answer."""

    # Ours packs its static files at its first start, and somebody else may be using the machine.
    start_seconds = 120

    def __init__(self, name, folder, command, *, port=None, env=None, cwd=None, ready_path=None):
        super().__init__(name, Path(folder) / f"{name}.log")
        self.port = port or free_port()
        self.words = [str(word) for word in command]
        self.options = {"env": env, "cwd": cwd}
        self.ready_path = ready_path

    def command(self):
        return self.words

    def popen_options(self):
        return self.options

    def is_ready(self):
        if self.ready_path:
            return is_answered(f"http://127.0.0.1:{self.port}{self.ready_path}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


def is_answered(url):
    """Whether an HTTP server answers at all: a 404 is an answer, a 503 is a server that is not ready yet."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


class Postgres(PostgresServer):
    """The tests' PostgreSQL with the memory it has out of the box; fsync and synchronous_commit are on, as there."""

    def command(self):
        return [*super().command(), "-c", "shared_buffers=128MB"]
