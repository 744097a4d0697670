"""The short way of the most asked requests: see `mindnet.rest.short`.

It stands before Django's handler and takes what is plain (`mindnet.serving.plain`). Reads that come at the same time
have one change of thread for all, and so have edits (`mindnet.serving.together`). A post holds no thread: the writer
looks up whose it is (`messaging.drafts.Letter`), and is awaited in the event loop. What is refused goes on to the long
way, whole.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import cached_property, lru_cache, partial
from typing import Any

import msgspec
from django.http import HttpRequest

from mindnet.base.asgi import Application, Receive, Scope, Send
from mindnet.base.errors import DomainError
from mindnet.base.settling import Settling
from mindnet.base.turns import Turns
from mindnet.rest.rendering import encoder
from mindnet.rest.short import TRIED, Change, Post, Read, Tried
from mindnet.serving import health
from mindnet.serving.actions import Done, Outcome, counted, in_thread
from mindnet.serving.handler import in_request_thread
from mindnet.serving.heads import Header, answer, lines_of, send_lines
from mindnet.serving.plain import Key, Operation, Plain, decisive, key_of, operations, plain
from mindnet.serving.sign_in_line import replayed, whole_body
from mindnet.serving.together import Together
from mindnet.socket import runtime
from presence.models import Psychic

HEALTH = "/healthz"


class ShortWay:
    """Around the HTTP application, within Deadline. `turns`: those of the long way."""

    def __init__(self, application: Application, turns: Turns) -> None:
        self.application = application
        self.turns = turns
        self.reads, self.changes = Together(turns), Together(turns)

    @cached_property
    def operations(self) -> dict[Key, Operation]:
        """Made when first asked for: the views import much."""
        return dict(operations())

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        if scope["path"] == HEALTH:
            return self.health(scope, receive, send)
        asked = self.plain(scope) if TRIED not in scope else None
        if asked is None:
            return self.application(scope, receive, send)
        way = asked.operation.way
        if isinstance(way, Read):
            return self.read(asked, way, scope, receive, send)
        return self.write(asked, way, scope, receive, send)

    def plain(self, scope: Scope) -> Plain | None:
        """The request as it is taken, None where it goes the long way."""
        key, numbers = key_of(scope["method"], scope["path"])
        operation = self.operations.get(key)
        headers = decisive(scope["headers"]) if operation is not None else None
        return None if operation is None or headers is None else plain(operation, numbers, headers, scope)

    def health(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        headers = decisive(scope["headers"])
        # Django has something to say to cookies that are malformed.
        if scope["method"] != "GET" or headers is None or b"cookie" in headers:
            return self.application(scope, receive, send)
        return say_health(send)

    async def read(self, asked: Plain, way: Read, scope: Scope, receive: Receive, send: Send) -> None:
        outcome = await (in_request_thread(in_thread, self.turns, asked) if way.is_alone else self.reads.submit(asked))
        await self.end(outcome, asked, scope, receive, send)

    async def write(self, asked: Plain, way: Change | Post, scope: Scope, receive: Receive, send: Send) -> None:
        messages = await whole_body(receive)
        receive = replayed(messages, receive)
        body = read_body(way, b"".join([one.get("body", b"") for one in messages]))
        if body is None:
            return await self.application(scope, receive, send)
        outcome = await (posted(asked, way, body) if isinstance(way, Post) else self.changes.submit(asked, body))
        await self.end(outcome, asked, scope, receive, send)

    async def end(self, outcome: Outcome, asked: Plain, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the answer, or goes the long way with what has been tried."""
        if isinstance(outcome, Done):
            by_cookie = not asked.credential.token
            status, body = outcome
            return await answer(scope, send, status, asked.operation.head, body, by_cookie=by_cookie)
        await self.application(scope if outcome is None else {**scope, TRIED: outcome}, receive, send)


def read_body(way: Change | Post, body: bytes) -> Any:
    """None for one that is not plain."""
    try:
        return msgspec.json.decode(body, type=way.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        return None


# What is done


async def posted(asked: Plain, way: Post, body: Any) -> Outcome:
    """In the event loop."""
    try:
        await runtime.get()  # which has the batchers
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        post(asked, way, body, Settling(outcome))
    except DomainError:
        return None
    return await outcome


def post(asked: Plain, way: Post, body: Any, told: Callable[[Outcome], object]) -> None:
    """In the event loop. Raises DomainError where it is not even begun."""
    heard = partial(hear, way, told)
    way.submit(asked.credential, partial(prepared, asked, way, body), body, heard, **asked.path)


def hear(way: Post, told: Callable[[Outcome], object], result: Any) -> None:
    told(outcome_of(way, result))


def outcome_of(way: Post, result: Any) -> Outcome:
    if isinstance(result, TurnedBack):
        return result.outcome
    if isinstance(result, Exception):
        return Tried(result)  # as in `acted`; what may have been stored must not be stored again
    try:
        status, data = way.answer(result)
        return Done(status, encoder.encode(data))
    except Exception as error:
        return Tried(error)


class TurnedBack(Exception):
    """What is posted is not stored, as far as we have tried."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def prepared(asked: Plain, way: Post, body: Any, psychic: Psychic | None) -> Any:
    """In the batcher's thread."""
    if psychic is None or counted(asked, psychic) is None:
        raise TurnedBack(None)
    try:
        return way.prepare(psychic, body, **asked.path)
    except DomainError:
        raise TurnedBack(Tried()) from None


# Answers


async def say_health(send: Send) -> None:
    status, lines, body = healthy(int(time.time()))
    await send_lines(send, status, lines, body)


@lru_cache(1)
def healthy(second: int) -> tuple[int, list[Header], bytes]:
    """What the view says, which tells in one header what second it is and differs by nothing else."""
    request = HttpRequest()
    request.method = "GET"
    response = health.healthz(request)
    return response.status_code, lines_of(response), response.content
