"""What runs beside the sockets is put together as it should be."""

import pytest

from mindnet.socket.runtime import Runtime

pytestmark = pytest.mark.once


async def test_messages_are_stored_at_the_pace_of_their_room():
    runtime = Runtime()
    assert runtime.writer.pace == runtime.hub.pace
