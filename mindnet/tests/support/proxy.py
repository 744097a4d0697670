"""A TCP proxy that breaks links: what a network does, made to order.

    async with FaultProxy("127.0.0.1", port) as proxy:
        proxy.delay_seconds = 0.5
        proxy.block()            # a half-open link: nothing arrives any more, in both directions or in one
        proxy.reset_all()        # RST to both ends

A fault set on the proxy holds for all its links, old and new, until it is taken back.
"""

import asyncio
import contextlib
import socket
import struct

TO_SERVER, TO_CLIENT = "to_server", "to_client"
READ_BYTES = 64 * 1024


class Link:
    """One connection through the proxy."""

    def __init__(self, client, server):
        self.client = client  # (reader, writer)
        self.server = server
        self.passed = {TO_SERVER: 0, TO_CLIENT: 0}

    def reset(self):
        """RST: what is under way is lost, and both ends are told rudely."""
        for _, writer in (self.client, self.server):
            link = writer.get_extra_info("socket")
            if link is not None:
                with contextlib.suppress(OSError):
                    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class FaultProxy:
    def __init__(self, host, port):
        self.target = (host, port)
        self.links = set()
        self.delay_seconds = 0.0
        self.slice_bytes = None
        self.refusing = False
        self.swallowed = []
        self._swallow = None
        self._cut_after = None
        self._open = {direction: asyncio.Event() for direction in (TO_SERVER, TO_CLIENT)}
        for event in self._open.values():
            event.set()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exception):
        self.server.close()
        self.reset_all()
        self.unblock()
        await asyncio.sleep(0)

    # Faults

    def block(self, *directions):
        """Blackhole: bytes are taken and go nowhere until `unblock`, then they go on. Both directions by default."""
        for direction in directions or (TO_SERVER, TO_CLIENT):
            self._open[direction].clear()

    def unblock(self):
        for event in self._open.values():
            event.set()

    def reset_all(self):
        """Gives how many links there were."""
        links = list(self.links)
        for link in links:
            link.reset()
        return len(links)

    def swallow(self, *parts):
        """The next read towards a client in which all these bytes stand is lost. Frames that small come in one read."""
        self._swallow = parts

    def cut_within(self, count, direction=TO_SERVER):
        """Resets a link after so many more bytes in this direction, wherever in a frame that is."""
        self._cut_after = {"direction": direction, "left": count}

    def spare(self):
        """Forgets a cut that has not come yet."""
        self._cut_after = None

    # The work

    async def _serve(self, reader, writer):
        if self.refusing:
            writer.transport.abort()
            return
        try:
            server = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        link = Link((reader, writer), server)
        self.links.add(link)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(link, reader, server[1], TO_SERVER))
                group.create_task(self._pump(link, server[0], writer, TO_CLIENT))
        except* (OSError, EOFError):
            pass
        finally:
            self.links.discard(link)
            for end in (writer, server[1]):
                end.close()

    async def _pump(self, link, reader, writer, direction):
        while data := await reader.read(READ_BYTES):
            if self.delay_seconds:
                # Reads what comes meanwhile later, so it delays all and slows a burst no further than the window does.
                await asyncio.sleep(self.delay_seconds)
            await self._open[direction].wait()
            if direction == TO_CLIENT and self._swallow and all(part in data for part in self._swallow):
                self._swallow = None
                self.swallowed.append(data)
                continue
            if self._cut_after and self._cut_after["direction"] == direction:
                if len(data) > self._cut_after["left"]:
                    writer.write(data[: self._cut_after["left"]])
                    await writer.drain()
                    self._cut_after = None
                    await asyncio.sleep(0.02)
                    link.reset()
                    return
                self._cut_after["left"] -= len(data)
            await self._write(writer, data)
            link.passed[direction] += len(data)
        if writer.can_write_eof():
            writer.write_eof()

    async def _write(self, writer, data):
        step = self.slice_bytes or len(data)
        for start in range(0, len(data), step):
            writer.write(data[start : start + step])
            await writer.drain()
            if self.slice_bytes:
                await asyncio.sleep(0)
