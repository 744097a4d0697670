"""How much work one message makes, and one page, counted instead of timed: `python -m benchmarks.regress`.

A busy machine changes how long work takes, but not how much of it there is. So a real server (its own uvicorn protocol,
hub and writer, on SQLite) runs in this process with real sockets, and Python counts what its thread does: function
calls, bytecode instructions, encodings, SQL statements, writes to sockets. Counts for two sizes give the cost of one
more recipient, or one more message. Each is the least of several rounds, because now and then a timer falls into one.

`BOUNDS` says how much is allowed. What is above it has been added to every delivery by some change: take it out, or
raise the bound in the same commit and say why.
"""

import asyncio
import contextlib
import json
import os
import secrets
import sys
import tempfile
import threading
from collections import Counter
from typing import NamedTuple

from benchmarks import regress_http

FEW, MANY = 20, 80  # recipients
BATCH = 50  # messages
ROUNDS = 7
TOLERANCE = 0.1  # a wake-up more or less, shared by the recipients
QUIET_SECONDS = 0.02  # after it a flush goes out at once


class Bound(NamedTuple):
    most: float
    meaning: str


# Measured on Python 3.11, and a tenth on top where it is not a whole number; other versions differ by less than that.
BOUNDS = {
    "calls_per_delivery": Bound(11, "function calls of the event loop for one more recipient of a message"),
    "instructions_per_delivery": Bound(115, "bytecode instructions of the event loop for one more recipient"),
    "writes_per_delivery": Bound(1, "writes to sockets for one more recipient"),
    "writes_per_recipient_of_a_batch": Bound(1, f"writes to a socket for {BATCH} messages announced together"),
    "encodes_per_message": Bound(1, "JSON encodings for a message, stored and delivered to all"),
    "encodes_per_delivery": Bound(0, "JSON encodings for one more recipient"),
    # A row of SQLite's is put in by itself: to carry out one text again costs less than a text for each number of rows.
    "statements_per_batch": Bound(7 + BATCH, f"SQL statements of a transaction that stores {BATCH} messages of a room"),
    "statements_per_stored_message": Bound(1, "SQL statements for one more message in a batch"),
    "calls_per_stored_message": Bound(70, "function calls of the writer's thread for one more message in a batch"),
    "calls_per_room_page": Bound(6000, f"function calls for the page of a room with {MANY} people, seen before"),
    "statements_per_room_page": Bound(12, "SQL statements for it"),
    "calls_per_lobby": Bound(4500, f"function calls for the lobby, while {FEW + MANY} people are online"),
    "statements_per_lobby": Bound(10, "SQL statements for it"),
    "calls_per_directory": Bound(4600, "function calls for the directory"),
    "statements_per_directory": Bound(5, "SQL statements for it"),
    "calls_per_history_page": Bound(735, "function calls for a page of history over REST"),
    "statements_per_history_page": Bound(3, "SQL statements for it"),
    "calls_per_rooms": Bound(440, "function calls for the list of rooms over REST"),
    "statements_per_rooms": Bound(2, "SQL statements for it"),
    "calls_per_post": Bound(490, "function calls of the writer's thread for a post over HTTP that comes alone"),
    "statements_per_post": Bound(9, "SQL statements for it"),
    "calls_per_edit": Bound(1050, "function calls for an edit over HTTP that comes alone"),
    "statements_per_edit": Bound(12, "SQL statements for it"),
}


class Counted:
    """What the current thread does inside the block."""

    def __init__(self):
        self.calls = 0
        self.builtins = Counter()

    def __enter__(self):
        sys.setprofile(self.note)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)

    def note(self, frame, event, argument):
        if event == "call":
            self.calls += 1
        elif event == "c_call":
            self.calls += 1
            self.builtins[argument.__qualname__] += 1

    @property
    def encodes(self):
        return self.builtins["Encoder.encode"]

    @property
    def writes(self):
        return self.builtins["socket.send"] + self.builtins["socket.sendmsg"]

    @property
    def statements(self):
        return sum(count for name, count in self.builtins.items() if name.endswith((".execute", ".executemany")))


class Instructions:
    """Bytecode instructions of the current thread inside the block, of functions that begin there."""

    def __enter__(self):
        self.count = 0
        sys.settrace(self.begin)
        return self

    def __exit__(self, *_):
        sys.settrace(None)

    def begin(self, frame, event, argument):
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self.note

    def note(self, frame, event, argument):
        if event == "opcode":
            self.count += 1
        return self.note


class Clients:
    """Real sockets in a thread and a loop of their own, so that their work is not counted."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def ask(self, coroutine):
        """Awaitable in the server's loop."""
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self.loop))

    async def connect(self, port, sockets):
        from benchmarks.client.runs import Generator

        generator = Generator({"dialect": "mindnet", "port": port, "sockets": sockets})
        result = await generator.connect()
        if result["failures"]:
            raise RuntimeError(f"sockets could not connect: {result['failures']}")
        for task in generator.tasks:
            task.cancel()
        return generator

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class Group:
    """A room with so many people who are connected."""

    def __init__(self, clients, generator, room_id, sender_id):
        self.clients, self.generator = clients, generator
        self.room_id, self.sender_id = room_id, sender_id
        self.size = len(generator.connections)

    def drafts(self, count):
        import uuid

        from messaging.drafts import Draft

        return [Draft(self.sender_id, self.room_id, f"message {n}", "text", uuid.uuid4()) for n in range(count)]

    async def arrived(self, deliveries):
        while self.generator.tally.deliveries < deliveries:
            await asyncio.sleep(0.002)

    async def store(self, messages):
        """Stored in a thread, as the writer does it. Gives the drafts, the results and what the thread did."""
        from messaging import writer

        drafts = self.drafts(messages)

        def commit():
            with Counted() as counted:
                results = writer.commit(drafts)
            return results, counted

        results, counted = await asyncio.to_thread(commit)
        return drafts, results, counted

    async def deliver(self, messages, counting=Counted):
        """(what the loop's thread did to deliver so many messages, what storing them took)."""
        from messaging import writer

        expected = self.generator.tally.deliveries + messages * self.size
        drafts, results, stored = await self.store(messages)
        await asyncio.sleep(QUIET_SECONDS)
        with counting() as counted:
            writer.announce(drafts, results)
            await asyncio.wait_for(self.clients.ask(self.arrived(expected)), 30)
        return counted, stored


async def rounds(group, messages, counting=Counted):
    """Several deliveries of so many messages, after one that warms up."""
    await group.deliver(messages)
    return [await group.deliver(messages, counting) for _ in range(ROUNDS)]


def least(done, name):
    """Of several deliveries, what the loop's thread did in the one least disturbed."""
    return fewest([counted for counted, _ in done], name)


def fewest(counted, name):
    return min(getattr(each, name) for each in counted)


async def measure(few, many):
    """All figures of BOUNDS."""
    more = many.size - few.size

    def slope(low, high):
        return (high - low) / more

    found = {}
    one_to_few, one_to_many = await rounds(few, 1), await rounds(many, 1)
    batch_to_few, batch_to_many = await rounds(few, BATCH), await rounds(many, BATCH)
    for name in ("calls", "writes", "encodes"):
        found[f"{name}_per_delivery"] = slope(least(one_to_few, name), least(one_to_many, name))
    found["instructions_per_delivery"] = slope(
        least(await rounds(few, 1, Instructions), "count"), least(await rounds(many, 1, Instructions), "count")
    )
    found["writes_per_recipient_of_a_batch"] = slope(least(batch_to_few, "writes"), least(batch_to_many, "writes"))
    stored_one, stored_batch = [stored for _, stored in one_to_many], [stored for _, stored in batch_to_many]
    found["encodes_per_message"] = (least(batch_to_many, "encodes") + fewest(stored_batch, "encodes")) / BATCH
    found["statements_per_batch"] = fewest(stored_batch, "statements")
    for name in ("statements", "calls"):
        added = fewest(stored_batch, name) - fewest(stored_one, name)
        found[f"{name}_per_stored_message"] = added / (BATCH - 1)
    return found


async def serve_and_measure():
    from django.conf import settings

    from benchmarks import seed
    from mindnet.serving import listening
    from mindnet.serving.server import Server, config
    from mindnet.socket import runtime

    class Quiet(Server):
        async def main_loop(self):
            """Without uvicorn's look at the clock ten times a second, which would be counted now and then."""
            await ended.wait()

    ended = asyncio.Event()
    groups = []
    for size in (FEW, MANY):
        made = await asyncio.to_thread(seed.main, people=size, rooms=1, joined=True)
        groups.append([{"account": {"token": t}, "rooms": made["rooms"], "joined": True} for t in made["tokens"]])
    server, clients = Quiet(config()), Clients()
    listeners = listening.bind()
    listening.listen(listeners)
    serving = asyncio.create_task(server.serve(listeners))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
            if serving.done():
                serving.result()
        connected = []
        for sockets in groups:
            generator = await clients.ask(clients.connect(settings.PORT, sockets))
            room_id = sockets[0]["rooms"][0]
            owner = await asyncio.to_thread(owner_of, room_id)
            connected.append(Group(clients, generator, room_id, owner.pk))
        for job in (await runtime.get()).jobs:
            job.cancel()  # looks at the tables now and then, which is no part of a delivery
        await asyncio.sleep(0.2)
        found = await measure(*connected)
        _, many = groups
        owner = await asyncio.to_thread(owner_of, many[0]["rooms"][0])
        return found | await asyncio.to_thread(
            regress_http.measure, Counted, owner, many[0]["account"]["token"], many[0]["rooms"][0]
        )
    finally:
        ended.set()
        await serving
        clients.stop()


def owner_of(room_id):
    from rooms.models import Room

    return Room.objects.select_related("created_by").get(pk=room_id).created_by


def figures():
    """Runs the server on a database of its own and counts."""
    from mindnet.tests.support.processes import free_port

    with tempfile.TemporaryDirectory(prefix="mindnet-regress-") as folder:
        for name in [name for name in os.environ if name.startswith("MINDNET_")] + ["DATABASE_URL", "REDIS_URL"]:
            os.environ.pop(name, None)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "mindnet.settings", "DATA_DIR": folder, "SECRET_KEY": secrets.token_hex(32),
            "HOST": "127.0.0.1", "PORT": str(free_port()), "WORKERS": "1",
            "MINDNET_LIMITS": "off", "LOG_LEVEL": "ERROR",
            # Healing must not be quicker than the announcement that is measured.
            "MINDNET_HEAD_CHECK_SECONDS": "3600",
        }  # fmt: skip
        import django
        from django.conf import settings
        from django.core.management import call_command

        # Nothing is collected here. Files have the names they have in the checkout.
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        return asyncio.run(serve_and_measure())


def is_too_much(name, figure):
    return figure > BOUNDS[name].most + TOLERANCE


def main():
    """Prints each figure beside its bound, or all as JSON with --json. 1 when one is above."""
    found = figures()
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        for name, bound in BOUNDS.items():
            verdict = "TOO MUCH" if is_too_much(name, found[name]) else "fine"
            sys.stdout.write(f"{found[name]:8.2f} of {bound.most:<5g} {verdict:9} {bound.meaning}\n")
    return int(any(is_too_much(name, figure) for name, figure in found.items()))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
