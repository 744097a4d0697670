"""Django for HTTP, with one change of thread for a request.

Django's own handler goes to the request's thread and back for every middleware and for the view: some twenty times with
ours, which cost more than what they do there. Here static files are answered in the event loop, and anything else runs
from the first middleware to the last in one go.
"""

from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import set_urlconf
from servestatic.middleware import ServeStaticMiddleware


class Handler(ASGIHandler):
    """Takes the place of Django's, which goes on reading the request and writing the answer."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)
        self.first: Any = convert_exception_to_response(ServeStaticMiddleware(self.answer_in_thread))

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
