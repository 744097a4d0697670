"""How a link ends, who is taken for gone, and frames that bring nothing."""

import asyncio
import struct

import pytest

from mindnet.realtime import codes, frames
from mindnet.realtime.frames import PONG, TEXT, control_frame
from mindnet.serving import sockets
from mindnet.tests.serving.conftest import masked

pytestmark = pytest.mark.once
CLOSE_1009 = b"\x03\xf1"


def too_long(size=codes.TRANSPORT_LIMIT_BYTES + 1):
    return bytes((TEXT, 0x80 | 127)) + struct.pack("!Q", size) + b"\0\0\0\0"


async def test_after_a_violation_what_still_comes_is_read_and_dropped(socket):
    socket.data_received(too_long())
    written = socket.transport.written
    assert CLOSE_1009 in written
    for _ in range(sockets.DROPPED_BYTES // 65536):
        socket.data_received(b"x" * 65536)
    assert not socket.transport.is_closing() and socket.transport.is_reading and socket.transport.written == written
    assert socket.unparsed == b""
    socket.data_received(b"x")
    assert socket.transport.is_aborted


async def test_the_link_is_closed_when_the_client_has_answered(socket):
    socket.data_received(too_long())
    socket.data_received(b"x" * 1000 + masked(frames.CLOSE, b"\x03\xe8"))  # another code: what was still to come
    await asyncio.sleep(0.01)
    assert not socket.transport.is_closing()
    socket.data_received(b"x" * 1000 + masked(frames.CLOSE, CLOSE_1009 + b"too long"))
    await asyncio.sleep(0.01)
    assert socket.transport.is_closed


async def test_it_is_closed_when_nothing_more_comes(socket, monkeypatch):
    monkeypatch.setattr(sockets, "QUIET_SECONDS", 0.5)
    socket.data_received(too_long())
    for _ in range(4):
        await asyncio.sleep(0.05)
        socket.data_received(b"x")
        assert not socket.transport.is_closing()
    await asyncio.sleep(0.8)
    assert socket.transport.is_closed


async def test_it_is_dropped_for_a_while_only(socket, monkeypatch):
    monkeypatch.setattr(sockets, "LINGER_SECONDS", 0.1)
    socket.data_received(too_long())
    assert not socket.transport.is_aborted
    await asyncio.sleep(0.3)
    assert socket.transport.is_aborted


async def test_a_violation_behind_frames_that_wait_is_read_on_from_too(socket):
    for _ in range(sockets.READ_AHEAD_FRAMES + 1):
        socket.data_received(masked(TEXT, b"{}"))
    assert not socket.transport.is_reading
    socket.data_received(too_long())
    while socket.to_drop is None:
        await socket.receive()
        await asyncio.sleep(0)
    assert socket.transport.is_reading and CLOSE_1009 in socket.transport.written


async def test_who_is_silent_for_a_round_of_pings_is_gone(socket):
    socket.ping(b"1111", b"ping")
    socket.ping(b"2222", b"ping")
    assert socket.transport.is_aborted


async def test_nobody_is_gone_whose_answer_we_have_not_read(socket):
    socket.ping(b"1111", b"ping")
    for _ in range(sockets.READ_AHEAD_FRAMES + 1):  # the application takes none of them
        socket.data_received(masked(TEXT, b"{}"))
    assert not socket.transport.is_reading
    for payload in (b"2222", b"3333"):
        socket.ping(payload, b"ping")
    while not socket.queue.empty():
        await socket.receive()
        await asyncio.sleep(0)
    assert socket.transport.is_reading
    socket.ping(b"4444", b"ping")  # there was no time to hear the answer to the last one
    assert not socket.transport.is_aborted
    socket.ping(b"5555", b"ping")
    assert socket.transport.is_aborted, "but from now on there was"


async def test_who_does_not_take_our_answers_is_not_waited_for(socket):
    socket.pause_writing()
    for _ in range(sockets.READ_AHEAD_FRAMES + 1):
        socket.data_received(masked(TEXT, b"{}"))
    for payload in (b"1111", b"2222"):
        socket.ping(payload, b"ping")
    assert socket.transport.is_aborted


async def test_frames_that_bring_nothing_are_told_and_those_that_do_are_not(socket):
    socket.ping(b"1111", control_frame(frames.PING, b"1111"))
    socket.data_received(masked(PONG, b"1111"))
    socket.data_received(masked(0x01, b"{"))
    assert socket.queue.empty()
    socket.data_received(masked(PONG, b"unasked"))
    assert await socket.receive() is frames.BARE
    socket.data_received(masked(0x00, b""))
    assert await socket.receive() is frames.BARE
    socket.data_received(masked(0x00, b" " * sockets.SLICE_BYTES))
    assert socket.queue.empty()
    socket.data_received(masked(0x80, b"}" + b" " * sockets.SLICE_BYTES))
    assert (await socket.receive())["text"].split() == ["{", "}"]
