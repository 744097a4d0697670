"""Sealed sends: what envelopes cost the server beside the same words in the open."""

from contextlib import ExitStack
from statistics import median

from benchmarks.clients import Clients
from benchmarks.scenarios import sends
from benchmarks.scenarios.common import MACHINE_COLUMNS, measured, note, numbers, ratio, system_names

COLUMNS = [
    ("system", "system", "{}"),
    ("sent", "sent", "{}"),
    ("senders", "senders", "{}"),
    ("sends_per_second", "acks/s", "{:,.0f}"),
    ("ratio", "to plain", "{:.2f}"),
    ("cpu_microseconds", "CPU µs", "{:.0f}"),
    ("cpu_ratio", "to plain", "{:.2f}"),
    ("p50_ms", "p50 ms", "{:.1f}"),
    ("p99_ms", "p99 ms", "{:.1f}"),
    *MACHINE_COLUMNS,
    ("unanswered", "unanswered", "{}"),
    ("errors", "errors", "{}"),
]
NOTE = (
    "Everybody sends in a room of two and waits for the acknowledgement, which follows the commit. Plain in ordinary "
    "rooms; sealed in mind-links, in envelopes for all devices of the two. CPU µs: of the server's process, a message. "
    "They take turns: a row is the round in the middle, `to plain` the median of the rounds' own ratios."
)
QUICK = ["--seconds", "1", "--warmup", "0.5"]


def add_options(parser):
    parser.add_argument("--systems", type=system_names, default="mindnet,mindnet-embedded")
    parser.add_argument("--devices", type=numbers(int), default=[2, 8], help="devices of the two together (2,8)")
    parser.add_argument("--senders", type=int, default=100, help="an even number (100)")
    parser.add_argument("--rounds", type=int, default=3, help="of all kinds in turn (3)")
    parser.set_defaults(depth=1, seconds=2)


def measure(world, options):
    """Sends of sealed messages, against plain ones of the same words."""

    def rows_of(system):
        kinds = [0, *options.devices]
        with ExitStack() as stack:
            clients = [
                stack.enter_context(Clients(system, sockets_of(system, options, devices), options.clients))
                for devices in kinds
            ]
            rounds = []
            for number in range(options.rounds):
                note(f"sealed: {system.name}, {options.senders} senders, round {number + 1}")
                pairs = zip(clients, kinds, strict=True)
                rounds.append([measure_row(world, options, each, devices) for each, devices in pairs])
        for rows in zip(*rounds, strict=True):
            yield row_of(rows, [plain for plain, *_ in rounds])

    return measured(world, options.systems, rows_of)


def row_of(rows, plain):
    """One row for all rounds of a kind, beside the plain one of each round."""
    middle = sorted(rows, key=lambda row: row["sends_per_second"])[len(rows) // 2]
    return middle | {
        "ratio": ratio_to(plain, rows, "sends_per_second"),
        "cpu_ratio": ratio_to(plain, rows, "cpu_microseconds"),
    }


def ratio_to(plain, rows, key):
    found = [ratio(row[key], base[key]) for row, base in zip(rows, plain, strict=True)]
    return median(found) if all(found) else None


def sockets_of(system, options, devices):
    if devices:
        return system.sealed_sockets(options.senders, devices // 2, options.size)
    return system.sockets(options.senders, options.senders // 2, joined=True)


def measure_row(world, options, clients, devices):
    row = sends.measure_row(world, options, clients, options.senders, options.senders // 2)
    return row | {
        "sent": f"for {devices} devices" if devices else "plain",
        "devices": devices,
        "cpu_microseconds": ratio(1e6, row["per_cpu_second"]),
        "command": f"python -m benchmarks sealed --systems {clients.system.name} --senders {options.senders}"
        f" --devices {devices or 2} --size {options.size} --seconds {options.seconds:g}",
    }
