"""History pages of a short and a long room, asked in turn, so that whatever else the machine does meets both alike."""

import contextlib
import random

from benchmarks.clients import Clients
from benchmarks.scenarios.common import LEFT_OUT, common_figures, milliseconds, note, numbers, ratio
from benchmarks.systems import SYSTEMS

COLUMNS = [
    ("messages", "messages", "{:,}"),
    ("page", "page", "{}"),
    ("requests", "requests", "{}"),
    ("p50_ms", "p50 ms", "{:.1f}"),
    ("p99_ms", "p99 ms", "{:.1f}"),
    ("ratio_p50", "p50 ratio", "{:.2f}"),
    ("ratio_p99", "p99 ratio", "{:.2f}"),
    ("others_cores", "others", "{:.2f}"),
    ("errors", "errors", "{}"),
]
NOTE = (
    "GET /rooms/{id}/messages with 50 messages at random places. Each size has a server and a database of its own; "
    "both are asked alternately, one request at a time. ratio: against the smaller size."
)
QUICK = ["--seconds", "8", "--messages", "1000,100000"]
PAGES = ("before", "after", "around")
PLACES = 2000
PAGE = 50


def add_options(parser):
    parser.add_argument("--messages", type=numbers(int), default="1000,1000000", help="sizes (1000,1000000)")
    parser.set_defaults(seconds=45)


def measure(world, options):
    """Pages of history at random places, in rooms of a thousand and of a million messages."""
    try:
        with contextlib.ExitStack() as stack:
            systems = {}
            for size in options.messages:
                note(f"history: filling a room with {size} messages")
                systems[size] = stack.enter_context(SYSTEMS["mindnet-alone"](world))
            kinds = [kind for size, system in systems.items() for kind in kinds_of(system, size)]
            return rows_of(world, options, systems, kinds)
    except LEFT_OUT as error:
        note(f"left out: {error}")
        return []


def kinds_of(system, size):
    made = system.seed(people=10, rooms=1, joined=True, messages=size)
    places = random.Random(size)
    for page in PAGES:
        numbers = [places.randint(PAGE + 1, size - PAGE) for _ in range(PLACES)]
        yield {
            "label": f"{size} {page}",
            "port": system.port,
            "headers": {"Authorization": f"Token {made['tokens'][1]}"},
            "paths": [f"/rooms/{made['rooms'][0]}/messages?{page}={number}&limit={PAGE}" for number in numbers],
        }


def rows_of(world, options, systems, kinds):
    smallest, *_ = systems
    with Clients(systems[smallest], []) as clients:
        run = {"kinds": kinds, "concurrency": 1}
        clients.run("requests", world, seconds=max(2, options.warmup), **run)
        note("history: asking for pages")
        results, cpu = clients.run("requests", world, seconds=options.seconds, **run)
    figures = common_figures(systems[smallest], results, cpu, options.seconds)
    waits, rows = results[0]["waits_ns"], []
    for size in systems:
        every = sorted(value for page in PAGES for value in waits[f"{size} {page}"])
        for page, values in [*((page, sorted(waits[f"{size} {page}"])) for page in PAGES), ("all", every)]:
            rows.append({
                "system": systems[size].name,
                "messages": size,
                "page": page,
                "requests": len(values),
                "p50_ms": milliseconds(values, 0.5),
                "p99_ms": milliseconds(values, 0.99),
                "others_cores": figures["others_cores"],
                "errors": figures["errors"],
                "command": f"python -m benchmarks history --messages {','.join(map(str, systems))}"
                f" --seconds {options.seconds:g}",
            })  # fmt: skip
    base = {row["page"]: row for row in rows if row["messages"] == smallest}
    for row in rows:
        for share in ("p50", "p99"):
            row[f"ratio_{share}"] = ratio(row[f"{share}_ms"], base[row["page"]][f"{share}_ms"])
    return rows
