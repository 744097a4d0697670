"""What all measurements have in common: running systems, and what a row says of the machine meanwhile."""

import argparse
import sys

from benchmarks.clients import ClientFailed
from benchmarks.systems import SYSTEMS, StartFailed
from mindnet.tests.support.tools import Missing

# Beyond these the client itself may have been the bottleneck, and the row says so.
CLIENT_CORES_MAX = 0.85
CLIENT_LAG_SECONDS_MAX = 0.05
LOG_SHOWN = 2500  # characters of the server's log when there were errors
TUTORIAL = ("tutorial-daphne", "tutorial-uvicorn")
LEFT_OUT = (Missing, StartFailed, ClientFailed)

# Where a figure is held against another, both are measured in so many parts, in turn.
ROUNDS = 3
# column: (key, heading, how it is shown)
MACHINE_COLUMNS = [
    ("server_cores", "server", "{:.2f}"),
    ("postgresql_cores", "pg", "{:.2f}"),
    ("redis_cores", "redis", "{:.2f}"),
    ("client_cores", "client", "{:.2f}"),
    ("client", "client was", "{}"),
    ("others_cores", "others", "{:.2f}"),
]


def note(text):
    sys.stderr.write(text + "\n")


# Options


def numbers(kind):
    def parse(text):
        values = [kind(part) for part in text.split(",")]
        if not values or min(values) <= 0:
            raise argparse.ArgumentTypeError("positive numbers, separated by commas")
        return values

    return parse


def pairs(text):
    """`200x50,1000x10` → [(200, 50), (1000, 10)]."""
    try:
        found = [tuple(int(number) for number in part.split("x")) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or any(len(pair) != 2 or min(pair) <= 0 for pair in found):
        raise argparse.ArgumentTypeError("pairs like 200x50, separated by commas")
    return found


def system_names(text):
    names = text.split(",")
    if unknown := [name for name in names if name not in SYSTEMS]:
        raise argparse.ArgumentTypeError(f"no system {unknown[0]}; there are {', '.join(SYSTEMS)}")
    return names


# Figures


def percentile(values, share):
    return values[min(len(values) - 1, int(len(values) * share))] if values else None


def milliseconds(values, share):
    value = percentile(values, share)
    return None if value is None else value / 1e6


def ratio(value, base):
    return value / base if value and base else None


def total(results, name):
    return sum(result[name] for result in results)


def measured(world, names, rows_of):
    """The rows of every system by name, each running for its own rows. What fails is left out with a line."""
    rows = []
    for name in names:
        try:
            with SYSTEMS[name](world) as system:
                for row in rows_of(system):
                    rows.append(row)  # noqa: PERF402 (what came before a failure stays)
        except LEFT_OUT as error:
            note(f"left out: {name}: {error}")
    return rows


def common_figures(system, results, cpu, seconds):
    """Who used how much of the machine, and whether the client kept up."""
    client = max(result["client_cpu"] / result["client_seconds"] for result in results)
    lag = max(result["lag_p99"] for result in results)
    others = cpu["machine"] - sum(used for name, used in cpu.items() if name != "machine")
    figures = {f"{name}_cores": used / seconds for name, used in cpu.items() if name != "machine"}
    figures["others_cores"] = max(0.0, others - total(results, "client_cpu")) / seconds
    is_busy = client > CLIENT_CORES_MAX or lag > CLIENT_LAG_SECONDS_MAX
    errors = [result["first_error"] for result in results if result["first_error"]]
    closed = total(results, "closed")
    if errors or closed:
        first = errors[0] if errors else "none"
        note(f"  {total(results, 'errors')} errors, {closed} sockets closed; the first error: {first}")
        note(system.process.log()[-LOG_SHOWN:])
    return figures | {
        "system": system.name,
        "server_cpu_seconds": cpu["server"],
        "client_cores": client,
        "client_lag_p99_ms": lag * 1000,
        "client": "saturated" if is_busy else "ready",
        "errors": total(results, "errors") + total(results, "closed"),
    }
