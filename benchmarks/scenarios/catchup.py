"""Catch-up: what was missed, read by `sync`."""

from benchmarks.clients import Clients
from benchmarks.scenarios.common import (
    MACHINE_COLUMNS,
    common_figures,
    measured,
    milliseconds,
    note,
    numbers,
    ratio,
    system_names,
    total,
)

COLUMNS = [
    ("system", "system", "{}"),
    ("missed", "missed", "{}"),
    ("readers", "readers", "{}"),
    ("messages_per_second", "messages/s", "{:,.0f}"),
    ("per_cpu_second", "messages/CPU s", "{:,.0f}"),
    ("p50_ms", "page p50 ms", "{:.1f}"),
    ("p99_ms", "page p99 ms", "{:.1f}"),
    *MACHINE_COLUMNS,
    ("lacking", "lacking", "{}"),
    ("errors", "errors", "{}"),
]
NOTE = (
    "Readers were away while so many messages came; each asks for all of them, page by page (300 messages). "
    "lacking: messages that did not come."
)
QUICK = ["--systems", "mindnet", "--readers", "10"]


def add_options(parser):
    parser.add_argument("--systems", type=system_names, default="mindnet,mindnet-embedded")
    parser.add_argument("--missed", type=int, default=10_000, help="messages in the room (10000)")
    parser.add_argument("--readers", type=numbers(int), default="1,10", help="who catches up at the same time (1,10)")


def measure(world, options):
    """Sockets that come back to a room where much was said: messages a second through `sync`."""

    def rows_of(system):
        most = max(options.readers)
        sockets = system.sockets(most, joined=True, messages=options.missed)
        with Clients(system, sockets) as clients:
            clients.run("catchup", world, readers=1)
            for readers in options.readers:
                note(f"catchup: {system.name}, {options.missed} messages, {readers} readers")
                yield measure_row(world, options, clients, readers)

    return measured(world, options.systems, rows_of)


def measure_row(world, options, clients, readers):
    results, cpu = clients.run("catchup", world, readers=readers)
    messages, seconds = total(results, "messages"), max(result["client_seconds"] for result in results)
    waits = sorted(value for result in results for value in result["waits_ns"])
    return common_figures(clients.system, results, cpu, seconds) | {
        "missed": options.missed,
        "readers": readers,
        "messages_per_second": messages / seconds,
        "per_cpu_second": ratio(messages, cpu["server"]),
        "p50_ms": milliseconds(waits, 0.5),
        "p99_ms": milliseconds(waits, 0.99),
        "lacking": readers * options.missed - messages,
        "command": f"python -m benchmarks catchup --systems {clients.system.name} --missed {options.missed}"
        f" --readers {readers}",
    }
