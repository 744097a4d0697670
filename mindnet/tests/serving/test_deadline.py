"""An answer that was given up, and what goes on behind it."""

import asyncio

from asgiref.sync import sync_to_async

from mindnet.base.waiting import nobody_waits
from mindnet.serving import deadline


async def test_what_goes_on_behind_an_answer_knows_that_nobody_waits(monkeypatch):
    monkeypatch.setattr(deadline, "ANSWER_SECONDS", 0.05)
    seen, sent, may_go_on = [], [], asyncio.Event()

    async def application(scope, receive, send):
        await receive()
        seen.append(await sync_to_async(nobody_waits)())
        await may_go_on.wait()
        seen.append(await sync_to_async(nobody_waits)())

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    around = deadline.Deadline(application)
    await around({"type": "http", "method": "POST", "path": "/auth/token"}, receive, send)
    assert sent[0]["status"] == 503
    late = list(around.late)
    may_go_on.set()
    await asyncio.gather(*late)
    assert seen == [False, True]
