"""What the sockets of a server notice while somebody fetches room pages from it as fast as they come."""

import argparse
import contextlib
from concurrent.futures import ThreadPoolExecutor

from benchmarks import village
from benchmarks.clients import ClientFailed, Clients
from benchmarks.scenarios import fanout
from benchmarks.scenarios.common import note
from benchmarks.web.calls import COOKIE

PAGE_CLIENTS = 16
RATE, SENDERS = 20, 4
ALONE, BESIDE = "sockets, alone", f"sockets, beside {PAGE_CLIENTS} on the room page"


def rows(side, options):
    """The same talk twice: alone, and beside the pages."""
    for call, pages in ((ALONE, Nobody()), (BESIDE, Fetching(side, options))):
        note(f"http: {side.name}, {call}")
        row = {
            "call": call,
            "system": side.name,
            "command": f"python -m benchmarks http --systems {side.name} --calls sockets",
        }
        try:
            yield row | talk(side, options, pages)
        except ClientFailed as error:
            note(f"  {side.name}, {call}: {error}")
            yield row | {"errors": 1}


def talk(side, options, pages):
    chosen = argparse.Namespace(**vars(options) | {"senders": SENDERS, "seconds": options.talk_seconds})
    sockets = len(village.ONLINE)
    with pages:
        row = fanout.measure_row(side.world, chosen, side.clients, sockets, RATE)
    lost = round(row["loss"] * RATE * chosen.seconds * sockets)
    return {
        "socket_p50_ms": row["p50_ms"],
        "socket_p99_ms": row["p99_ms"],
        "answers": sum(map(len, pages.result["waits_ns"].values())) or None,
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
        self.seconds = options.warmup + options.talk_seconds + 0.5

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
