"""Whose turn it is in the threads of requests: few at a time, and those that only wait do not count.

Python runs one thread at a time, and each more that wants to run makes the others, the event loop among them, wait
longer and change places oftener: with eight at work a request took twice as much CPU as with one. But one that
waits for a lock, a hash or a picture does not run, and whoever stood behind it would wait for nothing.
"""

import asyncio
import collections
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.db import connection

# SQLite answers in the thread that asks. Of two, one runs while the other waits for PostgreSQL.
AT_ONCE = {"sqlite": 1}
AT_ONCE_ELSEWHERE = 2
# What takes longer than most is mostly waiting.
WAITING_SECONDS = 0.05


class Turns:
    """For one event loop. First come, first served."""

    def __init__(self, at_once: int | None = None, waiting_seconds: float = WAITING_SECONDS) -> None:
        self.free = at_once or AT_ONCE.get(connection.vendor, AT_ONCE_ELSEWHERE)
        self.waiting_seconds = waiting_seconds
        self.line: collections.deque[asyncio.Future[None]] = collections.deque()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Around the work of one request."""
        await self.enter()
        counts = True

        def let_another_in() -> None:
            nonlocal counts
            counts = False
            self.hand_on()

        timer = asyncio.get_running_loop().call_later(self.waiting_seconds, let_another_in)
        try:
            yield
        finally:
            timer.cancel()
            if counts:
                self.hand_on()

    async def enter(self) -> None:
        if self.free:
            self.free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self.line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was their turn in the same moment
                self.hand_on()
            raise

    def hand_on(self) -> None:
        while self.line:
            turn = self.line.popleft()
            if not turn.cancelled():
                turn.set_result(None)
                return
        self.free += 1
