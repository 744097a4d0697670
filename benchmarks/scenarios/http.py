"""HTTP: pages, REST and writes, by one and by many, beside a bare Django view and the same in Express."""

import contextlib

from benchmarks import village
from benchmarks.clients import Clients
from benchmarks.scenarios.common import (
    LEFT_OUT,
    MACHINE_COLUMNS,
    common_figures,
    milliseconds,
    note,
    numbers,
    ratio,
    system_names,
)
from benchmarks.systems import SYSTEMS
from benchmarks.web import found
from benchmarks.web.calls import of_bare
from benchmarks.web.ours import Ours

COLUMNS = [
    ("call", "call", "{}"),
    ("signed_in", "by", "{}"),
    ("at_once", "clients", "{}"),
    ("system", "system", "{}"),
    ("requests_per_second", "requests/s", "{:,.0f}"),
    ("cpu_ms", "CPU ms", "{:.3f}"),
    ("database_cpu_ms", "database", "{:.3f}"),
    ("to_bare", "to bare", "{:.2f}"),
    ("to_sqlite", "to SQLite", "{:.2f}"),
    ("p50_ms", "p50 ms", "{:.1f}"),
    ("p99_ms", "p99 ms", "{:.1f}"),
    ("text_kib", "KiB", "{:.1f}"),
    ("sent_kib", "sent", "{:.1f}"),
    *MACHINE_COLUMNS,
    ("answers", "answers", "{:,}"),
    ("errors", "wrong", "{}"),
]
NOTE = (
    "Over kept-alive connections, as one who is in 10 of 60 rooms while 50 others are online. CPU ms: of the server's "
    "process, a request; database: of PostgreSQL. to bare: against one Django view without a middleware under the same "
    "uvicorn, asked by as many clients; to SQLite: the same call there. KiB: of the answer, and as it was sent. Every "
    "answer was held against the rows that had been put in; a row with a wrong one has no figures, and the run fails."
)
QUICK = ["--seconds", "0.5", "--warmup", "0.2", "--clients-at-once", "1,16", "--messages", "20000"]
BARE, SQLITE, POSTGRESQL = "bare-django", "mindnet-embedded", "mindnet-alone"
BARE_VIEW = "bare view"
WARM_UP_CLIENTS = 4


def add_options(parser):
    parser.add_argument("--systems", type=system_names, default=f"{BARE},{SQLITE},{POSTGRESQL}")
    parser.add_argument("--clients-at-once", type=numbers(int), default="1,16,64", help="requests under way (1,16,64)")
    parser.add_argument("--calls", type=lambda text: text.split(","), help="some of them, by their names, with commas")
    parser.add_argument("--messages", type=int, default=1_000_000, help="in the long room (1000000)")
    parser.set_defaults(seconds=1.5, warmup=0.5)


def measure(world, options):
    """Pages, REST reads, posts and edits over HTTP, each answer checked."""
    with contextlib.ExitStack() as stack:
        sides = []
        for name in options.systems:
            try:
                sides.append(stack.enter_context(SIDES.get(name, OurSide)(name, world, options)))
            except LEFT_OUT as error:
                note(f"left out: {name}: {error}")
        rows = [*rows_of(world, options, sides)]
        for side in sides:
            rows += side.look_again(world)
    add_ratios(rows)
    return rows


class BareSide:
    """A server with a load generator of its own; all are there at once, and asked in turn, so that whatever else the
    machine does meets them alike."""

    def __init__(self, name, world, options):
        self.name, self.options = name, options
        self.system = SYSTEMS[name](world)

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.system)
            self.clients = stack.enter_context(self.prepare())
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *failure):
        return self.stack.__exit__(*failure)

    def prepare(self):
        self.signed = {"": {}}
        self.calls = {call.label: call for call in [of_bare(BARE_VIEW)]}
        return Clients(self.system, [])

    def look_again(self, world):
        return []


class OurSide(BareSide):
    def prepare(self):
        note(f"http: {self.name}, filling")
        made = self.system.seed_http(messages=self.options.messages)
        ours = Ours(self.system, made)
        calls = [*ours.calls(), *ours.long_pages(self.options.messages)]
        self.signed, self.calls = ours.signed, {call.label: call for call in calls}
        self.posts, self.edits = [], {}
        rooms = [made["rooms"][village.READ]]
        return Clients(
            self.system, [{"account": {"token": token}, "rooms": rooms, "joined": True} for token in made["tokens"]]
        )

    def keep(self, call, receipts):
        if call.label == "post":
            self.posts += receipts
        elif call.label == "edit":
            self.edits |= {receipt[0]: receipt for receipt in receipts}

    def look_again(self, world):
        """Whether all that was acknowledged is there."""
        note(f"http: {self.name}, looking for {len(self.posts)} posts and {len(self.edits)} edited messages")
        figures = found.look(self.clients, world, self.signed["token"], self.posts, list(self.edits.values()))
        return [
            {"call": f"found again: {what}", "signed_in": "token", "system": self.name, "command": command([self.name])}
            | figure
            for what, figure in figures.items()
        ]


SIDES = {BARE: BareSide}


def command(systems):
    return f"python -m benchmarks http --systems {','.join(systems)}"


def rows_of(world, options, sides):
    for label in dict.fromkeys(label for side in sides for label in side.calls):
        if options.calls and label != BARE_VIEW and label not in options.calls:
            continue
        asked = [side for side in sides if label in side.calls]
        note(f"http: {label}")
        warm = True
        for at_once in options.clients_at_once:
            for signed in dict.fromkeys(signed for side in asked for signed in side.calls[label].signed):
                for side in asked:
                    yield measure_row(world, options, side, label, signed, at_once, warm)
            warm = False


def measure_row(world, options, side, label, signed, at_once, warm):
    call = side.calls[label]
    kind = call.kind(side.system.port, side.signed[signed])
    answers = []
    if warm and options.warmup:
        answers += side.clients.run(
            "requests", world, seconds=options.warmup, kinds=[kind], concurrency=WARM_UP_CLIENTS
        )[0]
        kind = call.kind(side.system.port, side.signed[signed])
    results, cpu = side.clients.run("requests", world, seconds=options.seconds, kinds=[kind], concurrency=at_once)
    for result in [*answers, *results]:
        if result["receipts"][label]:
            side.keep(call, result["receipts"][label])
    row = {
        "call": label,
        "signed_in": signed,
        "at_once": at_once,
        "command": command([side.name]),
    }
    figures = common_figures(side.system, [*answers, *results], cpu, results[0]["client_seconds"])
    row |= {"system": side.name, "errors": figures["errors"]}
    return row if figures["errors"] else row | figures | figures_of(results[0], cpu, label, side.name == POSTGRESQL)


def figures_of(result, cpu, label, uses_postgresql):
    waits = sorted(result["waits_ns"][label])
    return {
        "answers": len(waits),
        "requests_per_second": len(waits) / result["client_seconds"],
        "cpu_ms": 1000 * ratio(cpu["server"], len(waits)) if waits and cpu["server"] else None,
        "database_cpu_ms": 1000 * cpu["postgresql"] / len(waits) if uses_postgresql and waits else None,
        "p50_ms": milliseconds(waits, 0.5),
        "p99_ms": milliseconds(waits, 0.99),
        "text_kib": result["text_bytes"][label] / 1024,
        "sent_kib": result["wire_bytes"][label] / max(1, len(waits)) / 1024,
    }


def add_ratios(rows):
    cpu = {(row["system"], row["call"], row.get("signed_in"), row.get("at_once")): row.get("cpu_ms") for row in rows}
    for row in rows:
        place = row.get("signed_in"), row.get("at_once")
        if row["system"] != BARE:
            row["to_bare"] = ratio(row.get("cpu_ms"), cpu.get((BARE, BARE_VIEW, "", place[1])))
        if row["system"] == POSTGRESQL:
            row["to_sqlite"] = ratio(row.get("cpu_ms"), cpu.get((SQLITE, row["call"], *place)))
