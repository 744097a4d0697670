"""What a process has heard of, so that what it hears or reads later, and was so before, does not undo or repeat it.

Comings and goings: word of one waits for seconds where the channel layer hangs, and what was read in the table
(`rooms/reconcile.py`) may be old when it arrives. Somebody who has just left would be in again, and be sent what they
had before. So each has the room's revision at which it happened, which rises with every one of them. One's own
receipts, of rooms that do not count them.
"""

import asyncio
from collections.abc import Container

KEPT_SECONDS = 60  # a look at the table takes no longer, or has failed


class Moves:
    """`loop` is the clock."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        # (psychic, room) -> the greatest version heard of, and when something was heard last
        self.versions: dict[tuple[int, int], tuple[int, float]] = {}
        # (psychic, room) -> the watermarks told last, and when
        self.receipts: dict[tuple[int, int], tuple[int, int, float]] = {}

    def is_news(self, psychic_id: int, room_id: int, version: int | None) -> bool:
        """Notes a coming or going, and says whether it may be how it is now. None always may: older releases
        send no versions."""
        key = psychic_id, room_id
        newest, _ = self.versions.get(key, (0, 0.0))
        if version is None:
            version = newest
        if version < newest:
            return False
        self.versions[key] = version, self.loop.time()
        return True

    def is_further(self, psychic_id: int, receipt: tuple[int, int, int]) -> bool:
        """Notes a receipt (room, delivered, read). Whether it says more than what was told lately."""
        room_id, delivered, read = receipt
        told = self.receipts.get((psychic_id, room_id), (0, 0, 0.0))
        if delivered <= told[0] and read <= told[1]:
            return False
        self.receipts[psychic_id, room_id] = max(delivered, told[0]), max(read, told[1]), self.loop.time()
        return True

    def forget(self, here: Container[int]) -> None:
        """Of what was heard longer ago than KEPT_SECONDS. The moves of psychics who are `here` are kept: what a layer
        had in its hands when it began to hang may arrive whenever it ends."""
        oldest = self.loop.time() - KEPT_SECONDS
        self.versions = {key: heard for key, heard in self.versions.items() if heard[1] > oldest or key[0] in here}
        self.receipts = {key: told for key, told in self.receipts.items() if told[2] > oldest}

    def clear(self) -> None:
        self.versions.clear()
        self.receipts.clear()
