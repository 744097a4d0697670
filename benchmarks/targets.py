"""What this project has set itself, held against the figures of one run.

`TARGETS` is the table: a sentence, and a function of the tables that gives (figure as text, met). A target whose rows
are not there, or that this machine cannot show, is said to be not measured.
"""

import os
from typing import NamedTuple

from benchmarks.web import targets as http

CORES_FOR_TWO = 4  # two for the server, and two for the client, PostgreSQL and Redis


class Judged(NamedTuple):
    target: str
    measured: str
    verdict: str  # met, NOT met, or not measured


def rows_where(tables, kind, **wanted):
    return [row for row in tables.get(kind, []) if all(row.get(name) == value for name, value in wanted.items())]


def best(rows, key):
    """The highest figure; None where there is none."""
    return max((row[key] for row in rows if row.get(key) is not None), default=None)


def worst(rows, key):
    return best(rows, key)


# Fan-out


def beside(peer, rate, factor):
    """Ours against a peer's at the same rate, or, where it could not keep up with that, at its best lower one."""

    def judge(tables):
        ours = best(rows_where(tables, "fanout", system="mindnet", sockets=200, rate=rate), "per_cpu_second")
        rows = rows_where(tables, "fanout", system=peer, sockets=200)
        same = [row for row in rows if row["rate"] == rate]
        return compared(ours, best(same or [row for row in rows if row["rate"] < rate], "per_cpu_second"), factor)

    return judge


def compared(ours, theirs, factor):
    if not ours or not theirs:
        return None
    return f"{ours / theirs:.2f} ×: {ours:,.0f} to {theirs:,.0f} deliveries a CPU second", ours / theirs >= factor


def no_loss(tables):
    lost = worst(rows_where(tables, "fanout", system="mindnet"), "loss")
    return None if lost is None else (f"{lost:.2%}", lost <= 0)


def p99_at(rate, most_ms):
    def judge(tables):
        value = worst(rows_where(tables, "fanout", system="mindnet", sockets=200, rate=rate), "p99_ms")
        return None if value is None else (f"{value:.0f} ms", value < most_ms)

    return judge


# Sends


def sends_of(system, least, p99_ms=None):
    """The best row of at least a hundred senders, its own p99. In a closed loop the wait grows with the senders, so the
    rows that keep within `p99_ms` come first."""

    def judge(tables):
        rows = [row for row in rows_where(tables, "sends", system=system) if row["senders"] >= 100]
        if not rows:
            return None
        quick = [row for row in rows if p99_ms is None or row["p99_ms"] < p99_ms]
        row = max(quick or rows, key=lambda row: row["sends_per_second"])
        who = f"{row['senders']} senders, {row['rooms']} rooms"
        text = f"{row['sends_per_second']:,.0f}/s, p99 {row['p99_ms']:.0f} ms ({who})"
        return text, row["sends_per_second"] >= least and (p99_ms is None or row["p99_ms"] < p99_ms)

    return judge


def sends_ratio(tables):
    ours = best(rows_where(tables, "sends", system="mindnet"), "sends_per_second")
    single = best(rows_where(tables, "sends", system="mindnet-single"), "sends_per_second")
    if not ours or not single:
        return None
    return f"{ours / single:.1f} ×: {ours:,.0f} to {single:,.0f}", ours / single >= 8


def sealed_ratio(system):
    """The dearest envelopes of this run against plain messages."""

    def judge(tables):
        rows = [row for row in rows_where(tables, "sealed", system=system) if row["devices"] and row["ratio"]]
        if not rows:
            return None
        row = min(rows, key=lambda row: row["ratio"])
        cpu = f", {row['cpu_ratio']:.2f} × the CPU" if row["cpu_ratio"] else ""
        return f"{row['ratio']:.2f} × for {row['devices']} devices{cpu}", row["ratio"] >= 0.5

    return judge


# The others


def connects(tables):
    value = best(rows_where(tables, "connect", system="mindnet"), "connects_per_second")
    return None if value is None else (f"{value:,.0f}/s", value >= 400)


def memory(tables):
    rows = rows_where(tables, "connect", system="mindnet")
    if not rows:
        return None
    row = max(rows, key=lambda row: row["sockets"])
    return f"{row['memory_kib']:.1f} KiB ({row['sockets']:,} connections)", row["memory_kib"] <= 25


def idle(tables):
    rows = [row for row in rows_where(tables, "connect", system="mindnet") if row["sockets"] >= 10_000]
    value = worst(rows, "idle_cores")
    return None if value is None else (f"{value:.1%} of a core", value < 0.05)


def catchup(tables):
    value = best(rows_where(tables, "catchup", system="mindnet"), "messages_per_second")
    return None if value is None else (f"{value:,.0f}/s", value >= 20_000)


def history(tables):
    rows = rows_where(tables, "history", page="all")
    if not rows or max(row["messages"] for row in rows) < 1_000_000:
        return None
    row = max(rows, key=lambda row: row["messages"])
    return f"p99 {row['ratio_p99']:.2f} ×, p50 {row['ratio_p50']:.2f} ×", row["ratio_p99"] <= 1.2


def two(tables):
    value = best(rows_where(tables, "two", system="mindnet-two"), "two_to_one")
    if value is None:
        return None
    cores = len(os.sched_getaffinity(0))
    by = "" if cores >= CORES_FOR_TWO else f"; by CPU time, since of {cores} cores no two were free"
    return f"{value:.2f} ×{by}", value >= 1.8


TARGETS = [
    ("200 sockets, 50 messages/s: ≥ 10 × the tutorial on daphne", beside("tutorial-daphne", 50, 10)),
    ("200 sockets, 400 messages/s: ≥ 10 × the tutorial on daphne", beside("tutorial-daphne", 400, 10)),
    ("200 sockets, 50 messages/s: ≥ 3 × python-socketio", beside("python-socketio", 50, 3)),
    ("200 sockets, 400 messages/s: ≥ 3 × python-socketio", beside("python-socketio", 400, 3)),
    ("200 sockets, 50 messages/s: level with Node socket.io (≥ 0.95 ×)", beside("node-socketio", 50, 0.95)),
    ("200 sockets, 400 messages/s: ahead of Node ws", beside("node-ws", 400, 1)),
    ("no loss in any fan-out", no_loss),
    ("p99 < 50 ms at 10,000 deliveries/s", p99_at(50, 50)),
    ("p99 < 250 ms at 100,000 deliveries/s", p99_at(500, 250)),
    ("4,000 durable sends/s a process on PostgreSQL, p99 < 100 ms", sends_of("mindnet", 4000, 100)),
    ("≥ 8 × one transaction a message", sends_ratio),
    ("3,000 durable sends/s on SQLite", sends_of("mindnet-embedded", 3000)),
    ("sealed sends on PostgreSQL ≥ 0.5 × plain ones", sealed_ratio("mindnet")),
    ("sealed sends on SQLite ≥ 0.5 × plain ones", sealed_ratio("mindnet-embedded")),
    ("400 authenticated connects/s a process", connects),
    ("≤ 25 KiB for an idle connection", memory),
    ("10,000 idle connections < 5 % of a core", idle),
    ("catch-up at 20,000 messages/s", catchup),
    ("a history page's p99 within 20 % at 1,000 and 1,000,000 messages", history),
    ("two processes deliver ≥ 1.8 × one", two),
    *http.TARGETS,
]


BUSY_CORES = 0.3


def busy(tables):
    """A sentence where other work kept the machine busy in half of the rows; else nothing."""
    others = sorted(row["others_cores"] for rows in tables.values() for row in rows if "others_cores" in row)
    usual = others[len(others) // 2] if others else 0
    if usual <= BUSY_CORES:
        return ""
    return (
        f"Other work kept {usual:.1f} cores busy meanwhile: what was measured in seconds says little, and frames were "
        "fuller than on a quiet machine."
    )


def judge(tables):
    """Each target as (target, measured, verdict)."""
    judged = []
    for target, function in TARGETS:
        found = function(tables)
        if found is None:
            judged.append(Judged(target, "", "not measured"))
        else:
            judged.append(Judged(target, found[0], "met" if found[1] else "NOT met"))
    return judged
