"""Answers without Django: to what is refused before it gets there."""

from http import HTTPStatus

from mindnet.base.asgi import Send
from mindnet.base.errors import DomainError
from mindnet.realtime import events


def answer(refusal: DomainError) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Its headers and body."""
    body = events.encoder.encode(refusal.as_json())
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    return headers, body


async def send_refusal(send: Send, refusal: DomainError) -> None:
    """Through ASGI."""
    headers, body = answer(refusal)
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def as_bytes(refusal: DomainError) -> bytes:
    """For the transport: the last answer on its connection."""
    headers, body = answer(refusal)
    status = HTTPStatus(refusal.status)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode(), b"connection: close"]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"", body])
