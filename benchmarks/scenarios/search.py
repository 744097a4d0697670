"""Searches in a million messages for somebody in few rooms and somebody in many, and what their index costs."""

import json

from benchmarks.scenarios.common import measured, note, system_names

COLUMNS = [
    ("messages", "messages", "{:,}"),
    ("what", "what", "{}"),
    ("found", "found", "{}"),
    ("p50_ms", "p50 ms", "{:.1f}"),
    ("p95_ms", "p95 ms", "{:.1f}"),
    ("plain", "plain/s", "{:,.0f}"),
    ("followed", "followed/s", "{:,.0f}"),
    ("ratio", "ratio", "{:.2f}"),
]
NOTE = (
    "In process, without HTTP: a page of 50 of a thousand rooms' messages, found again and again. Writes: messages a "
    "second in batches of that size, without an index and with one that follows them meanwhile as a server does it."
)
QUICK = ["--messages", "20000", "--searches", "20", "--seconds", "1"]


def add_options(parser):
    parser.add_argument("--systems", type=system_names, default="mindnet-embedded,mindnet-alone")
    parser.add_argument("--messages", type=int, default=1_000_000, help="in a thousand rooms (1000000)")
    parser.add_argument("--searches", type=int, default=100, help="of each kind (100)")


def measure(world, options):
    """Common, rare and missing words among a million messages; the write rate with and without the index."""

    def rows_of(system):
        note(f"search: {system.name}, filling and indexing {options.messages} messages")
        system.process.stop()  # it would follow what is written, also where nothing shall
        wanted = {"messages": options.messages, "searches": options.searches, "seconds": options.seconds}
        command = f"python -m benchmarks search --systems {system.name} --messages {options.messages}"
        for line in system.manage("benchmarks/finding.py", json.dumps(wanted)).splitlines():
            row = json.loads(line)
            yield {"messages": options.messages, "what": label(row), "command": command} | row

    return measured(world, options.systems, rows_of)


def label(row):
    match row["kind"]:
        case "search":
            return f"{row['case']}, {row['person']}"
        case "writes":
            return f"writes of {row['batch']}"
        case _:
            return f"{row['what']}: {row['seconds']:g} s"
