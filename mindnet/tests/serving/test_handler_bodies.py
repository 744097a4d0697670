"""The body of a request, as it comes in pieces."""

import pytest
from django.core.exceptions import RequestAborted

from mindnet.serving.handler import WRITTEN_BYTES, Handler

PATTERN = bytes(range(251))


def whole(size):
    return (PATTERN * (size // len(PATTERN) + 1))[:size]


async def body_of(content, piece_bytes):
    pieces = [content[at : at + piece_bytes] for at in range(0, len(content), piece_bytes)] or [b""]
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages[-1]["more_body"] = False
    coming = iter(messages)

    async def receive():
        return next(coming)

    with await Handler().read_body(receive) as body:
        return body.read()


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, WRITTEN_BYTES, 2 * WRITTEN_BYTES, 1_000_003])
@pytest.mark.parametrize("piece_bytes", [65_536, 300_001])
async def test_it_is_read_as_it_was_sent(size, piece_bytes):
    assert await body_of(whole(size), piece_bytes) == whole(size)


@pytest.mark.parametrize("size", [10, 2 * WRITTEN_BYTES])
async def test_a_client_that_goes_away_asks_nothing(size):
    coming = iter([
        {"type": "http.request", "body": whole(size), "more_body": True},
        {"type": "http.disconnect"},
    ])  # fmt: skip

    async def receive():
        return next(coming)

    with pytest.raises(RequestAborted):
        await Handler().read_body(receive)
