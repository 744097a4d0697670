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
# Without one of these a request ends with its head.
OF_A_BODY = frozenset((b"content-length", b"transfer-encoding"))


class Deadline:
    """Around the HTTP application. The time counts from when the request's body is here."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send, waiting.begin())
        if not may_have_body(scope):
            request.arrive()
        try:
            await self.application(scope, request.receive, request.send)
        except (Exception, asyncio.CancelledError) as error:  # the server's end cancels what is late
            if not request.is_over:
                raise
            logger.warning("a late request failed: %s", error or "given up")
        finally:
            request.leave()


def may_have_body(scope: Scope) -> bool:
    for name, _ in scope["headers"]:  # noqa: SIM110 (a generator costs more, with each request)
        if name in OF_A_BODY:
            return True
    return False


class Request:
    """What the application sees of the client. A disconnect is not passed on while a thread works: Django would wait
    for that thread in the event loop. Once the answer has begun it is, so that what is sent in pieces ends with it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, client: waiting.Client) -> None:
        self.scope = scope
        self.receive_from_client = receive
        self.send_to_client = send
        self.client = client
        self.timer: asyncio.TimerHandle | None = None
        self.refusing: asyncio.Task[None] | None = None
        # Of the body all was handed on; of the answer something; and its time is over.
        self.is_read = self.has_begun = self.is_over = False
        self.begun: asyncio.Event | None = None  # made for who waits for it

    def arrive(self) -> None:
        """All of the request is here."""
        if self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(ANSWER_SECONDS, self.run_out)

    def run_out(self) -> None:
        """No answer has come. The request goes on, and nobody hears of it."""
        if self.has_begun:
            return
        logger.warning("no answer to %s %r in time", self.scope["method"], self.scope["path"])
        self.is_over = self.client.is_gone = True
        self.refusing = asyncio.get_running_loop().create_task(refuse(self.send_to_client))

    def leave(self) -> None:
        if self.timer is not None:
            self.timer.cancel()

    async def receive(self) -> Message:
        if self.is_read and not self.has_begun:
            self.begun = self.begun or asyncio.Event()
            await self.begun.wait()  # or until cancelled
        message = await self.receive_from_client()
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            self.is_read = True
            self.arrive()
        return message

    async def send(self, message: Message) -> None:
        if not self.is_over:
            self.has_begun = True
            if self.begun is not None:
                self.begun.set()
            await self.send_to_client(message)


async def refuse(send: Send) -> None:
    await send_refusal(send, late())


def late() -> DomainError:
    return DomainError("unavailable", "No answer came in time. Ask again under the same nonce.", retry_after=1)
