"""Django for HTTP, with one change of thread for a request.

Django's own handler goes to the request's thread and back for every middleware and for the view: some twenty times with
ours, which cost more than what they do there. Here static files are answered in the event loop, and anything else runs
from the first middleware to the last in one go.
"""

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import set_urlconf
from servestatic.middleware import ServeStaticMiddleware

from mindnet.base.asgi import Receive

# Of a body that goes to a file: so much of it is in memory.
WRITTEN_BYTES = 128 * 1024
# One thread: there is one disk, and every thread more would keep memory of its own.
body_writer = ThreadPoolExecutor(1, "bodies")


class Handler(ASGIHandler):
    """Takes the place of Django's, which goes on reading the request and writing the answer."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)
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

    async def answer_in_thread(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.answer, thread_sensitive=True)(request)

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        """In the request's thread. What is sent in pieces takes as long as its reader does, and needs no database
        meanwhile: a few of them would hold all the connections that there are."""
        response = self.get_response(request)
        if response.streaming:
            close_old_connections()
        return response

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        set_urlconf(settings.ROOT_URLCONF)
        response: HttpResponseBase = await self.first(request)
        # As SecurityMiddleware does, which static files do not pass.
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response._resource_closers.append(request.close)  # type: ignore[attr-defined]  # as Django does
        return response
