"""Runs of our own protocol: catching up by `sync`, looking at a room and changing presence."""

import asyncio
import time

SYNC_SECONDS = 120


class Looking:
    """Mixed into Generator."""

    async def ask_all(self, connections, command, answer):
        """The same command from each of these sockets at the same time; waits for every reply."""

        async def ask(connection):
            connection.history = b""
            try:
                await connection.ask(command(connection), answer, SYNC_SECONDS)
            finally:
                connection.finish_set_up()

        await asyncio.gather(*(ask(connection) for connection in connections))

    async def run_catchup(self, *, drained, start_ns, readers):
        """Each of so many sockets reads its room from the beginning by `sync`, page by page."""
        self.new_run()
        await asyncio.sleep((start_ns - time.monotonic_ns()) / 1e9)
        async with self.meter() as meter:
            read = await asyncio.gather(*(self.read_room(connection) for connection in self.connections[:readers]))
        drained()
        pages = [wait for waits, _ in read for wait in waits]
        return self.figures(meter) | {"messages": sum(count for _, count in read), "waits_ns": pages}

    async def read_room(self, connection):
        """(how long each page took, how many messages they held)."""
        arrived = asyncio.Queue()
        connection.on_text = lambda connection, data: arrived.put_nowait(data)
        seq, complete, waits, count = 0, False, [], 0
        while not complete:
            began = time.monotonic_ns()
            connection.send(self.dialect.sync(connection.room, seq))
            data = b""
            while (found := self.dialect.synced.search(data)) is None:
                data += await asyncio.wait_for(arrived.get(), SYNC_SECONDS)
            waits.append(time.monotonic_ns() - began)
            count += data.count(b'"changed_seq":')
            seq, complete = int(found[1]), found[2] == b"true"
        connection.on_text = None
        return waits, count

    async def run_enter(self, *, drained, start_ns, at_once):
        """Every socket looks at its room from now on."""
        self.new_run()
        async with self.meter() as meter:
            for first in range(0, len(self.connections), at_once):
                group = self.connections[first : first + at_once]
                await self.ask_all(group, lambda each: self.dialect.enter(each.room), b'"ref":"enter","ok":true')
        drained()
        await self.settle()
        return self.figures(meter)

    async def run_presence(self, *, drained, start_ns, seconds, rate, changers):
        """Changes of presence, `rate` a second, by the first `changers` sockets in turn; what everybody hears of it."""
        self.new_run()
        heard = {"events": 0, "bytes": 0}

        def on_text(connection, data):
            if events := data.count(b'"type":"presence.changed"'):
                heard["events"] += events
                heard["bytes"] += len(data)

        for connection in self.connections:
            connection.on_text = on_text
        await asyncio.sleep((start_ns - time.monotonic_ns()) / 1e9)
        total = round(rate * seconds)
        async with self.meter() as meter:
            started = time.monotonic()
            for number in range(total):
                await asyncio.sleep(max(0, started + number / rate - time.monotonic()))
                status = "away" if number // changers % 2 == 0 else "online"
                self.connections[number % changers].send(self.dialect.presence(status))
            await asyncio.sleep(1.5)  # changes are gathered for a second
            await self.settle()
        drained()
        for connection in self.connections:
            connection.on_text = None
        return self.figures(meter) | {"changes": total, "heard": heard}
