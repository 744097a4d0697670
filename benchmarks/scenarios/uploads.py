"""Uploads: what files of ten megabytes take of the server's memory, and what the sockets beside them notice."""

import contextlib
import io
import os
import threading
import time
from pathlib import Path

import httpx

from benchmarks.clients import Clients
from benchmarks.scenarios import fanout
from benchmarks.scenarios.common import MACHINE_COLUMNS, measured, milliseconds, note, system_names
from benchmarks.systems import SYSTEMS

MIB = 1024 * 1024
SAMPLE_SECONDS = 0.02

COLUMNS = [
    ("system", "system", "{}"),
    ("uploaders", "uploaders", "{}"),
    ("into", "into", "{}"),
    ("sockets", "sockets", "{}"),
    ("rate", "msg/s", "{:g}"),
    ("uploads_per_second", "uploads/s", "{:.1f}"),
    ("upload_p50_ms", "upload p50 ms", "{:.0f}"),
    ("p50_ms", "socket p50 ms", "{:.1f}"),
    ("p99_ms", "socket p99 ms", "{:.1f}"),
    ("memory_before_mib", "MiB before", "{:.1f}"),
    ("memory_most_mib", "at most", "{:.1f}"),
    ("memory_after_mib", "after", "{:.1f}"),
    *MACHINE_COLUMNS,
    ("errors", "errors", "{}"),
]
NOTE = (
    "Files of 10 MiB by REST, one after the other from each uploader, while a room goes on talking; uploaders 0 is the "
    "room alone. Into another: the same uploads at the same time into a second server beside it, so that is what the "
    "machine alone makes the room wait. MiB: memory of the server's process that no file stands behind, every 20 ms; "
    "the first uploads have loaded by then what is loaded once. What waits for the disk and for the client counts as "
    "well."
)
QUICK = ["--seconds", "2", "--warmup", "0.5", "--uploaders", "1"]


def add_options(parser):
    parser.add_argument("--systems", type=system_names, default="mindnet")
    parser.add_argument("--uploaders", type=lambda text: [int(part) for part in text.split(",")], default=[1, 2])
    parser.add_argument("--pause", type=float, default=0, help="seconds between the files of an uploader (0)")
    parser.add_argument("--sockets", type=int, default=200, help="sockets in the room (200)")
    parser.add_argument("--rate", type=float, default=50, help="messages a second (50)")
    parser.add_argument("--senders", type=int, default=4, help="sockets that send (4)")


def measure(world, options):
    """A room that talks, without and with people who upload files of ten megabytes."""

    def rows_of(system):
        with (
            SYSTEMS[system.name](world) as another,
            Clients(system, system.sockets(options.sockets, joined=True), options.clients) as clients,
        ):
            yield measure_row(world, options, clients, system, clients.sockets[:0])
            elsewhere = another.sockets(max(options.uploaders), joined=True)
            for uploaders in options.uploaders:
                yield measure_row(world, options, clients, another, elsewhere[:uploaders])
                yield measure_row(world, options, clients, system, clients.sockets[:uploaders])

    return measured(world, options.systems, rows_of)


def measure_row(world, options, clients, into, people):
    """The room of `clients`, and these people who upload into the system `into`."""
    where = "the same" if into is clients.system else "another"
    uploaders = len(people)
    note(f"uploads: {clients.system.name}, {uploaders} uploaders into {where} process")
    with Uploaders(into, people, options.pause) as running:
        row = fanout.measure_row(world, options, clients, options.sockets, options.rate)
    waits = sorted(running.waits_ns)
    return row | {
        "uploaders": uploaders,
        "into": where,
        "uploads_per_second": len(waits) * 1e9 / running.seconds_ns,
        "upload_p50_ms": milliseconds(waits, 0.5),
        "memory_before_mib": running.before / MIB,
        "memory_most_mib": max(running.samples, default=running.before) / MIB,
        "memory_after_mib": running.after / MIB,
        "errors": row["errors"] + running.errors,
        "command": f"python -m benchmarks uploads --systems {clients.system.name} --uploaders {uploaders}"
        + (f" --pause {options.pause:g}" if options.pause else ""),
    }


class Uploaders:
    """So many people, each of whom puts a file into their room, and the next one `pause` seconds after the answer."""

    def __init__(self, system, people, pause):
        self.people, self.pause = people, pause
        self.pid, self.port = system.process.pid, system.port
        self.content = os.urandom(MIB) * 10
        self.over = threading.Event()
        self.waits_ns, self.samples, self.errors = [], [], 0

    def __enter__(self):
        for person in self.people:
            self.upload(person, [])
        time.sleep(0.5)
        self.before = own_bytes(self.pid)
        self.began_ns = time.monotonic_ns()
        work = [(self.go_on, person) for person in self.people] + ([(self.watch,)] if self.people else [])
        self.threads = [threading.Thread(target=target, args=arguments) for target, *arguments in work]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.seconds_ns = time.monotonic_ns() - self.began_ns
        time.sleep(0.5)
        self.after = own_bytes(self.pid)

    def go_on(self, person):
        while not self.over.is_set():
            self.upload(person, self.waits_ns)
            self.over.wait(self.pause)

    def watch(self):
        while not self.over.wait(SAMPLE_SECONDS):
            self.samples.append(own_bytes(self.pid))

    def upload(self, person, waits_ns):
        address = f"http://127.0.0.1:{self.port}/rooms/{person['rooms'][0]}/attachments"
        headers = {"Authorization": f"Token {person['account']['token']}"}
        began = time.monotonic_ns()
        answer = httpx.post(
            address, headers=headers, files={"file": ("ten.bin", io.BytesIO(self.content))}, timeout=30, trust_env=False
        )
        waits_ns.append(time.monotonic_ns() - began)
        self.errors += answer.status_code != 201


def own_bytes(pid):
    """Memory of this one process that no file stands behind; not of those that it has unpack a picture."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Anonymous:"):
                return int(line.split()[1]) * 1024
    return 0
