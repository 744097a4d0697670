"""Durable sends: acknowledged after the commit, in batches and, as the baseline, one transaction a message."""

from benchmarks.clients import Clients
from benchmarks.profiles import profiled
from benchmarks.scenarios.common import (
    MACHINE_COLUMNS,
    common_figures,
    measured,
    milliseconds,
    note,
    pairs,
    ratio,
    system_names,
    total,
)

COLUMNS = [
    ("system", "system", "{}"),
    ("senders", "senders", "{}"),
    ("rooms", "rooms", "{}"),
    ("depth", "depth", "{}"),
    ("sends_per_second", "acks/s", "{:,.0f}"),
    ("ratio", "ratio", "{:.1f}"),
    ("p50_ms", "p50 ms", "{:.1f}"),
    ("p99_ms", "p99 ms", "{:.1f}"),
    ("per_cpu_second", "acks/CPU s", "{:,.0f}"),
    ("deliveries_per_second", "deliv/s", "{:,.0f}"),
    *MACHINE_COLUMNS,
    ("unanswered", "unanswered", "{}"),
    ("errors", "errors", "{}"),
]
NOTE = (
    "A send is acknowledged after its commit. ratio: acks/s against mindnet-single, the same server with batches of "
    "one, with as many senders and rooms. In a room, everybody receives what everybody sends (deliv/s)."
)
CELLS = "1x1,10x10,100x1,100x100,200x200,300x300,500x1000"
QUICK = ["--seconds", "2", "--warmup", "0.5", "--cells", "100x100"]


def add_options(parser):
    parser.add_argument("--systems", type=system_names, default="mindnet,mindnet-single,mindnet-embedded")
    parser.add_argument("--cells", type=pairs, default=CELLS, help=f"senders x rooms ({CELLS})")
    parser.add_argument("--depth", type=int, default=1, help="messages a sender has under way (1)")


def measure(world, options):
    """Senders that each wait for their acknowledgement before the next message: how many a second are stored."""

    def rows_of(system):
        for senders, rooms in options.cells:
            with Clients(system, system.sockets(senders, rooms, joined=True), options.clients) as clients:
                note(f"sends: {system.name}, {senders} senders, {rooms} rooms")
                yield measure_row(world, options, clients, senders, rooms)

    rows = measured(world, options.systems, rows_of)
    single = {
        (row["senders"], row["rooms"]): row["sends_per_second"] for row in rows if row["system"] == "mindnet-single"
    }
    for row in rows:
        row["ratio"] = ratio(row["sends_per_second"], single.get((row["senders"], row["rooms"])))
    return rows


def measure_row(world, options, clients, senders, rooms):
    run = {"senders": senders, "size": options.size, "depth": options.depth}
    if options.warmup:
        clients.run("sends", world, seconds=options.warmup, **run)
    with profiled(options, clients.system, f"{senders} senders, {rooms} rooms"):
        results, cpu = clients.run("sends", world, seconds=options.seconds, **run)
    waits = sorted(value for result in results for value in result["waits_ns"])
    answered = total(results, "answered")
    # To the last answer: a slow server is still at it when no more is sent.
    seconds = max(result["client_seconds"] for result in results)
    return common_figures(clients.system, results, cpu, seconds) | {
        "senders": senders,
        "rooms": rooms,
        "depth": options.depth,
        "sends_per_second": total(results, "acknowledged") / options.seconds,
        "p50_ms": milliseconds(waits, 0.5),
        "p99_ms": milliseconds(waits, 0.99),
        "per_cpu_second": ratio(answered, cpu["server"]),
        "deliveries_per_second": total(results, "deliveries") / options.seconds,
        "unanswered": total(results, "sent") - answered,
        "command": f"python -m benchmarks sends --systems {clients.system.name} --cells {senders}x{rooms}"
        f" --depth {options.depth} --size {options.size} --seconds {options.seconds:g}",
    }
