"""Fan-out: what one delivery costs the server, and how long it takes."""

import itertools

from benchmarks.clients import Clients
from benchmarks.profiles import profiled
from benchmarks.scenarios.common import (
    MACHINE_COLUMNS,
    TUTORIAL,
    common_figures,
    measured,
    milliseconds,
    note,
    numbers,
    pairs,
    ratio,
    system_names,
    total,
)

COLUMNS = [
    ("system", "system", "{}"),
    ("sockets", "sockets", "{}"),
    ("rate", "msg/s", "{:g}"),
    ("deliveries_per_second", "deliv/s", "{:,.0f}"),
    ("loss", "loss", "{:.2%}"),
    ("p50_ms", "p50 ms", "{:.1f}"),
    ("p99_ms", "p99 ms", "{:.1f}"),
    ("per_cpu_second", "deliv/CPU s", "{:,.0f}"),
    ("ratio", "ratio", "{:.1f}"),
    ("per_frame", "per frame", "{:.1f}"),
    *MACHINE_COLUMNS,
    ("errors", "errors", "{}"),
]
NOTE = (
    "deliv/CPU s: deliveries by CPU seconds of the server's processes. ratio: that against the tutorial's best row "
    "with as many sockets. per frame: deliveries in one frame. server, pg, redis, client, others: cores kept busy. "
    "A system that did not keep up at one rate is not asked for a higher one."
)
SYSTEMS = "mindnet,tutorial-daphne,tutorial-uvicorn,python-socketio,node-socketio,node-ws"
CELLS = "10x1,10x1000,100x1,100x100,100x1000,200x10,200x50,200x400,200x500,1000x1,1000x10,1000x100,1000x1000"
QUICK = ["--seconds", "2", "--warmup", "0.5", "--cells", "200x50,200x400,200x500"]
KEPT_UP = 0.8  # of the asked rate


def add_options(parser):
    parser.add_argument("--systems", type=system_names, default=SYSTEMS)
    parser.add_argument("--cells", type=pairs, default=CELLS, help=f"sockets x messages a second ({CELLS})")
    parser.add_argument("--sockets", type=numbers(int), help="sockets in the room; with --rates, instead of --cells")
    parser.add_argument("--rates", type=numbers(float), help="messages a second")
    parser.add_argument("--senders", type=int, default=4, help="sockets that send (4)")


def cells(options):
    """[(sockets, rates)], the rates rising."""
    chosen = options.cells
    if options.sockets or options.rates:
        chosen = itertools.product(options.sockets or [200], options.rates or [10, 50, 400])
    found = {}
    for count, rate in chosen:
        found.setdefault(count, []).append(rate)
    return [(count, sorted(rates)) for count, rates in sorted(found.items())]


def measure(world, options):
    """Sockets in one room, a few of them sending at a fixed rate: what one delivery costs, and how long it takes."""

    def rows_of(system):
        for count, rates in cells(options):
            yield from rows_with(world, options, system, count, rates)

    rows = measured(world, options.systems, rows_of)
    add_ratios(rows)
    return rows


def rows_with(world, options, system, count, rates):
    with Clients(system, system.sockets(count, joined=True), options.clients) as clients:
        for number, rate in enumerate(rates, 1):
            note(f"fanout: {system.name}, {count} sockets, {rate:g} messages/s")
            row = measure_row(world, options, clients, count, rate)
            yield row
            if row["deliveries_per_second"] < KEPT_UP * rate * count:
                if left := ", ".join(f"{rate:g}" for rate in rates[number:]):
                    note(f"  {system.name} has not kept up with {count} x {rate:g}; left out: {left} messages/s")
                break
    if row["deliveries_per_second"] < KEPT_UP * row["rate"] * count:
        system.restart()  # what it has not done yet must not count in the next rows


def measure_row(world, options, clients, count, rate):
    senders = min(options.senders, len(clients.sockets[:: clients.processes]))
    run = {"rate": rate, "senders": senders, "size": options.size}
    if options.warmup:
        clients.run("fanout", world, seconds=options.warmup, **run)
    with profiled(options, clients.system, f"{count} sockets, {rate:g} messages/s"):
        results, cpu = clients.run("fanout", world, seconds=options.seconds, **run)
    deliveries, expected = total(results, "deliveries"), total(results, "expected")
    latencies = sorted(value for result in results for value in result["latencies_ns"])
    last = max(result["last_delivery_ns"] for result in results)
    seconds = max(options.seconds, (last - results[0]["started_ns"]) / 1e9)
    return common_figures(clients.system, results, cpu, seconds) | {
        "sockets": count,
        "rate": rate,
        "senders": senders,
        "deliveries_per_second": deliveries / seconds,
        "loss": 1 - deliveries / expected,
        "p50_ms": milliseconds(latencies, 0.5),
        "p99_ms": milliseconds(latencies, 0.99),
        "per_cpu_second": ratio(deliveries, cpu["server"]),
        "per_frame": deliveries / max(1, total(results, "frames")),
        "command": f"python -m benchmarks fanout --systems {clients.system.name} --sockets {count} --rates {rate:g}"
        f" --senders {options.senders} --size {options.size} --seconds {options.seconds:g}",
    }


def add_ratios(rows):
    """Against the best the tutorial reached with as many sockets, at whatever rate suited it."""
    best = {}
    for row in rows:
        if row["system"] in TUTORIAL:
            best[row["sockets"]] = max(best.get(row["sockets"], 0), row["per_cpu_second"] or 0)
    for row in rows:
        row["ratio"] = ratio(row["per_cpu_second"], best.get(row["sockets"]))
