"""What a hub has missed, found in the database, and who makes no progress.

Nothing depends on the channel layer having delivered: a hole in a room's numbers is read, and every HEAD_CHECK_SECONDS
one query compares all rooms with the database.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

from django.conf import settings

from mindnet.realtime import codes, events, shapes
from mindnet.realtime.facts import HOLE_SECONDS

if TYPE_CHECKING:
    from mindnet.realtime.hub import Hub
    from mindnet.realtime.hub_room import HubRoom

logger = logging.getLogger(__name__)

REPAIR_LINES = 100  # read at a time


class Healing:
    """Of one hub."""

    def __init__(self, hub: "Hub") -> None:
        self.hub = hub

    def repair_soon(self, room: "HubRoom", seconds: float = 0.0) -> asyncio.Task[None]:
        """Reads a room's hole from the database after `seconds`, unless it has closed by then."""
        if room.repair is None:
            room.repair = self.hub.spawn(self.repair(room, seconds))
        return room.repair

    async def repair(self, room: "HubRoom", seconds: float) -> None:
        """Reads from the database until what was received joins on."""
        try:
            if seconds:
                await asyncio.sleep(seconds)
                if not room.ahead:
                    return
            complete = False
            while not complete and self.hub.rooms.get(room.id) is room:
                lines, upto, complete = await self.hub.reader.changes(room.id, room.received, REPAIR_LINES)
                room.healed(lines, upto)
        finally:
            room.repair = None

    async def tick(self) -> None:
        """Every HEAD_CHECK_SECONDS: what may have been missed, and who makes no progress."""
        while True:
            await asyncio.sleep(settings.LIMITS["HEAD_CHECK_SECONDS"])
            try:
                self.close_slow()
                self.hub.moves.forget(self.hub.by_psychic)
                await self.check_heads(list(self.hub.rooms))
                await self.hub.holding.check()
                await self.hub.crowds.check()
            except Exception as error:  # the database is away: the next round asks again
                logger.warning("hub: the database could not be compared with: %s", error)

    async def check_heads(self, room_ids: list[int]) -> None:
        """Compares with the database; what is missing here is read at once."""
        if not room_ids:
            return
        heads = await self.hub.reader.heads(room_ids)
        for room_id in room_ids:
            room = self.hub.rooms.get(room_id)
            if room is None:
                continue
            if room_id not in heads:
                self.end_room(room)
                continue
            if heads[room_id].seq > room.received:
                self.repair_soon(room, HOLE_SECONDS if room.ahead else 0.0)
            room.facts.compare(heads[room_id])

    def end_room(self, room: "HubRoom") -> None:
        """The room has ended and nobody told this process."""
        line = events.event("room.removed", shapes.RoomRemoval(room.id, "closed", None, None))
        for connection in list(room.connections):
            self.hub.moves.is_news(connection.psychic_id, room.id, connection.rooms[room.id])
            self.hub.detach(connection, room.id)
            connection.push(line)

    def close_slow(self) -> None:
        """4008 for whoever has made no progress for RESTRICTION_SECONDS with a full outbox."""
        now = self.hub.loop.time()
        for connection in list(self.hub.writing):
            stuck = connection.waiting_since is not None and now - connection.waiting_since
            if stuck and stuck > settings.LIMITS["SLOW_SECONDS"] and (connection.is_behind or connection.is_full()):
                connection.close(codes.SLOW_CONSUMER, "Your connection reads too slowly.")
