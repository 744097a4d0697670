"""What the sockets of a server notice while somebody fetches room pages from it as fast as they come."""

import argparse
import contextlib
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from benchmarks import village
from benchmarks.clients import ClientFailed, Clients
from benchmarks.scenarios import fanout
from benchmarks.scenarios.common import ROUNDS, note
from benchmarks.web.calls import COOKIE

PAGE_CLIENTS = 16
RATE, SENDERS = 20, 4
ALONE, BESIDE = "sockets, alone", f"sockets, beside {PAGE_CLIENTS} on the room page"


def rows(side, options):
    """The same talk alone and beside the pages, in turn; each row has the middle one of its rounds."""
    part = argparse.Namespace(**vars(options) | {"senders": SENDERS, "seconds": options.talk_seconds / ROUNDS})
    found = {ALONE: [], BESIDE: []}
    try:
        for number in range(1, ROUNDS + 1):
            note(f"http: {side.name}, sockets, alone and beside {PAGE_CLIENTS} on the room page, {number} of {ROUNDS}")
            found[ALONE].append(talk(side, part, Nobody()))
            found[BESIDE].append(talk(side, part, Fetching(side, part)))
    except ClientFailed as error:
        note(f"  {side.name}: {error}")
        yield row_of(side, BESIDE, {"errors": 1})
        return
    for call, parts in found.items():
        yield row_of(side, call, middle(parts))


def row_of(side, call, figures):
    command = f"python -m benchmarks http --systems {side.name} --calls sockets"
    return {"call": call, "system": side.name, "command": command} | figures


def middle(parts):
    """Of what `talk` gives."""
    row = {name: median(part[name] for part in parts) for name in ("socket_p50_ms", "socket_p99_ms", "others_cores")}
    return row | {
        "rounds_p99_ms": [part["socket_p99_ms"] for part in parts],
        "answers": sum(part["answers"] for part in parts) or None,
        "errors": sum(part["errors"] for part in parts),
    }


def talk(side, options, pages):
    sockets = len(village.ONLINE)
    with pages:
        row = fanout.measure_row(side.world, options, side.clients, sockets, RATE)
    lost = round(row["loss"] * RATE * options.seconds * sockets)
    return {
        "socket_p50_ms": row["p50_ms"],
        "socket_p99_ms": row["p99_ms"],
        "answers": sum(map(len, pages.result["waits_ns"].values())),
        "errors": row["errors"] + lost + pages.result["errors"],
        "others_cores": row["others_cores"],
    }


class Nobody(contextlib.nullcontext):
    """A block in which no page is fetched."""

    result = {"waits_ns": {}, "errors": 0}


class Fetching:
    """A block in which so many clients fetch the newest page of a room that nobody talks in."""

    def __init__(self, side, options):
        self.side = side
        self.seconds = options.warmup + options.seconds + 0.5

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        clients = self.stack.enter_context(Clients(self.side.system, []))
        pool = self.stack.enter_context(ThreadPoolExecutor(1))
        kind = self.side.kind("room page", COOKIE)
        self.answered = pool.submit(
            clients.run, "requests", self.side.world, kinds=[kind], concurrency=PAGE_CLIENTS, seconds=self.seconds
        )

    def __exit__(self, *_):
        with self.stack:
            [self.result], _ = self.answered.result()
