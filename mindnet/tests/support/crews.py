"""Several returning clients that talk in one room while something breaks, and the verdict at the end."""

import asyncio
import contextlib
import time

from mindnet.tests.support.checks import room_of
from mindnet.tests.support.history import History, judge, read_stored
from mindnet.tests.support.returning import ReturningClient, everyone_complete, talk

LONG = "x" * 4000
HEALED_SECONDS = 3  # the promise: everybody complete so long after a fault has healed


class Crew:
    """`async with Crew(world, rng) as crew`: clients connected, spread over the addresses."""

    def __init__(self, world, rng, *, names=("ada", "bob", "cleo", "dion"), addresses=None, copies=1, **options):
        self.world = world
        self.rng = rng
        self.names = names
        self.addresses = addresses or world.ws_urls
        self.copies = copies
        self.options = options
        self.history = History()
        self.clients = []
        self.stop = asyncio.Event()

    async def __aenter__(self):
        self.stack = contextlib.AsyncExitStack()
        self.people = [await asyncio.to_thread(self.world.person, name) for name in self.names]
        self.room = await room_of(*self.people)
        try:
            for number in range(len(self.people) * self.copies):
                person = self.people[number % len(self.people)]
                client = ReturningClient(
                    person, self.history, self.addresses, first=number, rng=self.rng,
                    label=f"{person.username}.{number}", **self.options,
                )  # fmt: skip
                self.clients.append(client)
                await self.stack.enter_async_context(client)
        except BaseException:
            await self.stack.aclose()
            raise
        return self

    async def __aexit__(self, *exception):
        self.stop.set()
        await self.stack.aclose()

    def start_talking(self, pause=0.02):
        self.talking = asyncio.create_task(talk(self.clients, self.room, until=self.stop, pause=pause, rng=self.rng))

    async def stop_talking(self):
        self.stop.set()
        await self.talking

    def head(self):
        return max((row.seq for row in read_stored(self.world) if row.room == self.room), default=0)

    async def complete(self, timeout=HEALED_SECONDS):
        return await everyone_complete(self.clients, self.room, self.head, timeout=timeout)

    async def acknowledged_while(self, seconds):
        """How many sends were acknowledged during so many seconds from now."""
        before = len(self.history.acknowledged)
        await asyncio.sleep(seconds)
        return len(self.history.acknowledged) - before

    async def until_acknowledged(self, count, *, timeout=10):
        """Seconds until so many more were acknowledged."""
        began, before = time.monotonic(), len(self.history.acknowledged)
        while len(self.history.acknowledged) < before + count:
            assert time.monotonic() - began < timeout, f"nothing was acknowledged for {timeout} s"
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    def verdict(self):
        """Asserts that nothing was lost and so on; gives the figures."""
        held = {client.name: client.held for client in self.clients}
        findings = judge(self.history, read_stored(self.world), held)
        assert not findings.bad(), findings.bad()
        assert not self.history.problems, self.history.problems[:5]
        outcomes = self.history.outcomes()
        return {
            "acknowledged": outcomes["ok"],
            "unknown": outcomes["unknown"],
            "connections": len(self.history.visits),
            "slowest answer": round(max(self.history.answer_seconds, default=0), 2),
            **findings.figures(),
        }


async def pour(socket, room, count, at_once=30):
    """So many long messages; gives the last number."""
    last = 0
    for start in range(0, count, at_once):
        futures = [
            await socket.start("message.send", {"room": room, "content": f"{start + n} {LONG}"[:4000]})
            for n in range(min(at_once, count - start))
        ]
        for future in futures:
            reply = await asyncio.wait_for(future, 10)
            assert reply["ok"], reply
            last = reply["payload"]["seq"]
    return last
