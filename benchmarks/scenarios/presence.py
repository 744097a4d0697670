"""Presence: what one change costs with many people looking, and a thousand sockets coming and going at once."""

import time

import psycopg

from benchmarks.clients import Clients
from benchmarks.scenarios.common import common_figures, measured, note, numbers, total

COLUMNS = [
    ("what", "what", "{}"),
    ("sockets", "sockets", "{}"),
    ("changes_per_second", "changes/s", "{:g}"),
    ("frames_per_change", "frames/change", "{:,.1f}"),
    ("bytes_per_change", "bytes/change", "{:,.0f}"),
    ("cpu_ms", "server CPU ms", "{:,.2f}"),
    ("seconds", "seconds", "{:.1f}"),
    ("transactions", "transactions", "{:,.0f}"),
    ("writing", "writing", "{:,.0f}"),
    ("others_cores", "others", "{:.2f}"),
    ("errors", "errors", "{}"),
]
NOTE = (
    "change: somebody's presence changes while so many sockets look at the room; frames and bytes to all of them "
    "together, CPU a change. enter: a socket begins to look (room.enter), CPU each. open, close: so many sockets at "
    "once; transactions by pg_stat_database without those of an idle server, writing: those with a transaction id; "
    "CPU of all together."
)
QUICK = ["--lookers", "10,100", "--rates", "10", "--seconds", "3", "--patience", "0"]
IDLE_SECONDS = 12
ENTER_AT_ONCE = 20


def add_options(parser):
    parser.add_argument("--lookers", type=numbers(int), default="10,100,1000", help="who looks at the room")
    parser.add_argument("--rates", type=numbers(float), default="1,10", help="changes of presence a second (1,10)")
    parser.add_argument("--sockets", type=int, default=1000, help="sockets that come and go at once (1000)")
    parser.add_argument(
        "--patience",
        type=float,
        default=11,
        help="seconds until pg_stat_database knows, which idle backends report to every 10 s; 0: it is not asked (11)",
    )


def measure(world, options):
    """What a change of presence costs, and what coming and going of a crowd does."""

    def rows_of(system):
        for lookers in options.lookers:
            with Clients(system, system.sockets(lookers, joined=True), concurrency=50) as clients:
                yield from looking_rows(world, options, clients, lookers)
        yield from crowd_rows(world, options, system)

    return measured(world, ["mindnet"], rows_of)


def command(options, lookers="10", sockets="10"):
    return f"python -m benchmarks presence --lookers {lookers} --sockets {sockets} --seconds {options.seconds:g}"


def looking_rows(world, options, clients, lookers):
    note(f"presence: {lookers} sockets look at a room")
    results, cpu = clients.run("enter", world, at_once=ENTER_AT_ONCE)
    yield {
        "what": "enter",
        "sockets": lookers,
        "cpu_ms": cpu["server"] / lookers * 1000,
        "seconds": max(result["client_seconds"] for result in results),
        "errors": total(results, "errors"),
        "command": command(options, lookers=lookers),
    }
    time.sleep(1.5)  # what entering has told
    for rate in options.rates:
        results, cpu = clients.run("presence", world, seconds=options.seconds, rate=rate, changers=min(10, lookers))
        changes = results[0]["changes"]
        seconds = max(result["client_seconds"] for result in results)
        yield common_figures(clients.system, results, cpu, seconds) | {
            "what": "change",
            "sockets": lookers,
            "changes_per_second": rate,
            "frames_per_change": sum(result["heard"]["events"] for result in results) / changes,
            "bytes_per_change": sum(result["heard"]["bytes"] for result in results) / changes,
            "cpu_ms": cpu["server"] / changes * 1000,
            "command": command(options, lookers=lookers),
        }


class Transactions:
    """Counts the transactions in a system's database, from `mark` to `since`."""

    def __init__(self, system, patience):
        self.patience = patience
        self.connection = psycopg.connect(system.database_url, autocommit=True)
        self.idle = [0.0, 0.0]

    def now(self):
        row = self.connection.execute(
            "SELECT xact_commit + xact_rollback, pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
            " FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
        self.connection.execute("SELECT pg_stat_clear_snapshot()")
        return time.monotonic(), *row

    def learn_idle(self):
        """How many an idle server makes: heartbeats and looks at the tables."""
        time.sleep(self.patience)
        began, *before = self.now()
        time.sleep(IDLE_SECONDS if self.patience else 4)
        ended, *after = self.now()
        self.idle = [(late - early) / (ended - began) for early, late in zip(before, after, strict=True)]

    def since(self, mark):
        """(transactions or None, writing ones) since a `now`, without what an idle server would have made."""
        began, *before = mark
        writing = self.now()[2] - before[1] - self.idle[1] * (time.monotonic() - began)
        if not self.patience:
            return None, max(0, writing)
        time.sleep(self.patience)
        ended, every, _ = self.now()
        return max(0, every - before[0] - self.idle[0] * (ended - began)), max(0, writing)


def crowd_rows(world, options, system):
    count = options.sockets
    note(f"presence: {count} sockets come at once, and go at once")
    sockets = system.sockets(count, max(1, count // 20), joined=True)
    counter = Transactions(system, options.patience)
    counter.learn_idle()
    mark, before = counter.now(), world.cpu_seconds(system)
    with Clients(system, sockets, concurrency=count) as clients:
        opened = world.cpu_seconds(system)
        time.sleep(1)
        transactions, writing = counter.since(mark)
        yield crowd_row(options, "open", clients, opened["server"] - before["server"], transactions, writing) | {
            "seconds": max(result["client_seconds"] for result in clients.connected)
        }
        mark, before = counter.now(), world.cpu_seconds(system)
    time.sleep(3)
    closed = world.cpu_seconds(system)
    transactions, writing = counter.since(mark)
    yield crowd_row(options, "close", clients, closed["server"] - before["server"], transactions, writing)


def crowd_row(options, what, clients, cpu, transactions, writing):
    return {
        "what": what,
        "sockets": options.sockets,
        "cpu_ms": cpu * 1000,
        "transactions": transactions,
        "writing": writing,
        "errors": total(clients.connected, "errors"),
        "command": command(options, sockets=options.sockets),
    }
