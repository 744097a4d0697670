"""Who signs in stands in line, before a thread of requests is taken for it: a few who wait there would hold up all.

Checking a password is meant to keep a core busy for a good part of a second, so there are as many at a time as there
are cores. Who could not be done within WAIT_SECONDS is told so at once, and when it is worth coming again.
"""

import asyncio
import collections
import time

from mindnet.base.asgi import Application, Message, Receive, Scope, Send
from mindnet.base.errors import DomainError
from mindnet.base.waiting import nobody_waits
from mindnet.serving.refusals import send_refusal
from presence import hashing

# Where something that is posted has a password hashed.
PATHS = frozenset((
    "/accounts/login/", "/accounts/signup/", "/accounts/reauthenticate/", "/accounts/password/change/", "/admin/login/",
    "/auth/token", "/psychics", "/psychics/me/password",
))  # fmt: skip
# Of the ten seconds that an answer may take; what is left is for the work itself on a machine that is busy.
WAIT_SECONDS = 6.0
# Until the first was measured, and how much a new measure counts.
FIRST_SECONDS = 0.5
NEW_SHARE = 0.3


class Line:
    """First come, first served. For one event loop's thread."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self.at_work = 0
        self.waiting: collections.deque[asyncio.Future[None]] = collections.deque()
        self.work_seconds = FIRST_SECONDS

    def seconds_to_wait(self) -> float:
        """How long a newcomer would wait for their turn."""
        return (self.at_work + len(self.waiting)) // self.at_once * self.work_seconds

    async def enter(self) -> None:
        """Returns when it is the caller's turn. Raises `overloaded`."""
        wait = self.seconds_to_wait()
        if wait > WAIT_SECONDS:
            raise hashing.overloaded(wait - WAIT_SECONDS)
        if self.at_work < self.at_once:
            self.at_work += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        try:
            await asyncio.wait_for(asyncio.shield(turn), WAIT_SECONDS + 1)
        except BaseException as reason:
            if turn.done():
                self.hand_on()
            else:
                self.waiting.remove(turn)
            if isinstance(reason, TimeoutError):
                raise hashing.overloaded(self.seconds_to_wait()) from None
            raise

    def leave(self, seconds: float) -> None:
        """After work that took so long."""
        self.work_seconds += (seconds - self.work_seconds) * NEW_SHARE
        self.hand_on()

    def hand_on(self) -> None:
        if self.waiting:
            self.waiting.popleft().set_result(None)
        else:
            self.at_work -= 1


class SignInLine:
    """Around the HTTP application, within Deadline: the time in line counts."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.line = Line(hashing.AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST" or scope["path"] not in PATHS:
            return await self.application(scope, receive, send)
        messages = await whole_body(receive)
        try:
            await self.line.enter()
        except DomainError as refusal:
            if not wants_page(scope):
                return await send_refusal(send, refusal)
            hashing.refusal.set(refusal)  # said by the page, in its place
            return await self.application(scope, replayed(messages, receive), send)
        began = time.monotonic()
        try:
            if not nobody_waits():
                await self.application(scope, replayed(messages, receive), send)
        finally:
            self.line.leave(time.monotonic() - began)


async def whole_body(receive: Receive) -> collections.deque[Message]:
    """Until then nobody waits for its sender; it is small, see BODY_BYTES."""
    messages = collections.deque([await receive()])
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def replayed(messages: collections.deque[Message], receive: Receive) -> Receive:
    """What came already, and then what comes."""

    async def next_message() -> Message:
        return messages.popleft() if messages else await receive()

    return next_message


def wants_page(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
