"""Connecting: how fast sockets get in, and what one costs while it waits."""

import contextlib
import time

from benchmarks.clients import Clients
from benchmarks.processes import memory_bytes
from benchmarks.profiles import profiled
from benchmarks.scenarios.common import (
    MACHINE_COLUMNS,
    common_figures,
    measured,
    note,
    pairs,
    ratio,
    system_names,
    total,
)

COLUMNS = [
    ("system", "system", "{}"),
    ("sockets", "sockets", "{}"),
    ("concurrency", "at once", "{}"),
    ("connects_per_second", "connects/s", "{:,.0f}"),
    ("per_cpu_second", "connects/CPU s", "{:,.0f}"),
    ("retries", "retries", "{}"),
    ("memory_kib", "KiB each", "{:.1f}"),
    ("idle_cores", "idle cores", "{:.3f}"),
    *MACHINE_COLUMNS,
    ("errors", "errors", "{}"),
]
NOTE = (
    "A connect is complete when the socket is in its room: for mindnet when `hello` has named it, for the others when "
    "they have joined. server, pg, redis, client, others: cores kept busy while connecting. retries: handshakes that "
    "were turned away and tried again. KiB each: growth of the server's memory. idle cores: the server's, while all "
    "sockets only wait and answer pings."
)
SOCKETS_PER_ROOM = 20
PING_CYCLE_SECONDS = 20  # so long from one ping of the server to the next
QUICK = ["--systems", "mindnet", "--seconds", "3", "--cells", "1000x50"]


def add_options(parser):
    parser.add_argument("--systems", type=system_names, default="tutorial-uvicorn,mindnet")
    parser.add_argument("--cells", type=pairs, default="1000x50,10000x50", help="sockets x handshakes at a time")
    parser.add_argument("--join", action="store_true", help="with a room.join each, by people who were not in before")
    parser.set_defaults(seconds=PING_CYCLE_SECONDS)


def measure(world, options):
    """Sockets that come all at once and then do nothing: how fast they get in, what they cost while they wait."""

    def rows_of(system):
        for count, concurrency in options.cells:
            if count > 1000 and not system.stores:
                continue  # ours is the promise
            note(f"connect: {system.name}, {count} sockets, {concurrency} at a time")
            sockets = system.sockets(count, max(1, count // SOCKETS_PER_ROOM), joined=not options.join)
            # Some first: what the server makes only once is not a socket's.
            with Clients(system, sockets[:20]):
                pass
            time.sleep(options.warmup)
            memory, before = memory_bytes(system.process.pid), world.cpu_seconds(system)
            with contextlib.ExitStack() as stack:
                with profiled(options, system, f"{count} sockets, {concurrency} at a time"):
                    clients = stack.enter_context(Clients(system, sockets, options.clients, concurrency))
                after = world.cpu_seconds(system)
                yield measure_row(world, options, clients, memory, before, after)

    return measured(world, options.systems, rows_of)


def measure_row(world, options, clients, memory, before, after):
    count, results = len(clients.sockets), clients.connected
    seconds = max(result["client_seconds"] for result in results)
    cpu = {name: after[name] - before.get(name, 0) for name in after}
    time.sleep(options.warmup)  # what follows a connect (presence, receipts) has settled
    idle = world.cpu_seconds(clients.system)["server"]
    time.sleep(options.seconds)
    idle = world.cpu_seconds(clients.system)["server"] - idle
    return common_figures(clients.system, results, cpu, seconds) | {
        "sockets": count,
        "concurrency": clients.concurrency,
        "connects_per_second": count / seconds,
        "per_cpu_second": ratio(count, cpu["server"]),
        "retries": total(results, "retries"),
        "memory_kib": (memory_bytes(clients.system.process.pid) - memory) / count / 1024,
        "idle_cores": idle / options.seconds,
        "command": f"python -m benchmarks connect --systems {clients.system.name} --cells {count}x"
        f"{clients.concurrency} --seconds {options.seconds:g}{' --join' if options.join else ''}",
    }
