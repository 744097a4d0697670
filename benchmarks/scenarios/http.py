"""HTTP: pages, REST and writes, by one and by many, beside a bare Django view and the same in Express."""

from statistics import median

from benchmarks.scenarios.common import (
    MACHINE_COLUMNS,
    ROUNDS,
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
    ("to_short", "to short", "{:.2f}"),
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
    "uvicorn, asked by as many clients. to bare: against that; to SQLite: against the same call there. to Express: "
    "requests a CPU second against those of the peer. All of these are asked in three rounds, in turn, and told is "
    "the middle one of the rounds, and the middle one of their ratios. KiB: of an answer, and as it was sent. Every "
    "answer was held against the rows that had been put in; a row with a wrong one has no figures, and the run fails. "
    "socket: from one sending to another receiving, 20 messages a second among 50."
)
QUICK = ["--seconds", "0.4", "--warmup", "0.2", "--at-once", "1,16", "--messages", "20000", "--talk-seconds", "3"]
WARM_UP_CLIENTS = 4
LONG = ", long room"
SOCKETS = "sockets"  # of `--calls`: what they notice beside room pages
DEFAULT_SYSTEMS = f"{BARE},{SQLITE},{POSTGRESQL},{EXPRESS}"


def add_options(parser):
    parser.add_argument("--systems", type=system_names, default=DEFAULT_SYSTEMS)
    parser.add_argument("--at-once", type=numbers(int), default="1,16,64", help="requests under way (1,16,64)")
    parser.add_argument("--calls", type=lambda text: text.split(","), help="some of them, by their names, with commas")
    parser.add_argument("--messages", type=int, default=1_000_000, help="in the long room (1000000)")
    parser.add_argument("--talk-seconds", type=float, default=24, help="of the sockets beside room pages (24)")
    parser.set_defaults(seconds=2, warmup=0.3)


def measure(world, options):
    """Pages, REST reads, posts and edits over HTTP, each answer checked."""
    with started(world, options) as sides:
        bare = next((side for side in sides if side.name == BARE), None)
        rows = [row for labels, asked in calls(options, sides) for row in rows_of(options, labels, asked, bare)]
        rows += [row for side in talking(options, sides) for row in talk.rows(side, options)]
        rows += [row for side in sides for row in found_again(side)]
    add_ratios(rows)
    return rows


def calls(options, sides):
    """(names of a call, the sides that know it): with it goes the same of a long room, which is held against it."""
    labels = list(dict.fromkeys(label for side in sides for label in side.calls))
    for label in labels:
        if label.endswith(LONG) or (options.calls and label not in (BARE_VIEW, *options.calls)):
            continue
        together = [one for one in (label, label + LONG) if one in labels]
        yield together, [side for side in sides if label in side.calls]


def talking(options, sides):
    return [side for side in sides if isinstance(side, OurSide) and (not options.calls or SOCKETS in options.calls)]


def rows_of(options, labels, asked, bare):
    note(f"http: {' and '.join(labels)}")
    known = [(side, label) for side in asked for label in labels if label in side.calls]
    ways = dict.fromkeys(signed for side, label in known for signed in side.calls[label].signed)
    wrong = {(side.name, label): warm_up(options, side, label) for side, label in known}
    floor = bare if labels != [BARE_VIEW] else None
    for at_once in options.at_once:
        for signed in ways:
            rounds = [one_round(options, signed, at_once, known, floor) for _ in range(ROUNDS)]
            floors = [floored for floored, _ in rounds]
            for side, label in known:
                slices = [taken[side.name, label] for _, taken in rounds]
                wrong_before = wrong.pop((side.name, label), 0)
                yield row_of(options, side, label, signed, at_once, slices, floors, wrong_before)


def one_round(options, signed, at_once, known, floor):
    """What the bare view takes just now, and {(side, call): (what its load generator says, CPU seconds)}: one after the
    other, so that a slow moment of the machine meets all of them."""
    seconds = options.seconds / ROUNDS
    floored = floor_of(floor, at_once, seconds / 2)
    return floored, {(side.name, label): side.run(side.kind(label, signed), at_once, seconds) for side, label in known}


def warm_up(options, side, label):
    """How many answers were wrong."""
    if not options.warmup:
        return 0
    result, _ = side.run(side.kind(label, side.calls[label].signed[0]), WARM_UP_CLIENTS, options.warmup)
    side.keep(label, result["receipts"][label])
    return result["errors"]


def floor_of(bare, at_once, seconds):
    """CPU milliseconds a request, None where it is not there or answered wrongly."""
    if bare is None:
        return None
    result, cpu = bare.run(bare.kind(BARE_VIEW, NOBODY), at_once, seconds)
    return None if result["errors"] else 1000 * cpu["server"] / len(result["waits_ns"][BARE_VIEW])


def row_of(options, side, label, signed, at_once, slices, floors, wrong_before):
    results = [result for result, _ in slices]
    for result in results:
        side.keep(label, result["receipts"][label])
    cpu = {name: sum(used[name] for _, used in slices) for name in slices[0][1]}
    seconds = sum(result["client_seconds"] for result in results)
    figures = common_figures(side.system, results, cpu, seconds)
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
    database = cpu["postgresql"] if side.name == POSTGRESQL else 0
    rounds = [ratio(1000 * used["server"], len(result["waits_ns"][label])) for result, used in slices]
    return row | figures | figures_of(results, label, seconds, database) | middle(rounds, floors)


def middle(rounds, floors):
    """Of the CPU of each round, in milliseconds a request, that of the row; the rounds stay for the ratios."""
    row = {"rounds_cpu_ms": rounds, "cpu_ms": median(rounds)}
    return row if None in floors else row | {"bare_rounds_cpu_ms": floors, "bare_cpu_ms": median(floors)}


def figures_of(results, label, seconds, database_seconds):
    waits = sorted(wait for result in results for wait in result["waits_ns"][label])
    count = len(waits)
    return {
        "answers": count,
        "requests_per_second": count / seconds,
        "database_cpu_ms": ratio(1000 * database_seconds, count),
        "p50_ms": milliseconds(waits, 0.5),
        "p99_ms": milliseconds(waits, 0.99),
        "text_kib": results[0]["text_bytes"][label] / 1024,
        "sent_kib": sum(result["wire_bytes"][label] for result in results) / max(1, count) / 1024,
    }


def found_again(side):
    """Rows without figures: whether all that was acknowledged is there."""
    for what, figures in side.look_again().items():
        command = f"python -m benchmarks http --systems {side.name}"
        yield {"call": f"found again: {what}", "signed_in": "token", "system": side.name, "command": command} | figures


def add_ratios(rows):
    """Each is the middle one of the rounds' own, in which both were asked at the same time."""
    cpu = {
        (row["system"], row["call"], row.get("signed_in"), row.get("at_once")): row.get("rounds_cpu_ms") for row in rows
    }
    for row in rows:
        own, place = row.get("rounds_cpu_ms"), (row["call"], row.get("signed_in"), row.get("at_once"))
        row["to_bare"] = middle_ratio(own, row.get("bare_rounds_cpu_ms"))
        if row["system"] == POSTGRESQL:
            row["to_sqlite"] = middle_ratio(own, cpu.get((SQLITE, *place)))
        if row["call"].endswith(LONG):
            short = cpu.get((row["system"], row["call"].removesuffix(LONG), *place[1:]))
            row["to_short"] = middle_ratio(own, short)
        if row["system"] in (SQLITE, POSTGRESQL):
            row["to_express"] = middle_ratio(cpu.get((EXPRESS, *place)), own)


def middle_ratio(values, bases):
    """None where one of them was not measured."""
    if not values or not bases:
        return None
    found = [ratio(*pair) for pair in zip(values, bases, strict=True)]
    return None if None in found else median(found)
