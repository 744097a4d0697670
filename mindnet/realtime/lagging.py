"""Connections that lag behind their rooms: each has a cursor of its own, and is read on for until it can go live.

One has just come, another reads too slowly, a third is at the end of a meditation; it is the same for all of them. The
connection's writer task calls `catch_up` again and again while there is a cursor or a queue.
"""

import asyncio
from typing import TYPE_CHECKING

from mindnet.realtime import facts
from mindnet.realtime.facts import HOLE_SECONDS
from mindnet.realtime.readers import Line

if TYPE_CHECKING:
    from mindnet.realtime.connection import Connection
    from mindnet.realtime.hub import Hub
    from mindnet.realtime.hub_room import HubRoom

# Lagging connections that read from the database at the same time; the others wait for their turn.
READS = 4
LINES = 100  # of a room, in one step


class Lagging:
    """Reads for a hub's lagging connections, for at most READS of them at a time."""

    def __init__(self, hub: "Hub") -> None:
        self.hub = hub
        self.reads = asyncio.Semaphore(READS)

    async def catch_up(self, connection: "Connection") -> None:
        """One step for a lagging connection: one room's queue or one page of its changes into the outbox."""
        if connection.queues:
            await self.push_queue(connection, next(iter(connection.queues)))
            return
        if not connection.cursors:
            async with self.reads:
                await facts.catch_up(self.hub, connection)
            return
        room_id, cursor = next(iter(connection.cursors.items()))
        room = self.hub.rooms[room_id]
        if room.recent_after <= cursor <= room.head:
            self.go_live(connection, room, cursor)
            return
        if cursor > room.head:  # the database was ahead of what has reached this process
            if room.received <= cursor:
                await self.hub.healing.repair_soon(room)
            if cursor > room.head:
                await asyncio.sleep(HOLE_SECONDS)
            return
        async with self.reads:
            lines, upto, _ = await self.hub.reader.changes(room_id, cursor, LINES)
        if room_id in connection.cursors and not connection.is_held:
            self.put(connection, lines)
            connection.cursors[room_id] = upto

    async def push_queue(self, connection: "Connection", room_id: int) -> None:
        """A room's offline queue; what comes after it is caught up with as well."""
        async with self.reads:
            lines, upto = await self.hub.reader.queue(room_id, connection.queues[room_id])
        if room_id in connection.queues and not connection.is_held:
            del connection.queues[room_id]
            self.put(connection, lines)
            connection.cursors[room_id] = upto

    def go_live(self, connection: "Connection", room: "HubRoom", cursor: int) -> None:
        self.put(connection, [(number, line) for number, line in room.recent if number > cursor])
        del connection.cursors[room.id]
        room.live[connection] = None

    def put(self, connection: "Connection", lines: list[Line]) -> None:
        if lines:
            connection.enqueue("\n".join([line for _, line in lines]), len(lines))
