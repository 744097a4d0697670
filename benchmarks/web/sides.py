"""The servers of the HTTP measurement, each with a load generator of its own. All are there at once and are asked in
turn, so that whatever else the machine does meets them alike."""

import contextlib
import json
from pathlib import Path

from benchmarks import village
from benchmarks.clients import ClientFailed, Clients
from benchmarks.scenarios.common import LEFT_OUT, note
from benchmarks.systems import SYSTEMS, StartFailed
from benchmarks.web import found, theirs
from benchmarks.web.calls import NOBODY, TOKEN, of_bare
from benchmarks.web.ours import Ours
from benchmarks.web.theirs import Theirs

BARE, SQLITE, POSTGRESQL, EXPRESS = "bare-django", "mindnet-embedded", "mindnet-alone", "express"
BARE_VIEW = "bare view"
FAILED = {
    "errors": 1, "closed": 0, "first_error": "the load generator has failed", "client_cpu": 0.0, "client_seconds": 1.0,
    "lag_p99": 0.0,
}  # fmt: skip


class Side:
    """Base: a server that is started, filled and asked."""

    has_search = False

    def __init__(self, name, world, options, others):
        self.name, self.world, self.options = name, world, options
        self.posts, self.edits = [], {}
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        try:
            self.stack.enter_context(self.system)
            self.signed, calls, sockets = self.prepare()
            self.calls = {call.label: call for call in calls}
            self.clients = self.stack.enter_context(Clients(self.system, sockets))
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_):
        self.stack.close()

    def run(self, kind, concurrency, seconds=None):
        """What the load generator says, and the CPU seconds of all meanwhile. Where it has died or given up, an error
        and no answers: that costs the row, not all that was measured before."""
        try:
            results, cpu = self.clients.run(
                "requests", self.world, kinds=[kind], concurrency=concurrency, seconds=seconds
            )
        except ClientFailed as error:
            note(f"  {self.name}, {kind['label']}: {error}")
            none = {"waits_ns": {kind["label"]: []}, "receipts": {kind["label"]: []}}
            return FAILED | none, {"server": 0.0, "postgresql": 0.0, "machine": 0.0}
        return results[0], cpu

    def kind(self, label, signed):
        return self.calls[label].kind(self.system.port, self.signed[signed])

    def keep(self, label, receipts):
        """What was acknowledged, of an edited message the newest text: it is edited by one request at a time."""
        if label == "post":
            self.posts += receipts
        elif label == "edit":
            self.edits |= {receipt[0]: receipt for receipt in receipts}

    def look_again(self):
        """{how it was looked for: {"answers", "errors"}} for all that was acknowledged."""
        if not self.posts and not self.edits:
            return {}
        note(f"http: {self.name}, looking for {len(self.posts)} posts and {len(self.edits)} edited messages")
        return found.look(self, self.signed[TOKEN], self.posts, list(self.edits.values()))


class BareSide(Side):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.system = SYSTEMS[self.name](self.world)

    def prepare(self):
        return {NOBODY: {}}, [of_bare(BARE_VIEW)], []


class OurSide(Side):
    has_search = True

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.system = SYSTEMS[self.name](self.world)

    def prepare(self):
        """Those who are online say nothing but while `talk.py` measures them."""
        note(f"http: {self.name}, filling")
        made = self.system.seed_http(messages=self.options.messages)
        self.ours = Ours(self.system, made)
        rooms = [self.ours.room(village.TALK)]
        sockets = [{"account": {"token": token}, "rooms": rooms, "joined": True} for token in made["tokens"]]
        return self.ours.signed, self.ours.calls(self.options.messages), sockets


class ExpressSide(Side):
    """Under the ids and within the frame of a server of ours in the same run."""

    def __init__(self, name, world, options, others):
        super().__init__(name, world, options, others)
        ours = next((other.ours for other in others if isinstance(other, OurSide)), None)
        if ours is None:
            raise StartFailed("it has the rows and the frame of a server of ours that has to be named before it")
        self.made = ours.made
        frame, self.page_bytes = theirs.ask_for_frame(ours)
        files = {"DATABASE": Path(world.folder) / "express.sqlite3", "FRAME": Path(world.folder) / "frame.json"}
        files["FRAME"].write_text(json.dumps(frame))
        theirs.fill(files["DATABASE"], self.made)
        self.system = SYSTEMS[name](world, files)

    def prepare(self):
        own = Theirs(self.system.port, self.made)
        size = theirs.page_bytes(own)
        if abs(size / self.page_bytes - 1) > theirs.SIZE_WITHIN:
            raise StartFailed(f"its page has {size} bytes, ours {self.page_bytes}: that is not the same page")
        return own.signed, own.calls(), []


SIDES = {BARE: BareSide, EXPRESS: ExpressSide}


@contextlib.contextmanager
def started(world, options):
    """Those of `options.systems` that can be had; what cannot is left out with a line."""
    with contextlib.ExitStack() as stack:
        sides = []
        for name in options.systems:
            try:
                sides.append(stack.enter_context(SIDES.get(name, OurSide)(name, world, options, sides)))
            except LEFT_OUT as error:
                note(f"left out: {name}: {error}")
        yield sides
