"""The body of a request has a bound before anything of it is kept: Django would write all of it to disk first."""

from django.conf import settings

from mindnet.base.asgi import Application, Message, Receive, Scope, Send
from mindnet.base.errors import DomainError
from mindnet.serving.refusals import send_refusal

# Around the one file of an upload: the form's other fields and its boundaries.
FORM_BYTES = 256 * 1024


class TooLarge(Exception):
    """More of a body has come than it may have."""


class BodyLimit:
    """Around the HTTP application. What says beforehand that it is too large is refused at once, and what turns out to
    be as soon as it is."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = int(settings.LIMITS["UPLOAD_BYTES"]) + FORM_BYTES
        if claimed_bytes(scope) > most:
            return await send_refusal(send, too_large(most))
        has_begun = False
        received_bytes = 0

        async def counted_receive() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > most:
                raise TooLarge
            return message

        async def noted_send(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.application(scope, counted_receive, noted_send)
        except TooLarge:
            if not has_begun:
                await send_refusal(send, too_large(most))


def claimed_bytes(scope: Scope) -> int:
    """What the header says; what is no number counts as nothing, and the server itself refuses it."""
    text = dict(scope["headers"]).get(b"content-length", b"")
    return int(text) if text.isdigit() and len(text) < 20 else 0


def too_large(most: int) -> DomainError:
    return DomainError("payload_too_large", f"A request takes at most {most / 1024 / 1024:.3g} MiB.")
