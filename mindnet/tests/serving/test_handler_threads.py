"""Requests under way at the same time, and what belongs to each of them."""

import asyncio
import contextvars
import threading

from mindnet.base import waiting
from mindnet.serving.handler import REQUEST_THREADS, in_request_thread


async def test_one_that_waits_does_not_hold_up_the_others():
    """As many as there are threads meet each other: with one fewer they would wait for ever."""
    meeting = threading.Barrier(REQUEST_THREADS, timeout=20)
    await asyncio.gather(*[in_request_thread(meeting.wait) for _ in range(REQUEST_THREADS)])


async def test_each_has_the_context_it_came_with():
    own = contextvars.ContextVar("own")

    async def request(number):
        own.set(number)
        client = waiting.begin()
        client.is_gone = number % 2 == 0
        return await in_request_thread(lambda: (own.get(), waiting.nobody_waits()))

    numbers = range(3 * REQUEST_THREADS)
    assert await asyncio.gather(*map(request, numbers)) == [(number, number % 2 == 0) for number in numbers]
