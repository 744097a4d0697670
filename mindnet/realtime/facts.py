"""What a room is and who is in it, as a process's hub has told it: counted, so that what was missed can be read again.

Events without a number (the room itself, its people, their roles) raise the room's `revision` by one each, under its
row lock; receipts raise a count of their own. The hub keeps the newest of both that it has told without a hole. A hole
is held for HOLE_SECONDS, then what is missing is read from the database as it is by now: these events say how something
is, so the last one says all. The head check finds what nobody told, within 3 s.

A connection that stands behind the hub, because it has just said hello or its psychic has meditated, remembers from
which counts on it has to be told (`Connection.missed`); its writer task reads for it as it reads messages.
"""

import asyncio
from typing import TYPE_CHECKING

from mindnet.realtime.readers import FactsPage, Head

if TYPE_CHECKING:
    from mindnet.realtime.connection import Connection
    from mindnet.realtime.hub import Hub
    from mindnet.realtime.hub_room import HubRoom

# What overtook on its way between two processes, closes by itself; as long as a hole among the numbers.
HOLE_SECONDS = 0.05
# Events that are read in one step.
LINES = 100


class Facts:
    """Of one room. A count is None as long as it is not known: then the first one heard of is the newest told."""

    __slots__ = ("ahead", "receipts", "repair", "revision", "room", "seen_receipts", "seen_revision")

    def __init__(self, room: "HubRoom", revision: int | None, receipts: int | None) -> None:
        self.room = room
        self.revision, self.receipts = revision, receipts
        # The newest that there are, as far as is known.
        self.seen_revision, self.seen_receipts = revision or 0, receipts or 0
        self.ahead: set[int] = set()  # receipts told, behind a hole
        self.repair: asyncio.Task[None] | None = None

    @property
    def is_complete(self) -> bool:
        return (self.revision or 0) >= self.seen_revision and (self.receipts or 0) >= self.seen_receipts

    def stop(self) -> None:
        if self.repair is not None:
            self.repair.cancel()

    # What is heard

    def changed(self, revision: int, line: str) -> None:
        """An event of the room or its people. An empty line tells nothing, and counts."""
        if self.revision is None or revision == self.revision + 1:
            self.revision = revision
            self.tell(line)
        elif revision > self.revision:
            self.seen(revision, 0)

    def confirmed(self, receipts: int, line: str) -> None:
        """Receipts: told in any order, since watermarks only move forward."""
        if self.receipts is None or receipts == self.receipts + 1:
            self.receipts = receipts
            while self.receipts + 1 in self.ahead:
                self.receipts += 1
                self.ahead.remove(self.receipts)
            self.tell(line)
        elif receipts > self.receipts and receipts not in self.ahead:
            self.ahead.add(receipts)
            self.tell(line)
            self.seen(0, receipts)

    def compare(self, head: Head) -> None:
        """With what the database has."""
        if self.revision is None:
            self.revision = head.revision
        if self.receipts is None:
            self.receipts = head.receipts
        self.seen(head.revision, head.receipts)

    def seen(self, revision: int, receipts: int) -> None:
        """There are so many; what is missing of them is read in a moment, unless it has come by then."""
        self.seen_revision = max(self.seen_revision, revision)
        self.seen_receipts = max(self.seen_receipts, receipts)
        if not self.is_complete and self.repair is None:
            self.repair = self.room.hub.spawn(self.heal())

    def tell(self, line: str, psychic_id: int | None = None) -> None:
        """To all who are in the room, or to one psychic's connections there."""
        if not line:
            return
        for connection in list(self.room.connections):
            if connection.is_open and not connection.is_held and psychic_id in (None, connection.psychic_id):
                connection.push(line)

    # What is read

    async def heal(self) -> None:
        """Reads until nothing is missing. What fails is tried again after the next head check."""
        try:
            await asyncio.sleep(HOLE_SECONDS)
            hub, room = self.room.hub, self.room
            while not self.is_complete and hub.rooms.get(room.id) is room:
                if (self.revision or 0) < (seen := self.seen_revision):
                    found = await hub.reader.facts(room.id, self.revision or 0, LINES)
                    self.tell("\n".join(found.lines))
                    self.revision = max(self.revision or 0, upto(found, seen))
                else:
                    seen = self.seen_receipts
                    receipts = await hub.reader.receipts(room.id)
                    for receipt in receipts.lines:
                        self.tell(receipt.line, receipt.psychic_id if receipt.is_hidden else None)
                    self.receipts = max(self.receipts or 0, receipts.upto, seen)
                    self.ahead = {number for number in self.ahead if number > self.receipts}
        finally:
            self.repair = None

    # Connections behind

    def behind(self, connection: "Connection") -> None:
        """From here on the connection is told nothing of this room: it has to be told later."""
        connection.missed.setdefault(self.room.id, (self.revision, self.receipts))

    def attach(self, connection: "Connection", revision: int | None, receipts: int | None) -> None:
        """A connection that knows the room as it was at these counts; None where it knows as much as the hub."""
        at = (self.revision if revision is None else revision, self.receipts if receipts is None else receipts)
        is_behind = (at[0] or 0) < (self.revision or 0) or (at[1] or 0) < (self.receipts or 0)
        if is_behind or connection.is_held:
            connection.missed[self.room.id] = at


def upto(found: FactsPage, known: int) -> int:
    """How far a page reaches. What was known before the reading is in it, and where a database that was put back knows
    less, there is no more to be read."""
    return max(found.upto, known) if found.is_all else found.upto


async def catch_up(hub: "Hub", connection: "Connection") -> None:
    """One step for a connection that is behind: one page of one room into its outbox."""
    room_id, (revision, receipts) = next(iter(connection.missed.items()))
    facts = hub.rooms[room_id].facts
    lines: list[str] = []
    after: tuple[int | None, int | None] = (revision, receipts)
    known, known_receipts = facts.revision or 0, facts.receipts or 0
    is_done = True
    if revision is not None and revision < known:
        found = await hub.reader.facts(room_id, revision, LINES)
        lines, after, is_done = found.lines, (upto(found, known), receipts), found.is_all
    elif receipts is not None and receipts < known_receipts:
        read = await hub.reader.receipts(room_id)
        lines = [one.line for one in read.lines if not one.is_hidden or one.psychic_id == connection.psychic_id]
        after = (revision, max(read.upto, known_receipts))
    if room_id not in connection.missed or connection.is_held:
        return
    if lines:
        connection.enqueue("\n".join(lines), len(lines))
    connection.missed[room_id] = after
    if is_done and (after[0] or 0) >= (facts.revision or 0) and (after[1] or 0) >= (facts.receipts or 0):
        del connection.missed[room_id]
