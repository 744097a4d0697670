"""Requests of the short way that are under way at the same time are done in one turn of one thread.

A read over REST takes a third of a millisecond, and to change threads for it took half of one: the request's thread is
woken, waits for the interpreter and loses it with every statement to the event loop, which is woken for one answer.
Whoever comes while others are at work is taken together with all that have come meanwhile.
"""

import asyncio
import collections
import contextlib
import logging
import time
from typing import Any, NamedTuple, Protocol

from mindnet.base.settling import Settling
from mindnet.base.turns import Turns, pause
from mindnet.serving.actions import Outcome, over_one_connection
from mindnet.serving.handler import requests
from mindnet.serving.plain import Plain

logger = logging.getLogger(__name__)

# So many turns at once: where one waits for PostgreSQL another is at work, and what takes long holds up few.
AT_WORK = 4
# In one turn. Sixteen save nearly all that is to be saved, and take as long as a page.
MOST = 16
# What is done goes out after so long, although the turn goes on.
KEPT_SECONDS = 0.003


class Told(Protocol):
    """Who is told an outcome, in the event loop, or why there is none."""

    def __call__(self, result: Outcome | BaseException, /) -> object: ...

    def is_over(self) -> bool:
        """Whether nobody waits for it any more. From any thread."""


class Waiting(NamedTuple):
    """Somebody who waits for an answer."""

    asked: Plain
    body: Any
    told: Told


Answer = tuple[Waiting, Outcome | BaseException]


class Together:
    """Of requests of one kind: reads without a body, or changes with one. Belongs to an event loop, in which all is
    called but `work`."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.line: collections.deque[Waiting] = collections.deque()
        self.at_work = 0

    def submit(self, asked: Plain, body: Any = None) -> "asyncio.Future[Outcome]":
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.tell(asked, body, Settling(future))
        return future

    def tell(self, asked: Plain, body: Any, told: Told) -> None:
        """As `submit`, without a future: `told` is called as soon as the outcome is there."""
        self.line.append(Waiting(asked, body, told))
        self.go_on(asyncio.get_running_loop())

    def go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.line and self.at_work < AT_WORK:
            self.at_work += 1
            requests.submit(self.work, loop)

    def end(self, loop: asyncio.AbstractEventLoop) -> None:
        self.at_work -= 1
        self.go_on(loop)

    # In a request's thread

    def work(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            try:
                with self.turns.turn():
                    self.answer(self.taken(), loop)
            finally:
                loop.call_soon_threadsafe(self.end, loop)

    def taken(self) -> list[Waiting]:
        """Of the line as it is now. Who has been told meanwhile that no answer comes is left out."""
        found: list[Waiting] = []
        with contextlib.suppress(IndexError):
            while len(found) < MOST:
                waiting = self.line.popleft()
                if not waiting.told.is_over():
                    found.append(waiting)
        return found

    def answer(self, taken: list[Waiting], loop: asyncio.AbstractEventLoop) -> None:
        done: list[Answer] = []
        since = time.monotonic()
        left = dict.fromkeys(range(len(taken)))
        try:
            for place, outcome in over_one_connection([one.asked for one in taken], [one.body for one in taken]):
                del left[place]
                done.append((taken[place], outcome))
                if time.monotonic() - since > KEPT_SECONDS:
                    loop.call_soon_threadsafe(give, done)
                    done, since = [], time.monotonic()
                    pause()
        except BaseException as error:
            done += [(taken[place], error) for place in left]
            raise
        finally:
            loop.call_soon_threadsafe(give, done)


def give(done: list[Answer]) -> None:
    for waiting, outcome in done:
        try:
            waiting.told(outcome)
        except Exception:
            logger.exception("an outcome could not be told")
