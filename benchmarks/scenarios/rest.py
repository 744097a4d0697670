"""REST: a few typical calls, each by itself."""

from benchmarks.clients import Clients
from benchmarks.scenarios.common import (
    MACHINE_COLUMNS,
    common_figures,
    measured,
    milliseconds,
    note,
    ratio,
    system_names,
)

COLUMNS = [
    ("system", "system", "{}"),
    ("call", "call", "{}"),
    ("concurrency", "at once", "{}"),
    ("requests_per_second", "requests/s", "{:,.0f}"),
    ("per_cpu_second", "requests/CPU s", "{:,.0f}"),
    ("p50_ms", "p50 ms", "{:.1f}"),
    ("p99_ms", "p99 ms", "{:.1f}"),
    *MACHINE_COLUMNS,
    ("errors", "errors", "{}"),
]
NOTE = "Over kept-alive connections, as one of 50 psychics who sit in one of 20 rooms with 1,000 messages each, online."
PEOPLE = 50
ROOMS = 20
MESSAGES = 1000
QUICK = ["--seconds", "1", "--warmup", "0.5"]


def add_options(parser):
    parser.add_argument("--systems", type=system_names, default="mindnet")
    parser.add_argument("--concurrency", type=int, default=8, help="requests under way at a time (8)")
    parser.set_defaults(seconds=4)


def calls(system, sockets):
    """One kind of request a call: what the client page and a bot ask for most."""
    room, token = sockets[0]["rooms"][0], sockets[0]["account"]["token"]
    shape = {"port": system.port, "token": token, "method": "GET"}
    return [
        shape | {"label": "GET /rooms", "paths": ["/rooms"]},
        shape | {"label": "GET /rooms/{id}", "paths": [f"/rooms/{room}"]},
        shape | {"label": "GET /rooms/{id}/messages", "paths": [f"/rooms/{room}/messages"]},
        shape | {"label": "GET /presence/online", "paths": ["/presence/online"]},
        shape | {"label": "GET /presence/me", "paths": ["/presence/me"]},
        shape
        | {
            "label": "POST /rooms/{id}/messages",
            "method": "POST",
            "paths": [f"/rooms/{room}/messages"],
            "body": {"content": "a message by REST"},
        },
    ]


def measure(world, options):
    """Requests a second and how long they take."""

    def rows_of(system):
        with Clients(system, system.sockets(PEOPLE, ROOMS, joined=True, messages=MESSAGES)) as clients:
            for kind in calls(system, clients.sockets):
                note(f"rest: {system.name}, {kind['label']}")
                yield measure_row(world, options, clients, kind)

    return measured(world, options.systems, rows_of)


def measure_row(world, options, clients, kind):
    run = {"kinds": [kind], "concurrency": options.concurrency}
    clients.run("requests", world, seconds=max(0.5, options.warmup), **run)
    results, cpu = clients.run("requests", world, seconds=options.seconds, **run)
    waits = sorted(results[0]["waits_ns"][kind["label"]])
    return common_figures(clients.system, results, cpu, options.seconds) | {
        "call": kind["label"],
        "concurrency": options.concurrency,
        "requests_per_second": len(waits) / options.seconds,
        "per_cpu_second": ratio(len(waits), cpu["server"]),
        "p50_ms": milliseconds(waits, 0.5),
        "p99_ms": milliseconds(waits, 0.99),
        "command": f"python -m benchmarks rest --systems {clients.system.name} --seconds {options.seconds:g}",
    }
