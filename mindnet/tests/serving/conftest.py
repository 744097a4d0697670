"""uvicorn's side of a socket by itself, before a transport that takes what is written, and both ways of a request."""

import asyncio

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.frames import apply_mask

from mindnet.realtime import codes
from mindnet.serving.sockets import SocketProtocol
from mindnet.tests.support.both_ways import Doors, stop
from mindnet.tests.support.cast import make_cast

MASK = b"\x01\x02\x03\x04"


class Transport:
    """Takes what is written, and remembers what else was asked of it."""

    def __init__(self):
        self.written = b""
        self.is_reading = True
        self.is_aborted = self.is_closed = False

    def write(self, data):
        self.written += data

    def is_closing(self):
        return self.is_aborted or self.is_closed

    def close(self):
        self.is_closed = True

    def abort(self):
        self.is_aborted = True

    def get_extra_info(self, name):
        return None

    def pause_reading(self):
        self.is_reading = False

    def resume_reading(self):
        self.is_reading = True


def masked(first, payload):
    """A frame of a client with at most 125 bytes."""
    return bytes((first, 0x80 | len(payload))) + MASK + apply_mask(payload, MASK)


@pytest.fixture
async def socket():
    """After its handshake."""
    config = uvicorn.Config(
        "mindnet.asgi:application", interface="asgi3", log_config=None, ws_max_size=codes.TRANSPORT_LIMIT_BYTES
    )
    config.load()
    protocol = SocketProtocol(config, ServerState(), {})
    protocol.connection_made(Transport())
    protocol.handshake_initiated = protocol.handshake_complete = True
    protocol.start_keepalive()
    yield protocol
    protocol.stop_keepalive()


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def doors(people):
    """Both ways into the process, open once there is something behind them (`people`, the test file's own): whoever has
    no event loop would wait for that of the writer."""
    with asyncio.Runner() as runner:
        yield Doors(runner)
        runner.run(stop())
