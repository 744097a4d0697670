"""Every HTTP request has its answer within ten seconds, also while the database hangs or the machine is busy.

A thread that waits for the database cannot be interrupted. The request goes on behind, its answer is dropped, and the
client hears 503 `unavailable`: the outcome may be unknown.
"""

import asyncio
import logging

from mindnet.base import waiting
from mindnet.base.asgi import Application, Message, Receive, Scope, Send
from mindnet.base.errors import DomainError
from mindnet.realtime import codes
from mindnet.serving.refusals import send_refusal

logger = logging.getLogger(__name__)

ANSWER_SECONDS = codes.REPLY_SECONDS - 0.5


class Deadline:
    """Around the HTTP application. The time counts from when the request's body is here."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, client = Request(receive, send), waiting.begin()
        task = asyncio.create_task(self.application(scope, request.receive, request.send))
        arrived = asyncio.create_task(request.has_arrived.wait())
        await asyncio.wait({task, arrived}, return_when=asyncio.FIRST_COMPLETED)
        arrived.cancel()
        await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        if task.done() or request.has_begun:
            await task
            return
        logger.warning("no answer to %s %r in time", scope["method"], scope["path"])
        request.is_over = client.is_gone = True
        self.late.add(task)
        task.add_done_callback(self.ended)
        await refuse(send)

    def ended(self, task: asyncio.Task[None]) -> None:
        self.late.discard(task)
        if not task.cancelled() and task.exception():
            logger.warning("a late request failed: %s", task.exception())


class Request:
    """What the application sees of the client. A disconnect is not passed on while a thread works: Django would wait
    for that thread in the event loop. Once the answer has begun it is, so that what is sent in pieces ends with it."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self.receive_from_client = receive
        self.send_to_client = send
        self.has_arrived = asyncio.Event()
        self.has_begun = False
        self.begun = asyncio.Event()
        self.is_over = False

    async def receive(self) -> Message:
        if self.has_arrived.is_set():
            await self.begun.wait()  # or until cancelled
            return await self.receive_from_client()
        message = await self.receive_from_client()
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            self.has_arrived.set()
        return message

    async def send(self, message: Message) -> None:
        if not self.is_over:
            self.has_begun = True
            self.begun.set()
            await self.send_to_client(message)


async def refuse(send: Send) -> None:
    refusal = DomainError("unavailable", "No answer came in time. Ask again under the same nonce.", retry_after=1)
    await send_refusal(send, refusal)
