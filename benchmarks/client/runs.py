"""What the sockets of one load generator do: connect, take part in a fan-out, send and wait for acknowledgements."""

import asyncio
import random
import resource
import time

from benchmarks.client.dialects import DIALECTS
from benchmarks.client.looking import Looking
from benchmarks.client.requests import Requests
from benchmarks.client.wire import Connection, Refused, Tally

SAMPLED_SOCKETS = 10  # the others only count
STALL_SECONDS = 2  # nothing more arrives: what is missing now is lost
DRAIN_SECONDS = 15
TICK_SECONDS = 0.001
LAG_TICK_SECONDS = 0.01
RECEIPT_SECONDS = 1
SOCKETS_PER_ADDRESS = 4000
ATTEMPTS, RETRY_SECONDS = 4, 1


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Meter:
    """CPU time and punctuality of this process during a run: whether the client was the bottleneck."""

    def __init__(self):
        self.lags = []

    async def __aenter__(self):
        self.started, self.cpu = time.monotonic(), cpu_seconds()
        self.task = asyncio.create_task(self.watch())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        self.seconds = time.monotonic() - self.started
        self.cpu = cpu_seconds() - self.cpu

    async def watch(self):
        while True:
            due = time.monotonic() + LAG_TICK_SECONDS
            await asyncio.sleep(LAG_TICK_SECONDS)
            self.lags.append(time.monotonic() - due)

    def figures(self):
        lags = sorted(self.lags) or [0]
        return {"client_cpu": self.cpu, "client_seconds": self.seconds, "lag_p99": lags[int(len(lags) * 0.99)]}


class Generator(Requests, Looking):
    meter = Meter

    def __init__(self, spec):
        self.dialect = DIALECTS[spec["dialect"]]
        self.spec = spec
        self.tally = Tally()
        self.connections = []
        self.run_number = 0
        self.tasks = []
        self.retries = 0

    # Connecting

    async def connect(self):
        """Open every socket, `concurrency` at a time. The figures say how long that took."""
        places = asyncio.Semaphore(self.spec.get("concurrency", 20))
        sockets = self.spec["sockets"]
        every = max(1, len(sockets) // SAMPLED_SOCKETS)
        failures = []

        async def open_one(number, socket):
            async with places:
                for attempt in range(ATTEMPTS):
                    connection = Connection(self.dialect, self.tally, socket, is_sampled=number % every == 0)
                    try:
                        await self.open(connection, number)
                        self.connections.append(connection)
                        return
                    except (Refused, OSError, TimeoutError) as error:
                        problem = f"{type(error).__name__}: {error}"
                    # A server that is too busy turns sockets away, and clients come again.
                    connection.is_open = False
                    if connection.transport is not None:
                        connection.transport.abort()
                    self.retries += attempt + 1 < ATTEMPTS
                    await asyncio.sleep(RETRY_SECONDS)
                failures.append(problem)

        async with Meter() as meter:
            await asyncio.gather(*(open_one(number, socket) for number, socket in enumerate(sockets)))
        for number, connection in enumerate(self.connections):
            connection.number = number
        self.tasks.append(asyncio.create_task(self.send_receipts()))
        return self.figures(meter) | {"open": len(self.connections), "failures": failures[:3], "retries": self.retries}

    async def open(self, connection, number):
        # One address has some 28,000 ports for connections to one server, and closed ones rest for a minute.
        address = None if number < SOCKETS_PER_ADDRESS else (f"127.0.0.{1 + number // SOCKETS_PER_ADDRESS}", 0)
        await asyncio.get_running_loop().create_connection(
            lambda: connection, "127.0.0.1", self.spec["port"], local_addr=address
        )
        await asyncio.wait_for(connection.opened, 30)
        await self.dialect.set_up(connection)
        connection.finish_set_up()

    async def send_receipts(self):
        """As a real client does: once a second, for the newest message. Spread over the second."""
        slots = 20
        while True:
            for slot in range(slots):
                await asyncio.sleep(RECEIPT_SECONDS / slots)
                for connection in self.connections[slot::slots]:
                    connection.send_receipt()

    # Runs

    def text(self, size):
        """The text of a message sent now."""
        return f"t={time.monotonic_ns()}; ".ljust(size, "m")

    def new_run(self):
        self.tally.reset()
        self.run_number += 1
        return f"{random.getrandbits(32):08x}-0000-4000-8000-"

    async def drain(self, deliveries):
        """Wait until so many deliveries are in, or nothing comes any more."""
        ends = time.monotonic() + DRAIN_SECONDS
        seen, moved = -1, time.monotonic()
        while self.tally.deliveries < deliveries and time.monotonic() < ends:
            if self.tally.deliveries != seen:
                seen, moved = self.tally.deliveries, time.monotonic()
            elif time.monotonic() - moved > STALL_SECONDS:
                break
            await asyncio.sleep(0.005)

    async def run_fanout(self, *, drained, start_ns, rate, seconds, senders, size, sends):
        """`rate` messages a second from `senders` sockets; `sends` is whether they are among this process's."""
        nonce = self.new_run()
        total = max(1, round(rate * seconds))
        await asyncio.sleep((start_ns - time.monotonic_ns()) / 1e9)
        async with Meter() as meter:
            started = time.monotonic()
            if sends:
                await self.send_on_schedule(total, rate, self.connections[:senders], size, nonce)
            else:
                await asyncio.sleep(seconds)
            sent_seconds = time.monotonic() - started
            await self.drain(total * len(self.connections))
        drained()
        return self.figures(meter) | {
            "sent": total if sends else 0,
            "sent_seconds": sent_seconds,
            "expected": total * len(self.connections),
            "started_ns": start_ns,
        }

    async def send_on_schedule(self, total, rate, senders, size, nonce):
        """Open loop: a slow server does not slow the senders down."""
        started, sent = time.monotonic(), 0
        while sent < total:
            due = min(total, int((time.monotonic() - started) * rate) + 1)
            while sent < due:
                sender = senders[sent % len(senders)]
                text = self.text(size)
                if sender.is_open:
                    sender.send(self.dialect.message(sender.room, text, f"{nonce}{sent:012x}", "f"))
                sent += 1
            await asyncio.sleep(TICK_SECONDS)

    async def run_sends(self, *, drained, start_ns, seconds, senders, size, depth):
        """Closed loop: each sender has `depth` messages under way and sends the next when one is acknowledged."""
        nonce = self.new_run()
        sending = self.connections[:senders]
        state = {"sent": 0, "acknowledged": 0, "ends": start_ns / 1e9 + seconds}
        waits, pattern = [], self.dialect.acknowledged

        def send_one(connection):
            number = state["sent"] = state["sent"] + 1
            ref, own_nonce = f"s{time.monotonic_ns()}", f"{nonce}{number:012x}"
            if connection.envelope:
                connection.send(self.dialect.sealed(connection, own_nonce, ref))
            else:
                connection.send(self.dialect.message(connection.next_room(), self.text(size), own_nonce, ref))

        def on_text(connection, data):
            for sent_ns in pattern.findall(data):
                now = time.monotonic_ns()
                waits.append(now - int(sent_ns))
                if now / 1e9 < state["ends"]:
                    state["acknowledged"] += 1
                    send_one(connection)

        await asyncio.sleep((start_ns - time.monotonic_ns()) / 1e9)
        async with Meter() as meter:
            for connection in sending:
                connection.on_text = on_text
                for _ in range(depth):
                    send_one(connection)
            await asyncio.sleep(seconds)
            ends = time.monotonic() + DRAIN_SECONDS
            while len(waits) < state["sent"] and time.monotonic() < ends:
                await asyncio.sleep(0.005)
        drained()
        for connection in sending:
            connection.on_text = None
        await self.settle()
        return self.figures(meter) | {
            "sent": state["sent"],
            "answered": len(waits),
            "acknowledged": state["acknowledged"],
            "waits_ns": waits,
        }

    async def settle(self):
        """Let what is still on its way arrive, so that it does not count in the next run."""
        seen = -1
        while seen != self.tally.bytes:
            seen = self.tally.bytes
            await asyncio.sleep(0.3)

    def figures(self, meter):
        tally = self.tally
        return meter.figures() | {
            "deliveries": tally.deliveries,
            "frames": tally.frames,
            "bytes": tally.bytes,
            "errors": tally.errors,
            "first_error": tally.first_error,
            "closed": tally.closed,
            "latencies_ns": tally.latencies_ns,
            "last_delivery_ns": tally.last_delivery_ns,
        }
