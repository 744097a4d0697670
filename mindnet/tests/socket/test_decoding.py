"""Frames that no client of good will sends: each gets the documented error or close, and nobody else notices."""

import asyncio
import json

import pytest

from mindnet.tests.support.checks import (
    embedded_and_daphne,
    error_of,
    still_answers,
)

LONE = "\\ud800"

# Nine at most in one test: the tenth closes.
NO_JSON = ["", " ", "hello", "{", '{"type": "ping", "ref": "1"}}', '{"type": "ping", "ref": "1",}', "\0", "\ufeff{}"]
NO_OBJECT = ["null", "1", '"ping"', "[]", '["ping", "1", {}]', "NaN", "true", '[{"type": "ping", "ref": "1"}]']
NO_ENVELOPE = [
    '{"ref": "1", "payload": {}}',
    '{"type": 1, "ref": "1"}',
    '{"type": null, "ref": "1"}',
    '{"type": ["ping"], "ref": "1"}',
    '{"type": "ping", "ref": "1", "sender": 7}',
    '{"type": "ping", "ref": "1", "payload": {}, "id": 1}',
    f'{{"type": "{LONE}", "ref": "1"}}',
]
NO_REF = [
    '{"type": "ping"}',
    '{"type": "ping", "ref": ""}',
    '{"type": "ping", "ref": null}',
    '{"type": "ping", "ref": 1}',
    '{"type": "ping", "ref": ["1"]}',
    json.dumps({"type": "ping", "ref": "r" * 65}),
    json.dumps({"type": "ping", "ref": "🜁" * 65}, ensure_ascii=False),
    f'{{"type": "ping", "ref": "{LONE}"}}',
]


@pytest.mark.parametrize("frames", [NO_JSON, NO_OBJECT, NO_ENVELOPE, NO_REF], ids=["json", "object", "envelope", "ref"])
async def test_a_malformed_frame_is_answered_without_a_ref_and_the_socket_lives_on(embedded, frames):
    ada = embedded.person("ada")
    async with ada.connect() as socket:
        for frame in frames:
            await socket.raw(frame)
            error = await socket.refusal()
            assert error["code"] == "bad_frame" and error["detail"], frame
            assert set(error) == {"code", "detail"} and len(error["detail"]) < 500
        assert await socket.call("ping")
        assert not socket.refusals and not socket.bye
    await still_answers(embedded)


@embedded_and_daphne
async def test_the_longest_ref_comes_back_and_a_missing_payload_is_an_empty_one(world):
    ada = world.person("ada")
    async with ada.connect() as socket:
        for ref in ("r" * 64, "🜁" * 64, '"\\\n\t', "\u2028", " "):
            reply = await asyncio.wait_for(await socket.start("ping", ref=ref), 5)
            assert reply["ref"] == ref and reply["ok"] is True
            assert set(reply["payload"]) == {"server_time"} and reply["payload"]["server_time"].endswith("Z")
        future = await socket.start("ping", ref="bare")
        await asyncio.wait_for(future, 5)
        await socket.raw('{"ref": "bare again", "type": "ping"}')
        await socket.call("ping")
        assert socket.problems.pop().startswith("a reply to nothing")  # written past the client: no future for it


@embedded_and_daphne
async def test_the_tenth_malformed_frame_within_a_minute_closes_the_socket(world):
    ada = world.person("ada")
    async with ada.connect() as other, ada.connect() as socket:
        for number in range(9):
            await socket.raw(b"\x00\x01" if number % 2 else "not JSON")
            assert (await socket.refusal())["code"] == "bad_frame"
        assert await socket.call("ping")
        await socket.raw("[]")
        assert await socket.closed() == 4500
        assert socket.bye == {
            "code": 4500, "reason": socket.bye["reason"], "reconnect": False, "retry_after": None, "until": None,
        }  # fmt: skip
        assert socket.bye["reason"]
        assert await other.call("ping")
    await still_answers(world)


@embedded_and_daphne
async def test_binary_frames_are_malformed(world):
    ada = world.person("ada")
    async with ada.connect() as socket:
        for frame in (b"", b"\x00", json.dumps({"type": "ping", "ref": "1"}).encode()):
            await socket.raw(frame)
            assert (await socket.refusal())["code"] == "bad_frame"
        assert await socket.call("ping")


async def test_unknown_types_are_named_as_such(embedded):
    ada = embedded.person("ada")
    async with ada.connect() as socket:
        for type in ("", "nothing", "Ping", "message", "hello", "reply", "message.created", "__class__", "t" * 60_000,
                     "message.send ", "message_send", "🜁"):  # fmt: skip
            error = await error_of(socket, type, {})
            assert error["code"] == "unknown_type" and len(error["detail"]) < 500
        assert await socket.call("ping")


async def test_what_is_not_json_inside_a_payload_makes_the_frame_malformed(embedded):
    ada = embedded.person("ada")
    deep = 10_000
    frames = [
        '{"type": "room.join", "ref": "1", "payload": {"room": NaN}}',
        '{"type": "room.join", "ref": "1", "payload": {"room": -Infinity}}',
        '{"type": "room.join", "ref": "1", "payload": {"room": 01}}',
        '{"type": "room.join", "ref": "1", "payload": {"room": 0x10}}',
        '{"type": "room.join", "ref": "1", "payload": {"room": 1e}}',
        '{"type": "room.join", "ref": "1", "payload": {room: 1}}',
        '{"type": "message.send", "ref": "1", "payload": {"room": 1, "content": "a\nb"}}',
        '{"type": "message.send", "ref": "1", "payload": {"room": 1, "content": "a\0b"}}',
    ]
    async with ada.connect() as socket:
        for frame in frames:
            await socket.raw(frame)
            assert (await socket.refusal())["code"] == "bad_frame", frame
        assert await socket.call("ping")
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        nested = opened * deep + "1" + closed * deep
        for frame in (nested, f'{{"type": "ping", "ref": "deep", "payload": {nested}}}'):
            async with ada.connect() as socket:
                future = socket._replies["deep"] = asyncio.get_running_loop().create_future()
                await socket.raw(frame)
                error = future if "deep" in frame else None
                done, pending = await asyncio.wait(
                    [asyncio.ensure_future(socket.refusal()), *([error] if error else [])],
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in pending:
                    task.cancel()
                [answer] = [task.result() for task in done]
                assert (answer.get("error") or answer)["code"] in ("bad_frame", "invalid_payload")
                assert await socket.call("ping")
    await still_answers(embedded)


async def test_an_error_does_not_send_back_what_was_sent(embedded):
    """A refusal is short, whatever the name of the field that was wrong."""
    ada = embedded.person("ada")
    async with ada.connect() as socket:
        for name in ("n" * 50_000, "<script>alert(1)</script>" * 1000):
            error = await error_of(socket, "ping", {name: 1})
            assert error["code"] == "invalid_payload" and len(error["detail"]) < 500
        await socket.raw(json.dumps({"type": "ping", "ref": "1", "f" * 50_000: 1}))
        assert len((await socket.refusal())["detail"]) < 500
