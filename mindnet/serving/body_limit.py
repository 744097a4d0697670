"""The body of a request has a bound before anything of it is kept: Django would write all of it to disk first.

It is small for everybody. Where files are uploaded it is that of a file, for who has signed in.
"""

import contextlib
from collections.abc import Coroutine, Iterable
from typing import Any

from django.conf import settings

from mindnet.base.asgi import Application, Message, Receive, Scope, Send
from mindnet.base.errors import DomainError
from mindnet.serving import uploaders
from mindnet.serving.refusals import send_refusal

# Around the one file of an upload: the form's other fields and its boundaries.
FORM_BYTES = 256 * 1024


class Refused(Exception):
    """More of a body has come than it may have."""

    def __init__(self, error: DomainError) -> None:
        super().__init__(error.detail)
        self.error = error


class BodyLimit:
    """Around the HTTP application. What says beforehand that it is too large is refused at once, and what turns out to
    be as soon as it is."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """The server itself holds a body to the length that is claimed."""
        claimed = claimed_bytes(scope["headers"])
        if claimed is not None and claimed <= settings.LIMITS["BODY_BYTES"]:
            return self.application(scope, receive, send)
        return self.limited(claimed or 0, scope, receive, send)

    async def limited(self, claimed: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts what comes; a large body holds its place among those of its psychic until it is answered."""
        async with contextlib.AsyncExitStack() as request:
            await self.counted(claimed, scope, receive, send, request)

    async def counted(
        self, claimed: int, scope: Scope, receive: Receive, send: Send, request: contextlib.AsyncExitStack
    ) -> None:
        most = int(settings.LIMITS["BODY_BYTES"])
        if claimed > most:
            try:
                most = await allowed_bytes(scope, claimed, request)
            except DomainError as error:
                return await send_refusal(send, error)
        has_begun = False
        received_bytes = 0

        async def counted_receive() -> Message:
            nonlocal received_bytes, most
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > most:
                try:
                    most = await allowed_bytes(scope, received_bytes, request)
                except DomainError as error:
                    raise Refused(error) from None
            return message

        async def noted_send(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.application(scope, counted_receive, noted_send)
        except Refused as refused:
            if not has_begun:
                await send_refusal(send, refused.error)


async def allowed_bytes(scope: Scope, wanted: int, request: contextlib.AsyncExitStack) -> int:
    """The bound of a body that is larger than BODY_BYTES, which has a place until the request's end.

    Raises `payload_too_large` where `wanted` is too much here or anywhere, and what `uploaders.arrival` raises."""
    most = int(settings.LIMITS["UPLOAD_BYTES"]) + FORM_BYTES
    if not uploaders.takes_files(scope["path"]):
        raise too_large(int(settings.LIMITS["BODY_BYTES"]))
    if wanted > most:
        raise too_large(most)
    await request.enter_async_context(uploaders.arrival(scope))
    return most


def claimed_bytes(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """What the headers say, 0 where there is no body, and None where it comes without a length. What is no number
    counts as nothing, and the server itself refuses it."""
    claimed = 0
    for name, value in headers:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            claimed = int(value) if value.isdigit() and len(value) < 20 else 0
    return claimed


def too_large(most: int) -> DomainError:
    return DomainError("payload_too_large", f"A request takes at most {most / 1024 / 1024:.3g} MiB here.")
