"""The short way of a request that is here in one piece: from the parser to where it is done, and the answer from there
to the connection.

As in `mindnet.serving.short_way` it is the plain that goes here, and only successes come out. But nothing is awaited,
so there is neither a task nor a layer of ASGI, and fewer turns of the event loop.
"""

import asyncio
import logging
from typing import Any, Protocol

from django.conf import settings

from mindnet.base.addresses import FORWARDING_HEADERS
from mindnet.base.asgi import Scope
from mindnet.base.errors import DomainError
from mindnet.rest.short import TRIED, Change, Post, Read, Tried
from mindnet.serving.actions import Done, Outcome
from mindnet.serving.deadline import ANSWER_SECONDS, late
from mindnet.serving.plain import Plain
from mindnet.serving.short_way import ShortWay, post, read_body
from mindnet.socket import runtime

logger = logging.getLogger(__name__)


class Exchange(Protocol):
    """A request that is here, body and all, and its answer, as the server has them."""

    scope: Scope
    body: Any

    def answer(self, status: int, head: bytes, body: bytes) -> None:
        """`head`: its lines, without those that the server puts on every answer."""

    def refuse(self, refusal: DomainError) -> None: ...

    def begin(self, scope: Scope) -> None:
        """The application is called, as for any other request."""


class AtOnce:
    def __init__(self, short_way: ShortWay) -> None:
        self.short_way = short_way

    def takes(self, exchange: Exchange) -> bool:
        """Whether it does, and then answers it or begins it. False: it is as it was."""
        scope = exchange.scope
        if runtime.running() is None or not FORWARDING_HEADERS.isdisjoint([name for name, _ in scope["headers"]]):
            return False
        asked = self.short_way.plain(scope)
        if asked is None or len(exchange.body) > settings.LIMITS["BODY_BYTES"]:
            return False
        waiting = Waiting(exchange, asked)
        try:
            is_begun = self.begins(asked, asked.operation.way, exchange.body, waiting)
        except DomainError:
            return False
        if is_begun:
            waiting.begin()
        return is_begun

    def begins(self, asked: Plain, way: Read | Change | Post, content: bytes, waiting: "Waiting") -> bool:
        """Raises DomainError where it cannot be."""
        if isinstance(way, Read):
            if way.is_alone or content:
                return False
            self.short_way.reads.tell(asked, None, waiting)
            return True
        body = read_body(way, content)
        if body is None:
            return False
        if isinstance(way, Post):
            post(asked, way, body, waiting)
        else:
            self.short_way.changes.tell(asked, body, waiting)
        return True


class Waiting:
    """A request that is being done. Called with what becomes of it; when its time is over, nobody hears of that."""

    __slots__ = ("asked", "exchange", "timer", "was_late")

    def __init__(self, exchange: Exchange, asked: Plain) -> None:
        self.exchange = exchange
        self.asked = asked
        self.was_late = False
        self.timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        self.timer = asyncio.get_running_loop().call_later(ANSWER_SECONDS, self.run_out)

    def is_over(self) -> bool:
        return self.was_late

    def run_out(self) -> None:
        """No answer has come."""
        scope = self.exchange.scope
        logger.warning("no answer to %s %r in time", scope["method"], scope["path"])
        self.was_late = True
        self.exchange.refuse(late())

    def __call__(self, outcome: Outcome | BaseException) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if self.was_late:
            return
        if isinstance(outcome, Done):
            status, body = outcome
            by_cookie = not self.asked.credential.token
            self.exchange.answer(status, self.asked.operation.head.encoded(len(body), by_cookie=by_cookie), body)
        else:
            self.exchange.begin({**self.exchange.scope, TRIED: as_tried(outcome)})


def as_tried(outcome: Tried | BaseException | None) -> Tried | None:
    """What has been tried in vain. What ended a thread is no error of the request's, and not tried again either."""
    if isinstance(outcome, Exception):
        return Tried(outcome)
    return Tried(RuntimeError("given up")) if isinstance(outcome, BaseException) else outcome
