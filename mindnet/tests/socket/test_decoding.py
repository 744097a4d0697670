"""Frames that no client of good will sends: each gets the documented error or close, and nobody else notices."""

import asyncio
import json

import pytest
import websockets

from mindnet.tests.support.checks import (
    BINARY,
    CLOSE,
    PING,
    TEXT,
    RawLink,
    code_of,
    embedded_and_cluster,
    embedded_and_daphne,
    error_of,
    reply_to,
    room_of,
    still_answers,
    token_line,
)

LIMIT = 64 * 1024
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

    for frame in ("x" * (256 * 1024 + 1), b"x" * (300 * 1024), slices()):
        async with ada.connect() as socket:
            try:
                await socket.raw(frame)
            except websockets.ConnectionClosed:
                pass  # cut while it was still sending; then the close frame may be lost on the way
            code = await socket.closed()
            assert code in ((1009, 1006) if world.kind == "embedded" else (4513,))
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


async def test_unknown_types_are_named_as_such(embedded):
    ada = embedded.person("ada")
    async with ada.connect() as socket:
        for type in ("", "nothing", "Ping", "message", "hello", "reply", "message.created", "__class__", "t" * 60_000,
                     "message.send ", "message_send", "🜁"):  # fmt: skip
            error = await error_of(socket, type, {})
            assert error["code"] == "unknown_type" and len(error["detail"]) < 500
        assert await socket.call("ping")


# One room stands for all: what is wrong here is wrong before anything is looked up.
REFUSED = [
    ("ping", '{"x": 1}'),
    ("ping", "null"),
    ("ping", "[]"),
    ("ping", '"x"'),
    ("ping", "1"),
    ("room.join", "{}"),
    ("room.join", '{"room": "1"}'),
    ("room.join", '{"room": 1.5}'),
    ("room.join", '{"room": true}'),
    ("room.join", '{"room": null}'),
    ("room.join", '{"room": [1]}'),
    ("room.join", '{"room": 1e999}'),
    ("room.join", '{"room": 1, "invitation": 5}'),
    ("room.join", '{"room": 1, "role": "owner"}'),
    ("room.leave", '{"room": 1, "psychic": 1}'),
    ("room.enter", "{}"),
    ("message.send", '{"room": 1}'),
    ("message.send", '{"content": "x"}'),
    ("message.send", '{"room": 1, "content": 5}'),
    ("message.send", '{"room": 1, "content": null}'),
    ("message.send", '{"room": 1, "content": ["x"]}'),
    ("message.send", '{"room": 1, "content": "x", "sender": 1}'),
    ("message.send", '{"room": 1, "content": "x", "seq": 1}'),
    ("message.send", '{"room": 1, "content": "x", "is_staff": true}'),
    ("message.send", '{"room": 1, "content": "x", "timestamp": "2026-01-01T00:00:00Z"}'),
    ("message.send", '{"room": 1, "content": "x", "message_type": "system"}'),
    ("message.send", '{"room": 1, "content": "x", "message_type": "broadcast"}'),
    ("message.send", '{"room": 1, "content": "x", "message_type": "Text"}'),
    ("message.send", '{"room": 1, "content": "x", "message_type": null}'),
    ("message.send", '{"room": 1, "content": "x", "nonce": "1"}'),
    ("message.send", '{"room": 1, "content": "x", "nonce": 7}'),
    ("message.send", '{"room": 1, "content": "x", "nonce": ""}'),
    ("message.send", '{"room": 1, "content": "x", "reply_to": "1"}'),
    ("message.send", '{"room": 1, "content": "x", "urgent": 1}'),
    ("message.send", '{"room": 1, "content": "x", "attachments": "a"}'),
    ("message.send", '{"room": 1, "content": "x", "attachments": ["a"]}'),
    ("message.edit", '{"id": 1}'),
    ("message.edit", '{"id": 1, "content": "x", "room": 1}'),
    ("message.delete", '{"id": "1"}'),
    ("message.react", '{"id": 1, "emoji": "👁"}'),
    ("message.react", '{"id": 1, "emoji": "👁", "on": "yes"}'),
    ("message.react", '{"id": 1, "emoji": "👁", "on": 1}'),
    ("message.delivered", '{"room": 1}'),
    ("message.delivered", '{"room": 1, "seq": "1"}'),
    ("message.delivered", '{"room": 1, "seq": -1}'),
    ("message.read", '{"room": 1, "seq": 1.5}'),
    ("message.read", '{"room": 1, "seq": null}'),
    ("sync", "{}"),
    ("sync", '{"rooms": []}'),
    ("sync", '{"rooms": {"x": 1}}'),
    ("sync", '{"rooms": {"": 1}}'),
    ("sync", '{"rooms": {"1.0": 1}}'),
    ("sync", '{"rooms": {"1": "1"}}'),
    ("sync", '{"rooms": {"1": -1}}'),
    ("sync", '{"rooms": {"1": null}}'),
    ("sync", json.dumps({"rooms": {"9" * 5000: 1}})),
    ("sync", json.dumps({"rooms": {str(n): 0 for n in range(1, 302)}})),
    ("typing", '{"room": 1}'),
    ("typing", '{"room": 1, "on": "true"}'),
    ("presence.set", "{}"),
    ("presence.set", '{"status": "offline"}'),
    ("presence.set", '{"status": "Online"}'),
    ("presence.set", '{"status": null}'),
    ("presence.set", '{"status": "online", "note": 5}'),
    ("presence.set", json.dumps({"status": "online", "note": "n" * 141})),
    ("presence.set", '{"status": "online", "note": "a\\u0000b"}'),
    ("presence.set", '{"status": "meditating", "until": "soon"}'),
    ("presence.set", '{"status": "meditating", "until": 5}'),
    ("presence.set", '{"status": "meditating", "until": "2020-01-01T00:00:00Z"}'),
    ("presence.set", '{"status": "meditating", "until": "9999-01-01T00:00:00Z"}'),
    ("presence.set", '{"status": "meditating", "until": "2030-01-01T00:00:00"}'),
    ("presence.set", '{"status": "meditating", "until": "0001-01-01T00:00:00+14:00"}'),
    ("presence.set", '{"status": "meditating", "until": "9999-12-31T23:59:59-14:00"}'),
    ("broadcast.send", "{}"),
    ("broadcast.send", '{"content": "x", "room": 1}'),
    ("broadcast.send", '{"content": "x", "rooms": "1"}'),
    ("broadcast.ack", "{}"),
    ("broadcast.ack", '{"id": null}'),
]


@embedded_and_cluster
async def test_payloads_of_the_wrong_shape_are_invalid(world):
    ada = world.person("ada")
    async with ada.connect() as socket:
        wrong = []
        for type, payload in REFUSED:
            reply = await reply_to(socket, type, payload)
            if reply["ok"] or reply["error"]["code"] != "invalid_payload" or len(reply["error"]["detail"]) > 500:
                wrong.append((type, payload[:100], reply.text[:200]))
        # Whether there is a room 1 does not matter: the shape is looked at first.
        assert wrong == []
        assert await socket.call("ping")
        assert [event.type for event in socket.events] == []
    await still_answers(world)


async def test_a_lone_surrogate_in_a_text_is_an_invalid_payload(embedded):
    """JSON.stringify makes it of half an emoji: the command is still one, and its sender waits for the reply."""
    ada = embedded.person("ada")
    room = await room_of(ada)
    async with ada.connect() as socket:
        for text in ("\\ud83d", "a\\udc00", "\\udc00\\ud800", "\\ud83dx"):
            for type, payload in (
                ("message.send", f'{{"room": {room}, "content": "{text}"}}'),
                ("presence.set", f'{{"status": "online", "note": "{text}"}}'),
            ):
                assert await code_of(socket, type, payload) == "invalid_payload"
        assert await socket.call("message.send", {"room": room, "content": "\U0001f441"})  # a whole pair


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


@embedded_and_cluster
async def test_huge_numbers_name_nothing(world):
    ada = world.person("ada")
    room = await room_of(ada)
    huge = [2**63, 2**64, 2**64 + 1, 10**30, -(10**30)]
    async with ada.connect() as socket:
        for number in huge:
            for type, payload in (
                ("room.join", {"room": number}),
                ("room.leave", {"room": number}),
                ("room.enter", {"room": number}),
                ("message.send", {"room": number, "content": "x"}),
                ("message.edit", {"id": number, "content": "x"}),
                ("message.delete", {"id": number}),
                ("message.react", {"id": number, "emoji": "👁", "on": True}),
                ("message.delivered", {"room": number, "seq": 1}),
                ("message.read", {"room": number, "seq": 1}),
                ("typing", {"room": number, "on": True}),
                ("broadcast.ack", {"id": number}),
            ):
                assert await code_of(socket, type, payload) == "not_found", (type, number)
            assert await code_of(socket, "message.send", {"room": room, "content": "x", "reply_to": number}) == (
                "invalid_payload"
            )
        assert await code_of(socket, "sync", {"rooms": {str(10**30): 1}}) == "not_found"
        assert (await socket.call("sync", {"rooms": {str(room): 10**30}}))["rooms"][str(room)]["reset"] is True
        await socket.call("message.send", {"room": room, "content": "x"})
        for number in (2**63, 10**30):
            reply = await reply_to(socket, "message.read", {"room": room, "seq": number})
            assert reply["ok"] or reply["error"]["code"] == "invalid_payload"
        # More digits than Python turns into a number, and a number written as a float.
        for text in ("9" * 5000, "1e30", "1e999", "1.0e0", "-0"):
            error = await error_of(socket, "room.enter", f'{{"room": {text}}}')
            assert error["code"] in ("invalid_payload", "not_found"), text
        assert await socket.call("ping")
    await still_answers(world)


async def test_of_duplicate_keys_one_counts_and_nothing_breaks(embedded):
    ada = embedded.person("ada")
    room = await room_of(ada)
    async with ada.connect() as socket:
        text = f'{{"room": 0, "content": "first", "content": "second", "room": {room}}}'
        reply = await reply_to(socket, "message.send", text)
        assert reply["ok"] or reply["error"]["code"] == "invalid_payload"
        if reply["ok"]:
            assert (await socket.event("message.created", room=room)).payload["content"] == "second"
        assert await socket.call("ping")


async def test_an_error_does_not_send_back_what_was_sent(embedded):
    """A refusal is short, whatever the name of the field that was wrong."""
    ada = embedded.person("ada")
    async with ada.connect() as socket:
        for name in ("n" * 50_000, "<script>alert(1)</script>" * 1000):
            error = await error_of(socket, "ping", {name: 1})
            assert error["code"] == "invalid_payload" and len(error["detail"]) < 500
        await socket.raw(json.dumps({"type": "ping", "ref": "1", "f" * 50_000: 1}))
        assert len((await socket.refusal())["detail"]) < 500
