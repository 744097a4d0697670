"""What one socket says of its typing, at the pace that others are told of it.

Beginning is passed on once in a few seconds (TYPING_RATE); what is said sooner waits for its turn and is passed on
then, if it still holds. Ending is passed on at once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from django.conf import settings

from mindnet.base.rates import Bucket

# Tells a room that the socket's psychic types there, or no longer does.
Tell = Callable[[int, bool], Awaitable[None]]


class TypedIn:
    """A room in which this socket has typed."""

    __slots__ = ("bucket", "timer", "told_at")

    def __init__(self, now: float) -> None:
        self.bucket = Bucket(settings.LIMITS["TYPING_RATE"], now)
        self.timer: asyncio.Task[None] | None = None
        self.told_at: float | None = None  # None while nobody believes that they type

    def cancel(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class TypingPace:
    """Of one socket."""

    __slots__ = ("rooms", "tell")

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.rooms: dict[int, TypedIn] = {}

    async def say(self, room_id: int, on: bool) -> None:
        now = time.monotonic()
        typed = self.rooms.get(room_id)
        if not on:
            if self.stopped(room_id):
                await self.tell(room_id, False)
            return
        if typed is None:
            self.forget(now)
            typed = self.rooms[room_id] = TypedIn(now)
        if typed.timer is not None:
            return
        wait = typed.bucket.take(now) if settings.LIMITS_ENFORCED else 0.0
        if wait:
            typed.timer = asyncio.create_task(self.later(room_id, typed, wait))
        else:
            typed.told_at = now
            await self.tell(room_id, True)

    async def later(self, room_id: int, typed: TypedIn, wait: float) -> None:
        """What was said too soon, in its turn; nobody waits for it, and so nobody hears what goes wrong with it."""
        await asyncio.sleep(wait)
        now = time.monotonic()
        typed.timer = None
        typed.bucket.take(now)
        typed.told_at = now
        await self.tell(room_id, True)

    def stopped(self, room_id: int) -> bool:
        """They no longer type there. Whether somebody may believe so still."""
        typed = self.rooms.get(room_id)
        if typed is None:
            return False
        typed.cancel()
        told_at, typed.told_at = typed.told_at, None
        return told_at is not None and time.monotonic() - told_at < settings.LIMITS["TYPING_SECONDS"]

    def sending(self, room_id: int) -> None:
        """What they typed is on its way, and the room is told of it with the message: nothing waits any longer."""
        if room_id in self.rooms:
            self.rooms[room_id].cancel()

    def end(self) -> list[int]:
        """The socket is gone: the rooms where somebody may believe that they type."""
        return [room_id for room_id in self.rooms if self.stopped(room_id)]

    def forget(self, now: float) -> None:
        """Rooms that say no more than new ones would."""
        idle = [id for id, typed in self.rooms.items() if typed.timer is None and typed.bucket.is_full(now)]
        for room_id in idle:
            if self.rooms[room_id].told_at is None:
                del self.rooms[room_id]
