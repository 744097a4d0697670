"""Frames as they come over the wire: too large, in slices, against the rules of WebSocket. Nobody else notices."""

import asyncio
import contextlib
import json

import pytest
import websockets

from mindnet.tests.support.checks import (
    BINARY,
    CLOSE,
    PING,
    TEXT,
    RawLink,
    embedded_and_daphne,
    still_answers,
    token_line,
)

LIMIT = 64 * 1024


def frame_of(size, character="x"):
    """A well-formed frame of exactly this many bytes."""
    head, tail = '{"type": "nothing", "ref": "big", "payload": {"x": "', '"}}'
    room = size - len(head) - len(tail)
    filling = character * (room // len(character.encode()))
    filling += "x" * (room - len(filling.encode()))
    frame = head + filling + tail
    assert len(frame.encode()) == size
    return frame


@pytest.mark.parametrize("character", ["x", "é", "🜁"])
@embedded_and_daphne
async def test_a_frame_of_64_kib_is_taken_and_a_byte_more_closes(world, character):
    ada = world.person("ada")
    async with ada.connect() as other, ada.connect() as socket:
        future = socket._replies["big"] = asyncio.get_running_loop().create_future()
        await socket.raw(frame_of(LIMIT, character))
        assert (await asyncio.wait_for(future, 5))["error"]["code"] == "unknown_type"
        await socket.raw(frame_of(LIMIT + 1, character))
        assert await socket.closed() == 4513
        assert socket.bye["code"] == 4513 and socket.bye["reconnect"] is False
        assert await other.call("ping")
    await still_answers(world)


async def test_a_malformed_or_binary_frame_above_the_limit_closes_too(embedded):
    ada = embedded.person("ada")
    for frame in ("[" * (LIMIT + 1), b"\0" * (LIMIT + 1)):
        async with ada.connect() as socket:
            await socket.raw(frame)
            assert await socket.closed() == 4513, type(frame)
            assert socket.bye["code"] == 4513


@embedded_and_daphne
async def test_more_than_256_kib_is_cut_by_the_server_itself(world):
    ada = world.person("ada")

    async def slices():
        for _ in range(80):
            yield "x" * 4096

    megabytes = ("x" * 1024 * 1024, b"x" * 5 * 1024 * 1024) if world.kind == "embedded" else ()
    for frame in ("x" * (256 * 1024 + 1), b"x" * (300 * 1024), slices(), *megabytes):
        async with ada.connect() as socket:
            with contextlib.suppress(websockets.ConnectionClosed):  # told while it was still sending
                await socket.raw(frame)
            assert await socket.closed() == (1009 if world.kind == "embedded" else 4513)
    # The length alone is enough: nothing of the frame is read.
    if world.kind == "embedded":
        link = await RawLink.open(world.ws_url, headers=[token_line(ada)])
        link.writer.write(bytes([0x80 | TEXT, 0x80 | 127]) + (256 * 1024 + 1).to_bytes(8, "big"))
        assert await link.close_code() == 1009
    await still_answers(world)


@embedded_and_daphne
async def test_a_command_in_slices_of_one_byte_is_one_command(world):
    ada = world.person("ada")
    async with ada.connect() as socket:
        future = socket._replies["sliced"] = asyncio.get_running_loop().create_future()
        await socket.link.send(iter(json.dumps({"type": "ping", "ref": "sliced", "payload": {}})))
        assert (await asyncio.wait_for(future, 5))["ok"]


@embedded_and_daphne
async def test_violations_of_websocket_itself_are_cut(world):
    ada = world.person("ada")

    async def cut(*frames, **options):
        link = await RawLink.open(world.ws_url, headers=[token_line(ada)])
        assert link.status == 101
        for opcode, payload, *rest in frames:
            await link.frame(opcode, payload, fin=not rest, **options)
        return await link.close_code()

    # The development server may drop the link without a word.
    bad_text, bad_frame = ([code, None] if world.kind == "daphne" else [code] for code in (1007, 1002))
    assert await cut((TEXT, b'{"type": "\xff\xfe"}')) in bad_text
    assert await cut((TEXT, b"\xed\xa0\x80")) in bad_text  # a surrogate in UTF-8
    assert await cut((TEXT, b"\xf0\x9f", "more"), (0, b"\x92")) in bad_text  # half a character
    assert await cut((TEXT, b"{}"), masked=False) in bad_frame
    assert await cut((3, b"")) in bad_frame  # no such opcode
    assert await cut((0, b"nothing to continue")) in bad_frame
    assert await cut((TEXT, b"{", "more"), (TEXT, b"}")) in bad_frame
    assert await cut((PING, b"p" * 126)) in bad_frame  # a control frame is short
    assert await cut((BINARY | 0x40, b"")) in bad_frame  # a reserved bit
    assert await cut((CLOSE, b"\x00")) in bad_frame
    assert await cut((CLOSE, b"\x03\xed")) in bad_frame  # 1005 is never sent
    await still_answers(world)


async def test_empty_fragments_without_end_disturb_nobody(embedded):
    ada = embedded.person("ada")
    link = await RawLink.open(embedded.ws_url, headers=[token_line(ada)])
    await link.frame(TEXT, b"", fin=False)
    for _ in range(200):
        link.writer.write((b"\0\x80" + b"\0\0\0\0") * 250)
        await link.writer.drain()
    await still_answers(embedded)
    await link.frame(0, b'{"type": "ping", "ref": "1"}')
    opcode, _ = await asyncio.wait_for(link.read_frame(), 5)
    assert opcode in (TEXT, CLOSE)
    link.close()
