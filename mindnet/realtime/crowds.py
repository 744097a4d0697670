"""Rooms that so many people look at that they are told how many are how, instead of who is how.

In a room of n people each change of presence would be told n times, and n of them make n² a second. More than
LOOKERS_LISTED people looking get counts. People are counted over all processes: at every tick one query, and in
between by who looks at the room in this process.
"""

from typing import TYPE_CHECKING

import msgspec
from django.conf import settings

from mindnet.realtime import events, shapes
from mindnet.realtime.readers import CrowdReader

if TYPE_CHECKING:
    from mindnet.realtime.hub import Hub


class Crowds:
    """Without a reader there are no crowds."""

    def __init__(self, hub: "Hub", reader: CrowdReader | None) -> None:
        self.hub = hub
        self.reader = reader
        self.known: set[int] = set()
        self.counted: set[int] = set()  # rooms where somebody holds counts

    def is_crowd(self, room_id: int) -> bool:
        """Whether more than LOOKERS_LISTED people look at a room, as far as this process knows."""
        if self.reader is None:
            return False
        room = self.hub.rooms.get(room_id)
        # Whoever is invisible is not counted: nobody may learn of them from the number at which counts begin.
        here = {one.psychic_id for one in room.lookers if one.chosen_status != "invisible"} if room else ()
        return room_id in self.known or len(here) > settings.LIMITS["LOOKERS_LISTED"]

    async def counts(self, room_id: int) -> shapes.PresenceCounts | None:
        """The PresenceCounts of a crowded room, None for any other."""
        if self.reader is None or not self.is_crowd(room_id):
            return None
        self.counted.add(room_id)
        return await self.reader.counts(room_id)

    async def line(self, room_id: int) -> str:
        """`presence.changed` of a crowded room, with counts, or with nothing where they are not for those who look."""
        self.counted.add(room_id)
        counts = await self.reader.counts(room_id) if self.reader is not None else None
        change = shapes.PresenceChange(room_id, [], msgspec.UNSET if counts is None else counts)
        return events.room_event("presence.changed", room_id, change)

    async def check(self) -> None:
        """Counts anew, and tells rooms that have become crowds or are none any more."""
        looked_at = [room.id for room in self.hub.rooms.values() if room.lookers]
        self.known = await self.reader.crowded(looked_at) if self.reader and looked_at else set()
        crowds = {room_id for room_id in looked_at if self.is_crowd(room_id)}
        turned, self.counted = crowds ^ self.counted, crowds
        for room in [self.hub.rooms[room_id] for room_id in turned if room_id in self.hub.rooms]:
            room.presences.soon()  # so that whoever looks knows at once what they hold from now on
