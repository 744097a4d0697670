"""What an idle socket may keep in memory. What it costs in all is measured: `python -m benchmarks connect`."""

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.frames import apply_mask

from mindnet.realtime import frames
from mindnet.serving.sockets import SocketProtocol

pytestmark = pytest.mark.once
MASK = b"\x01\x02\x03\x04"


class Transport:
    """Takes what is written."""

    def __init__(self):
        self.written = b""

    def write(self, data):
        self.written += data

    def is_closing(self):
        return False

    def get_extra_info(self, name):
        return None

    def pause_reading(self):
        pass

    resume_reading = pause_reading


def masked(first, payload):
    return bytes((first, 0x80 | len(payload))) + MASK + apply_mask(payload, MASK)


@pytest.fixture
async def socket():
    """After its handshake."""
    config = uvicorn.Config("mindnet.asgi:application", interface="asgi3", log_config=None)
    config.load()
    protocol = SocketProtocol(config, ServerState(), {})
    protocol.connection_made(Transport())
    protocol.handshake_initiated = protocol.handshake_complete = True
    protocol.start_keepalive()
    yield protocol
    protocol.stop_keepalive()


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
