"""Pings for all sockets of an event loop, from one timer.

Every socket is pinged each PING_SECONDS and cut when it has not answered by its next turn. A timer for each would cost
half a kilobyte and two timers a ping. Here the sockets are spread over ROUNDS, by when they came, and those of a round
are pinged together, with one frame for all.
"""

import asyncio
import logging
import random
import weakref
from collections.abc import Hashable
from typing import Protocol

from mindnet.realtime.frames import PING, control_frame

logger = logging.getLogger(__name__)

PING_SECONDS = 20
ROUNDS = 100
TICK_SECONDS = PING_SECONDS / ROUNDS
PAYLOAD_BYTES = 4

wheels: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, "Wheel"] = weakref.WeakKeyDictionary()


class Socket(Hashable, Protocol):
    def ping(self, payload: bytes, frame: bytes) -> None:
        """Sends this frame, and takes the same payload for its answer."""


def wheel() -> "Wheel":
    """That of the running event loop."""
    return wheels.setdefault(asyncio.get_running_loop(), Wheel())


class Wheel:
    """Holds sockets, and turns as long as it holds one."""

    def __init__(self) -> None:
        self.rounds: list[set[Socket]] = [set() for _ in range(ROUNDS)]
        self.current = 0
        self.next_at = 0.0
        self.is_turning = False

    def add(self, socket: Socket) -> set[Socket]:
        """The round of this socket, a set to take it out of again. Its first ping comes in PING_SECONDS."""
        sockets = self.rounds[self.current]
        sockets.add(socket)
        if not self.is_turning:
            self.is_turning = True
            self.wait()
        return sockets

    def wait(self) -> None:
        """What is late is made up for, unless it is so late that sockets would be pinged and not heard in between."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self.next_at += TICK_SECONDS
        if self.next_at < now:
            self.next_at = now + TICK_SECONDS
        loop.call_at(self.next_at, self.turn)

    def turn(self) -> None:
        self.is_turning = any(self.rounds)
        if not self.is_turning:
            return
        self.wait()
        self.current = (self.current + 1) % ROUNDS
        payload = random.randbytes(PAYLOAD_BYTES)  # noqa: S311 (it tells an answer to an earlier ping)
        frame = control_frame(PING, payload)
        for socket in tuple(self.rounds[self.current]):
            try:
                socket.ping(payload, frame)
            except Exception:  # one socket's trouble is not the others'
                logger.exception("a ping failed")
