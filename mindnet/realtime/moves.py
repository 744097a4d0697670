"""What a process has heard of, so that what it reads of it in the table does not undo or repeat it.

Comings and goings: the table is compared now and then (`rooms/reconcile.py`), and what was read a moment ago may be old
when it arrives: somebody who has just left would be in again, and be sent what they had before. One's own receipts, of
rooms that do not count them.
"""

import asyncio

KEPT_SECONDS = 60  # a look at the table takes no longer, or has failed


class Moves:
    """`loop` is the clock."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.heard_at: dict[tuple[int, int], float] = {}  # (psychic, room) -> when
        # (psychic, room) -> the watermarks told last, and when
        self.receipts: dict[tuple[int, int], tuple[int, int, float]] = {}

    def is_news(self, psychic_id: int, room_id: int, read_at: float | None = None) -> bool:
        """Notes what was heard. What was read at `read_at` (loop time) is no news where something was heard since."""
        key = psychic_id, room_id
        if read_at is None:
            self.heard_at[key] = self.loop.time()
            return True
        return self.heard_at.get(key, float("-inf")) < read_at

    def is_further(self, psychic_id: int, receipt: tuple[int, int, int]) -> bool:
        """Notes a receipt (room, delivered, read). Whether it says more than what was told lately."""
        room_id, delivered, read = receipt
        told = self.receipts.get((psychic_id, room_id), (0, 0, 0.0))
        if delivered <= told[0] and read <= told[1]:
            return False
        self.receipts[psychic_id, room_id] = max(delivered, told[0]), max(read, told[1]), self.loop.time()
        return True

    def forget(self) -> None:
        """Of what was heard longer ago than KEPT_SECONDS."""
        oldest = self.loop.time() - KEPT_SECONDS
        self.heard_at = {key: at for key, at in self.heard_at.items() if at > oldest}
        self.receipts = {key: told for key, told in self.receipts.items() if told[2] > oldest}
