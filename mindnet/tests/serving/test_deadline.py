"""An answer that was given up, and what goes on behind it."""

import asyncio

from asgiref.sync import sync_to_async

from mindnet.base.waiting import nobody_waits
from mindnet.serving import deadline


async def test_what_goes_on_behind_an_answer_knows_that_nobody_waits(monkeypatch):
    monkeypatch.setattr(deadline, "ANSWER_SECONDS", 0.05)
    seen, sent, may_go_on, refused = [], [], asyncio.Event(), asyncio.Event()

    async def application(scope, receive, send):
        await receive()
        seen.append(await sync_to_async(nobody_waits)())
        await may_go_on.wait()
        seen.append(await sync_to_async(nobody_waits)())
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)
        refused.set()

    around = deadline.Deadline(application)
    scope = {"type": "http", "method": "POST", "path": "/auth/token", "headers": [(b"content-length", b"0")]}
    request = asyncio.create_task(around(scope, receive, send))
    await refused.wait()
    assert sent[0]["status"] == 503
    may_go_on.set()
    await request
    assert seen == [False, True]
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
