"""Django for HTTP, in threads of its own, with one change of thread for a request.

Django's own handler goes to the request's thread and back for every middleware, for the view and for the signals
around them: some twenty times with ours, which cost more than what they do there; and there is one such thread for all
requests. Here static files are answered in the event loop, and anything else runs from the first middleware to the last
in one go, in one of REQUEST_THREADS.
"""

import asyncio
import contextvars
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, TypeVar

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.exception import convert_exception_to_response
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix, set_urlconf
from servestatic.middleware import ServeStaticMiddleware

from mindnet.base.asgi import Receive, Scope
from mindnet.base.turns import Turns

# Of a body that goes to a file: so much of it is in memory.
WRITTEN_BYTES = 128 * 1024
# One thread: there is one disk, and every thread more would keep memory of its own.
body_writer = ThreadPoolExecutor(1, "bodies")
# Those who wait for the database, a hash or a picture do not hold up the others, which take turns.
REQUEST_THREADS = 8
requests = ThreadPoolExecutor(REQUEST_THREADS, "request")

Given = TypeVar("Given")


async def in_request_thread(function: Callable[..., Given], *args: Any) -> Given:
    """Calls a function in a thread of requests, with the context of who asks for it. That goes on where nobody waits
    for it any more: a thread cannot be interrupted."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(requests, context.run, function, *args)


class Handler(ASGIHandler):
    """Takes the place of Django's, which goes on reading the request and writing the answer."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)
        self.turns = Turns()
        self.first: Any = convert_exception_to_response(ServeStaticMiddleware(self.answer_in_thread))

    async def read_body(self, receive: Receive) -> IO[bytes]:  # type: ignore[override]  # a message as we name it
        """In memory while it is small. Raises RequestAborted for a client that goes away meanwhile.

        A large one is written to its temporary file by a thread: a disk that takes its time would hold up the event
        loop, and all sockets with it."""
        body: IO[bytes] = tempfile.SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115 (whoever asked for it closes it)
        try:
            gathered, is_there_more = bytearray(), True
            while is_there_more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RequestAborted
                gathered += message.get("body", b"")
                is_there_more = message.get("more_body", False)
                if len(gathered) >= WRITTEN_BYTES or (not is_there_more and body.tell()):
                    await asyncio.get_running_loop().run_in_executor(body_writer, body.write, gathered)
                    gathered = bytearray()
            body.write(gathered)
        except BaseException:
            body.close()
            raise
        body.seek(0)
        return body

    async def handle(self, scope: Scope, receive: Any, send: Any) -> None:
        """As Django does. What is not sent in pieces is whole before its first byte goes out, so nothing is stopped
        where the client goes away meanwhile."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        set_script_prefix(get_script_prefix(scope))
        request, refusal = self.create_request(scope, body)
        if request is None:
            body.close()
            return await self.send_response(refusal, send)  # type: ignore[arg-type]  # one of the two is there
        response = await self.get_response_async(request)
        try:
            if response.streaming:
                await self.send_pieces(response, receive, send)
            else:
                await self.send_response(response, send)
        finally:
            if not response.closed:
                await in_request_thread(response.close)
            body.close()

    async def send_pieces(self, response: HttpResponseBase, receive: Receive, send: Any) -> None:
        """Until all of it is sent or the client is gone."""
        sending = asyncio.create_task(self.send_response(response, send))
        leaving = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()  # where it is still under way
            await asyncio.wait({sending, leaving})
        if not sending.cancelled():
            sending.result()
        if not leaving.cancelled():
            leaving.exception()  # seen: the client has gone away

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await self.first(request)
        # As SecurityMiddleware does, which static files do not pass.
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    async def answer_in_thread(self, request: HttpRequest) -> HttpResponseBase:
        return await in_request_thread(self.answer_in_turn, request)

    def answer_in_turn(self, request: HttpRequest) -> HttpResponseBase:
        with self.turns.turn():
            return self.answer(request)

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        """In the request's thread, with what Django's signals do around it, such as giving back connections. What is
        sent in pieces takes as long as its reader does, and needs no database meanwhile: a few of them would hold all
        the connections that there are."""
        signals.request_started.send(sender=self.__class__)
        set_urlconf(settings.ROOT_URLCONF)
        response: HttpResponseBase = self.get_response(request)
        response._handler_class = self.__class__  # type: ignore[attr-defined]  # as Django does
        response._resource_closers.append(request.close)  # type: ignore[attr-defined]  # as Django does
        if response.streaming:
            close_old_connections()
        else:
            response.close()
            let_go(request, response)
        return response


def let_go(request: HttpRequest, response: HttpResponseBase) -> None:
    """Of one that has its answer: takes away what it has, and what DRF keeps with the answer, which have the request in
    turn (its messages, its template's context, its view). Such circles are left to the garbage collector, which after
    some fifty pages of them held up all threads for 5 ms, every message among them."""
    context = response.__dict__.pop("renderer_context", {})
    for one in (request, context.get("request"), context.get("view")):
        if one is not None:
            one.__dict__.clear()
