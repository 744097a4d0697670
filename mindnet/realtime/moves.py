"""Comings and goings that a process has heard of, so that what it reads of them in the table does not undo them.

The table is compared now and then (`rooms/reconcile.py`), and what was read a moment ago may be old when it arrives:
somebody who has just left would be in again, and be sent what they had before.
"""

import asyncio

KEPT_SECONDS = 60  # a look at the table takes no longer, or has failed


class Moves:
    """`loop` is the clock."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.heard_at: dict[tuple[int, int], float] = {}  # (psychic, room) -> when

    def is_news(self, psychic_id: int, room_id: int, read_at: float | None = None) -> bool:
        """Notes what was heard. What was read at `read_at` (loop time) is no news where something was heard since."""
        key = psychic_id, room_id
        if read_at is None:
            self.heard_at[key] = self.loop.time()
            return True
        return self.heard_at.get(key, float("-inf")) < read_at

    def forget(self) -> None:
        """Of what was heard longer ago than KEPT_SECONDS."""
        oldest = self.loop.time() - KEPT_SECONDS
        self.heard_at = {key: at for key, at in self.heard_at.items() if at > oldest}
