"""HTTP: pages, REST and writes, by one and by many, beside a bare Django view and the same in Express."""

from benchmarks.scenarios.common import (
    MACHINE_COLUMNS,
    common_figures,
    milliseconds,
    note,
    numbers,
    ratio,
    system_names,
)
from benchmarks.web import talk
from benchmarks.web.calls import NOBODY
from benchmarks.web.sides import BARE, BARE_VIEW, EXPRESS, POSTGRESQL, SQLITE, OurSide, started

COLUMNS = [
    ("call", "call", "{}"),
    ("signed_in", "by", "{}"),
    ("at_once", "clients", "{}"),
    ("system", "system", "{}"),
    ("requests_per_second", "requests/s", "{:,.0f}"),
    ("cpu_ms", "CPU ms", "{:.3f}"),
    ("database_cpu_ms", "database", "{:.3f}"),
    ("bare_cpu_ms", "bare", "{:.3f}"),
    ("to_bare", "to bare", "{:.2f}"),
    ("to_sqlite", "to SQLite", "{:.2f}"),
    ("to_express", "to Express", "{:.2f}"),
    ("p50_ms", "p50 ms", "{:.1f}"),
    ("p99_ms", "p99 ms", "{:.1f}"),
    ("socket_p50_ms", "socket p50 ms", "{:.1f}"),
    ("socket_p99_ms", "socket p99 ms", "{:.1f}"),
    ("text_kib", "KiB", "{:.1f}"),
    ("sent_kib", "sent", "{:.1f}"),
    *MACHINE_COLUMNS,
    ("answers", "answers", "{:,}"),
    ("errors", "wrong", "{}"),
]
NOTE = (
    "Over kept-alive connections, as one who is in 10 of 60 rooms while 50 others are online. CPU ms: of the server's "
    "process, a request; database: of PostgreSQL; bare: of one Django view without a middleware under the same "
    "uvicorn, asked by as many clients just before. to bare: against that; to SQLite: against the same call there. to "
    "Express: requests a CPU second against those of the peer. KiB: of an answer, and as it was sent. Every answer was "
    "held against the rows that had been put in; a row with a wrong one has no figures, and the run fails. socket: "
    "from one sending to another receiving, 20 messages a second among 50."
)
QUICK = ["--seconds", "0.4", "--warmup", "0.2", "--at-once", "1,16", "--messages", "20000", "--talk-seconds", "1"]
WARM_UP_CLIENTS = 4
LONG = "long room"
SOCKETS = "sockets"  # of `--calls`: what they notice beside room pages
DEFAULT_SYSTEMS = f"{BARE},{SQLITE},{POSTGRESQL},{EXPRESS}"


def add_options(parser):
    parser.add_argument("--systems", type=system_names, default=DEFAULT_SYSTEMS)
    parser.add_argument("--at-once", type=numbers(int), default="1,16,64", help="requests under way (1,16,64)")
    parser.add_argument("--calls", type=lambda text: text.split(","), help="some of them, by their names, with commas")
    parser.add_argument("--messages", type=int, default=1_000_000, help="in the long room (1000000)")
    parser.add_argument("--talk-seconds", type=float, default=12, help="of the sockets beside room pages (12)")
    parser.set_defaults(seconds=2, warmup=0.3)


def measure(world, options):
    """Pages, REST reads, posts and edits over HTTP, each answer checked."""
    with started(world, options) as sides:
        bare = next((side for side in sides if side.name == BARE), None)
        rows = [row for label, asked in calls(options, sides) for row in rows_of(options, label, asked, bare)]
        rows += [row for side in talking(options, sides) for row in talk.rows(side, options)]
        rows += [row for side in sides for row in found_again(side)]
    add_ratios(rows)
    return rows


def calls(options, sides):
    """(name of a call, the sides that know it)."""
    for label in dict.fromkeys(label for side in sides for label in side.calls):
        if not options.calls or label in (BARE_VIEW, *options.calls):
            yield label, [side for side in sides if label in side.calls]


def talking(options, sides):
    return [side for side in sides if isinstance(side, OurSide) and (not options.calls or SOCKETS in options.calls)]


def rows_of(options, label, asked, bare):
    note(f"http: {label}")
    ways = dict.fromkeys(signed for side in asked for signed in side.calls[label].signed)
    wrong = {side.name: warm_up(options, side, label) for side in asked}
    for at_once in options.at_once:
        floor = floor_of(options, bare, at_once) if label != BARE_VIEW else {}
        for signed in ways:
            for side in asked:
                yield floor | measure_row(options, side, label, signed, at_once, wrong.pop(side.name, 0))


def warm_up(options, side, label):
    """How many answers were wrong."""
    if not options.warmup:
        return 0
    result, _ = side.run(side.kind(label, side.calls[label].signed[0]), WARM_UP_CLIENTS, options.warmup)
    side.keep(label, result["receipts"][label])
    return result["errors"]


def floor_of(options, bare, at_once):
    """What the bare view takes just now: a figure of minutes ago would be one of another machine."""
    if bare is None:
        return {}
    result, cpu = bare.run(bare.kind(BARE_VIEW, NOBODY), at_once, options.seconds / 2)
    return {} if result["errors"] else {"bare_cpu_ms": 1000 * cpu["server"] / len(result["waits_ns"][BARE_VIEW])}


def measure_row(options, side, label, signed, at_once, wrong_before):
    result, cpu = side.run(side.kind(label, signed), at_once, options.seconds)
    side.keep(label, result["receipts"][label])
    figures = common_figures(side.system, [result], cpu, result["client_seconds"])
    figures["errors"] += wrong_before
    row = {
        "call": label,
        "signed_in": signed,
        "at_once": at_once,
        "system": side.name,
        "errors": figures["errors"],
        "messages": options.messages if label.endswith(LONG) else None,
        "command": f"python -m benchmarks http --systems {','.join(options.systems)}",
    }
    if figures["errors"]:
        return row
    return row | figures | figures_of(result, label, cpu["server"], cpu["postgresql"] if side.name == POSTGRESQL else 0)


def figures_of(result, label, server_seconds, database_seconds):
    waits = sorted(result["waits_ns"][label])
    count = len(waits)
    return {
        "answers": count,
        "requests_per_second": count / result["client_seconds"],
        "cpu_ms": ratio(1000 * server_seconds, count),
        "database_cpu_ms": ratio(1000 * database_seconds, count),
        "p50_ms": milliseconds(waits, 0.5),
        "p99_ms": milliseconds(waits, 0.99),
        "text_kib": result["text_bytes"][label] / 1024,
        "sent_kib": result["wire_bytes"][label] / max(1, count) / 1024,
    }


def found_again(side):
    """Rows without figures: whether all that was acknowledged is there."""
    for what, figures in side.look_again().items():
        command = f"python -m benchmarks http --systems {side.name}"
        yield {"call": f"found again: {what}", "signed_in": "token", "system": side.name, "command": command} | figures


def add_ratios(rows):
    cpu = {(row["system"], row["call"], row.get("signed_in"), row.get("at_once")): row.get("cpu_ms") for row in rows}
    for row in rows:
        own, place = row.get("cpu_ms"), (row["call"], row.get("signed_in"), row.get("at_once"))
        row["to_bare"] = ratio(own, row.get("bare_cpu_ms"))
        if row["system"] == POSTGRESQL:
            row["to_sqlite"] = ratio(own, cpu.get((SQLITE, *place)))
        if row["system"] in (SQLITE, POSTGRESQL):
            row["to_express"] = ratio(cpu.get((EXPRESS, *place)), own)
