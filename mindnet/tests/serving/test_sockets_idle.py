"""What an idle socket may keep in memory. What it costs in all is measured: `python -m benchmarks connect`."""

import pytest

from mindnet.realtime import frames
from mindnet.tests.serving.conftest import masked

pytestmark = pytest.mark.once


async def test_every_attribute_has_a_slot(socket):
    """One that a new uvicorn adds would give each socket a dict."""
    assert vars(socket) == {}


async def test_the_library_is_there_only_between_the_fragments_of_a_message(socket):
    assert socket.library is None
    socket.data_received(masked(0x01, b'{"type": '))
    library = socket.library
    assert library is not None
    socket.data_received(masked(frames.PING, b"in between"))
    assert socket.transport.written == frames.control_frame(frames.PONG, b"in between")
    socket.not_before = 0.0
    socket.feed()
    assert socket.library is library
    socket.data_received(masked(0x80, b'"ping"}'))
    assert (await socket.receive())["text"] == '{"type": "ping"}'
    assert socket.library is None
    socket.data_received(masked(0x82, b"binary"))
    assert (await socket.receive())["bytes"] == b"binary"
    assert socket.library is None


async def test_a_pong_counts_when_it_answers_the_last_ping(socket):
    for payload, is_pending in ((b"stale", True), (b"last", False)):
        socket.ping(b"last", frames.control_frame(frames.PING, b"last"))
        socket.data_received(masked(frames.PONG, payload))
        assert (socket.pending_ping_payload is not None) is is_pending
        socket.pending_ping_payload = None
        while not socket.queue.empty():
            assert await socket.receive() is frames.BARE, "and what answers nothing is counted"
