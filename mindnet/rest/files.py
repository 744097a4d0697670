"""Handing out files that only some may read: parts of them (RFC 9110, 14), and as little as a browser may make of them.

A file is never in memory as a whole. Where a proxy shares the folder of uploads (`UPLOADS_ACCEL`), it reads the file
itself, and who may have it is still decided here.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from rest_framework.negotiation import DefaultContentNegotiation

from mindnet.base.errors import DomainError
from mindnet.realtime import events

# One range. Several are answered with the whole, as the standard allows.
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)
# Whatever the bytes are, nothing in them is carried out or asked for.
POLICY = "default-src 'none'; sandbox"


class AnyAccept(DefaultContentNegotiation):
    """An image element asks for images; what it is refused is JSON all the same."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class File(NamedTuple):
    """A file as it is handed out. Under its `tag` it never changes. `is_inline`: a browser may open it, by its
    `media_type`. `read(start, stop)` gives its bytes in pieces; `path` is where it lies below UPLOADS, None where it
    does not."""

    tag: str
    name: str
    media_type: str
    size: int
    is_inline: bool
    read: Callable[[int, int], Iterable[bytes]]
    path: str | None = None


class Part(NamedTuple):
    start: int
    stop: int


class Pieces(StreamingHttpResponse):
    """Sent piece by piece, each read in a thread when the one before it has gone out. Django would read all of it
    first."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = iter(self.streaming_content)
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece


def file_response(request: HttpRequest, file: File) -> HttpResponseBase:
    """The answer to GET or HEAD: all of the file, the one part that is asked for, or that the client has it already."""
    etag = f'"{file.tag}"'
    if settings.UPLOADS_ACCEL and file.path is not None:
        response: HttpResponseBase = HttpResponse()
        response["X-Accel-Redirect"] = settings.UPLOADS_ACCEL + quote(file.path)
        return described(response, file)
    fresh = get_conditional_response(request, etag=etag, response=HttpResponse())
    if fresh is not None and fresh.status_code != 200:
        return described(fresh, file, etag=etag)
    try:
        part = asked_part(request, etag, file.size)
    except DomainError as error:
        return unsatisfiable(error, file.size)
    start, stop = part or Part(0, file.size)
    is_head = request.method == "HEAD"
    response = HttpResponse() if is_head else Pieces(file.read(start, stop))
    response["Content-Length"] = str(stop - start)
    if part is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    return described(response, file, etag=etag)


def asked_part(request: HttpRequest, etag: str, size: int) -> Part | None:
    """What the header Range asks for, None for the whole: without one, for one that makes no sense, and where If-Range
    speaks of another file. Raises range_not_satisfiable for what lies behind the end."""
    found = RANGE.fullmatch(request.headers.get("Range", ""))
    if request.headers.get("If-Range", etag) != etag or found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise DomainError("range_not_satisfiable", f"This file has {size} bytes.")
    return Part(start, stop)


def unsatisfiable(error: DomainError, size: int) -> HttpResponse:
    body = events.encoder.encode(error.as_json())
    return HttpResponse(
        body, status=error.status, content_type="application/json", headers={"Content-Range": f"bytes */{size}"}
    )


def described(response: HttpResponseBase, file: File, *, etag: str = "") -> HttpResponseBase:
    """With what is true of the file however much of it is sent."""
    response["Content-Type"] = file.media_type
    # Asked for again with every use: who may read it can change at any time.
    response["Cache-Control"] = "private, no-cache"
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Content-Disposition"] = content_disposition_header(not file.is_inline, file.name) or "inline"
    if etag:
        response["ETag"] = etag
    return response
