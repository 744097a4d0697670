"""One room as a process's hub knows it: its numbers in order, and who is live in it."""

import asyncio
import collections
from typing import TYPE_CHECKING

from django.conf import settings

from mindnet.realtime.facts import HOLE_SECONDS, Facts
from mindnet.realtime.frames import fitting, text_frame
from mindnet.realtime.gather import Presences, Typing
from mindnet.realtime.pace import Pace
from mindnet.realtime.readers import Line

if TYPE_CHECKING:
    from mindnet.realtime.connection import Connection
    from mindnet.realtime.hub import Hub

# The pause after a flush, as a multiple of what it took: the loop spends at most a sixth of its time on one room.
# Measured with 200 sockets and 400 messages a second: a factor of 3 costs up to a fifth more and is 5 to 20 ms faster.
PAUSE_FACTOR = 5
# Lines of a room kept so that whoever comes in or lags a little needs no query.
RECENT_LINES = 256


class HubRoom:
    """`head` is the newest number handed to the live connections, `received` the newest that joins on without a hole.

    `recent` has every line above the number `recent_after`; `ahead` holds what lies behind a hole, by first number.
    """

    __slots__ = (
        "hub",
        "id",
        "head",
        "received",
        "pending",
        "ahead",
        "recent",
        "recent_after",
        "connections",
        "live",
        "lookers",
        "flush_timer",
        "next_flush_at",
        "pace",
        "repair",
        "typing",
        "presences",
        "told",
        "facts",
    )

    def __init__(
        self, hub: "Hub", id: int, head: int, revision: int | None = None, receipts: int | None = None
    ) -> None:
        self.hub = hub
        self.id = id
        self.head = self.received = self.recent_after = head
        self.pending: list[Line] = []  # between head and received
        self.ahead: dict[int, tuple[int, list[str]]] = {}  # first number -> (last, lines)
        self.recent: collections.deque[Line] = collections.deque()
        self.connections: set[Connection] = set()
        self.live: dict[Connection, None] = {}  # in the order they came
        self.lookers: set[Connection] = set()
        self.flush_timer: asyncio.TimerHandle | None = None
        self.next_flush_at = 0.0
        self.pace = Pace()
        self.repair: asyncio.Task[None] | None = None
        self.typing = Typing(id, self.lookers)
        self.presences = Presences(id, self.lookers, hub)
        self.told: dict[str, list[int]] = {}  # event of a guided session -> the newest version told
        self.facts = Facts(self, revision, receipts)

    def is_news(self, event: str, version: list[int]) -> bool:
        """Whether an event of a guided session, of this version, has not been told here yet; it counts as told now."""
        if list(version) <= self.told.get(event, []):
            return False
        self.told[event] = list(version)
        return True

    def stop(self) -> None:
        self.typing.stop()
        self.presences.stop()
        self.facts.stop()
        if self.flush_timer:
            self.flush_timer.cancel()

    def arrive(self, first: int, last: int, lines: list[str]) -> None:
        """Numbers first..last, one line each: handed on, dropped when known, or held behind a hole."""
        if last <= self.received:
            return
        if first > self.received + 1:
            self.ahead[first] = (last, lines)
            self.hub.healing.repair_soon(self, HOLE_SECONDS)
            return
        self.take(first, last, lines)
        self.absorb()
        self.flush_soon()

    def take(self, first: int, last: int, lines: list[str]) -> None:
        self.pending.extend(enumerate(lines[self.received + 1 - first :], self.received + 1))
        self.received = last

    def absorb(self) -> None:
        """Takes in what was held behind a hole and now joins on."""
        while self.ahead and (first := min(self.ahead)) <= self.received + 1:
            last, lines = self.ahead.pop(first)
            if last > self.received:
                self.take(first, last, lines)

    def healed(self, lines: list[Line], upto: int) -> None:
        """What the database has between `received` and `upto`; numbers of replaced changes have no line."""
        self.pending.extend((number, line) for number, line in lines if number > self.received)
        self.received = max(self.received, upto)
        self.absorb()
        if self.pending:
            self.flush_soon()
        else:
            self.head = self.received

    def flush_soon(self) -> None:
        if self.flush_timer is not None or not self.pending:
            return
        wait = self.next_flush_at - self.hub.loop.time()
        if wait <= 0:
            self.flush()
        else:
            self.flush_timer = self.hub.loop.call_later(wait, self.flush)

    def flush(self) -> None:
        """One text for all live connections, or several where it is too long for a frame."""
        began = self.hub.loop.time()
        self.flush_timer = None
        lines, self.pending = self.pending, []
        for texts in fitting([line for _, line in lines], settings.LIMITS["SERVER_FRAME_BYTES"]):
            some, lines = lines[: len(texts)], lines[len(texts) :]
            self.hand_out("\n".join(texts), len(texts))
            self.head = some[-1][0]
            self.remember(some)
        self.head = self.received
        now = self.hub.loop.time()
        self.next_flush_at = now + PAUSE_FACTOR * (now - began)

    def hand_out(self, text: str, events: int) -> None:
        """Who has no room for it falls behind, from the head on as it is before this."""
        frame = text_frame(text)
        behind = [connection for connection in self.live if not connection.push_numbered(text, events, frame)]
        for connection in behind:
            self.hub.fall_behind(connection)

    def remember(self, lines: list[Line]) -> None:
        self.recent.extend(lines)
        while len(self.recent) > RECENT_LINES:
            self.recent_after = self.recent.popleft()[0]
