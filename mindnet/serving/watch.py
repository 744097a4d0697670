"""Deadlines of all HTTP connections of an event loop, from one timer.

A timer for each would be made and cancelled several times a request. A connection says in `due_at` by when something
must have come, in the loop's seconds, and the few whose time is over are found by looking at all.
"""

import asyncio
import logging
import weakref
from collections.abc import Hashable
from typing import Protocol

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.25

watches: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, "Watch"] = weakref.WeakKeyDictionary()


class Watched(Hashable, Protocol):
    due_at: float

    def overdue(self, now: float) -> None:
        """It is past `due_at`. Called each TICK_SECONDS until that is later again."""


def watch(loop: asyncio.AbstractEventLoop) -> "Watch":
    """That of this event loop."""
    found = watches.get(loop)
    if found is None:
        found = watches[loop] = Watch(loop)
    return found


class Watch:
    """Holds connections, and looks at them as long as it holds one."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = weakref.proxy(loop)
        self.connections: set[Watched] = set()
        self.is_looking = False

    def add(self, connection: Watched) -> None:
        self.connections.add(connection)
        if not self.is_looking:
            self.is_looking = True
            self.loop.call_later(TICK_SECONDS, self.look)

    def discard(self, connection: Watched) -> None:
        self.connections.discard(connection)

    def look(self) -> None:
        self.is_looking = bool(self.connections)
        if not self.is_looking:
            return
        self.loop.call_later(TICK_SECONDS, self.look)
        now = self.loop.time()
        for connection in [one for one in self.connections if one.due_at <= now]:
            try:
                connection.overdue(now)
            except Exception:  # one connection's trouble is not the others'
                logger.exception("a deadline failed")
