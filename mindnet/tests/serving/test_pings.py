"""The wheel that pings all sockets: each once a turn, and nobody's trouble is another's."""

import asyncio
import itertools
import time

import pytest

from mindnet.serving import pings

pytestmark = pytest.mark.once
ROUNDS = 20
TICK_SECONDS = 0.03
TURN_SECONDS = ROUNDS * TICK_SECONDS


class Socket:
    def __init__(self, fails=False):
        self.fails = fails
        self.pinged_at = []

    def ping(self, payload, frame):
        assert frame == b"\x89\x04" + payload
        self.pinged_at.append(time.monotonic())
        if self.fails:
            raise RuntimeError("on purpose")


@pytest.fixture
def wheel(monkeypatch):
    monkeypatch.setattr(pings, "ROUNDS", ROUNDS)
    monkeypatch.setattr(pings, "TICK_SECONDS", TICK_SECONDS)
    return pings.Wheel()


async def until(is_so):
    """However long a busy machine takes."""
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(TICK_SECONDS / 2)


async def test_every_socket_is_pinged_once_a_turn_whatever_another_does(wheel, caplog):
    sockets = []
    began = time.monotonic()
    for number in range(6):
        sockets.append(Socket(fails=number % 2))
        wheel.add(sockets[-1])
        await asyncio.sleep(TICK_SECONDS)
    await until(lambda: all(len(socket.pinged_at) >= 2 for socket in sockets))
    for socket in sockets:
        assert len(socket.pinged_at) <= 3, "others have been pinged twice"
        assert socket.pinged_at[1] - socket.pinged_at[0] > 0.85 * TURN_SECONDS
    assert min(socket.pinged_at[0] for socket in sockets) - began > 0.85 * TURN_SECONDS, "not as soon as it is open"
    assert "a ping failed" in caplog.text


async def test_who_has_gone_is_not_pinged_and_the_wheel_stands_still_without_anybody(wheel):
    gone, here = Socket(), Socket()
    wheel.add(gone).discard(gone)
    sockets = wheel.add(here)
    await until(lambda: here.pinged_at)
    sockets.discard(here)
    await until(lambda: not wheel.is_turning)
    assert not gone.pinged_at and len(here.pinged_at) == 1
    wheel.add(here)
    await until(lambda: len(here.pinged_at) == 2)


async def test_after_a_standstill_nobody_is_pinged_twice_at_once(wheel):
    """A process that was stopped for a while must hear the answers before it judges."""
    socket = Socket()
    wheel.add(socket)
    await until(lambda: socket.pinged_at)
    await asyncio.sleep(TURN_SECONDS / 2)
    time.sleep(2 * TURN_SECONDS)  # nothing else runs meanwhile
    await until(lambda: len(socket.pinged_at) >= 3)
    assert all(two - one > 0.85 * TURN_SECONDS for one, two in itertools.pairwise(socket.pinged_at))
