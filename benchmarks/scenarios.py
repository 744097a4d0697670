"""The measurements. Each takes a world and options and returns rows for `report`."""

import itertools
import sys
import time

from benchmarks.clients import ClientFailed, Clients
from benchmarks.processes import memory_bytes
from benchmarks.profiles import profiled
from benchmarks.systems import SYSTEMS, StartFailed
from mindnet.tests.support.tools import Missing

# Beyond these the client itself may have been the bottleneck, and the row says so.
CLIENT_CORES_MAX = 0.85
CLIENT_LAG_SECONDS_MAX = 0.05
LOG_SHOWN = 2500  # characters of the server's log when there were errors
SOCKETS_PER_ROOM = 20  # of idle sockets
TUTORIAL = ("tutorial-daphne", "tutorial-uvicorn")


def note(text):
    sys.stderr.write(text + "\n")


def percentile(values, share):
    return values[min(len(values) - 1, int(len(values) * share))] if values else None


def milliseconds(values, share):
    value = percentile(values, share)
    return None if value is None else value / 1e6


def measured(world, names, rows_of):
    """The rows of every system by name, each running for its own rows. What fails is left out with a line."""
    rows = []
    for name in names:
        try:
            with SYSTEMS[name](world) as system:
                for row in rows_of(system):
                    rows.append(row)
        except (Missing, StartFailed, ClientFailed) as error:
            note(f"left out: {name}: {error}")
    return rows


def fanout(world, options):
    """Sockets in one room, a few of them sending at a fixed rate: what one delivery costs the server."""

    def rows_of(system):
        for count in options.sockets:
            with Clients(system, system.sockets(count), options.clients) as clients:
                for rate in options.rates:
                    note(f"fanout: {system.name}, {count} sockets, {rate:g} messages/s")
                    yield fanout_row(world, options, clients, count, rate)

    rows = measured(world, options.systems, rows_of)
    add_ratios(rows)
    return rows


def fanout_row(world, options, clients, count, rate):
    senders = min(options.senders, len(clients.sockets[:: clients.processes]))
    run = {"rate": rate, "senders": senders, "size": options.size}
    clients.run("fanout", world, seconds=options.warmup, **run)
    with profiled(options, clients.system, f"{count} sockets, {rate:g} messages/s"):
        results, cpu = clients.run("fanout", world, seconds=options.seconds, **run)
    deliveries, expected = total(results, "deliveries"), total(results, "expected")
    latencies = sorted(value for result in results for value in result["latencies_ns"])
    last = max(result["last_delivery_ns"] for result in results)
    seconds = max(options.seconds, (last - results[0]["started_ns"]) / 1e9)
    return common_figures(clients.system, results, cpu, seconds) | {
        "system": clients.system.name,
        "sockets": count,
        "rate": rate,
        "senders": senders,
        "deliveries_per_second": deliveries / seconds,
        "loss": 1 - deliveries / expected,
        "p50_ms": milliseconds(latencies, 0.5),
        "p99_ms": milliseconds(latencies, 0.99),
        "per_cpu_second": deliveries / cpu["server"] if cpu["server"] else None,
        "per_frame": deliveries / max(1, total(results, "frames")),
        "command": f"python -m benchmarks fanout --systems {clients.system.name} --sockets {count} --rates {rate:g}"
        f" --senders {options.senders} --size {options.size} --seconds {options.seconds:g}",
    }


def add_ratios(rows):
    """Against the best the tutorial reached anywhere in this run, at whatever rate suited it."""
    base = max((row["per_cpu_second"] or 0 for row in rows if row["system"] in TUTORIAL), default=0)
    for row in rows:
        row["ratio"] = row["per_cpu_second"] / base if base and row["per_cpu_second"] else None


def sends(world, options):
    """Senders that each wait for their acknowledgement before the next message: how many a second are stored."""

    def rows_of(system):
        for senders, rooms in itertools.product(options.senders, options.rooms):
            if rooms <= senders:
                with Clients(system, system.sockets(senders, rooms), options.clients) as clients:
                    note(f"sends: {system.name}, {senders} senders, {rooms} rooms")
                    yield sends_row(world, options, clients, senders, rooms)

    return measured(world, options.systems, rows_of)


def sends_row(world, options, clients, senders, rooms):
    run = {"senders": senders, "size": options.size, "depth": options.depth}
    clients.run("sends", world, seconds=options.warmup, **run)
    with profiled(options, clients.system, f"{senders} senders, {rooms} rooms"):
        results, cpu = clients.run("sends", world, seconds=options.seconds, **run)
    waits = sorted(value for result in results for value in result["waits_ns"])
    answered = total(results, "answered")
    return common_figures(clients.system, results, cpu, options.seconds) | {
        "system": clients.system.name,
        "senders": senders,
        "rooms": rooms,
        "depth": options.depth,
        "sends_per_second": total(results, "acknowledged") / options.seconds,
        "p50_ms": milliseconds(waits, 0.5),
        "p99_ms": milliseconds(waits, 0.99),
        "per_cpu_second": answered / cpu["server"] if cpu["server"] else None,
        "deliveries_per_second": total(results, "deliveries") / options.seconds,
        "unanswered": total(results, "sent") - answered,
        "command": f"python -m benchmarks sends --systems {clients.system.name} --senders {senders} --rooms {rooms}"
        f" --depth {options.depth} --size {options.size} --seconds {options.seconds:g}",
    }


def connect(world, options):
    """Sockets that come all at once and then do nothing: how fast they get in, what they cost while they wait."""

    def rows_of(system):
        for count in options.sockets:
            note(f"connect: {system.name}, {count} sockets")
            sockets = system.sockets(count, max(1, count // SOCKETS_PER_ROOM))
            memory, before = memory_bytes(system.process.pid), world.cpu_seconds(system)
            with Clients(system, sockets, options.clients, options.concurrency) as clients:
                after = world.cpu_seconds(system)
                yield connect_row(world, options, clients, memory, before, after)

    return measured(world, options.systems, rows_of)


def connect_row(world, options, clients, memory, before, after):
    count, results = len(clients.sockets), clients.connected
    seconds = max(result["client_seconds"] for result in results)
    cpu = {name: after[name] - before.get(name, 0) for name in after}
    time.sleep(options.warmup)  # what follows a connect (presence, receipts) has settled
    idle = world.cpu_seconds(clients.system)["server"]
    time.sleep(options.seconds)
    idle = world.cpu_seconds(clients.system)["server"] - idle
    return common_figures(clients.system, results, cpu, seconds) | {
        "system": clients.system.name,
        "sockets": count,
        "concurrency": options.concurrency,
        "connects_per_second": count / seconds,
        "per_cpu_second": count / cpu["server"] if cpu["server"] else None,
        "memory_kib": (memory_bytes(clients.system.process.pid) - memory) / count / 1024,
        "idle_cores": idle / options.seconds,
        "command": f"python -m benchmarks connect --systems {clients.system.name} --sockets {count}"
        f" --concurrency {options.concurrency} --seconds {options.seconds:g}",
    }


def total(results, name):
    return sum(result[name] for result in results)


def common_figures(system, results, cpu, seconds):
    """Who used how much of the machine, and whether the client kept up."""
    client = max(result["client_cpu"] / result["client_seconds"] for result in results)
    lag = max(result["lag_p99"] for result in results)
    others = cpu.pop("machine") - sum(cpu.values()) - total(results, "client_cpu")
    figures = {f"{name}_cores": used / seconds for name, used in cpu.items()}
    figures["others_cores"] = max(0.0, others) / seconds
    is_busy = client > CLIENT_CORES_MAX or lag > CLIENT_LAG_SECONDS_MAX
    errors = [result["first_error"] for result in results if result["first_error"]]
    if errors:
        note(f"  {total(results, 'errors')} errors, the first: {errors[0]}\n{system.process.log()[-LOG_SHOWN:]}")
    return figures | {
        "server_cpu_seconds": cpu["server"],
        "client_cores": client,
        "client_lag_p99_ms": lag * 1000,
        "client": "saturated" if is_busy else "ready",
        "errors": total(results, "errors") + total(results, "closed"),
    }
