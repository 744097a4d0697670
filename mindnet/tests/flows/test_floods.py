"""Too much of anything: it is refused with how long to wait, and nobody else notices."""

import asyncio
import contextlib
import json
import sqlite3

import pytest

from mindnet.tests.support.checks import (
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    RawLink,
    code_of,
    packed,
    reply_to,
    room_of,
    still_answers,
    token_line,
)
from mindnet.tests.support.mute import MuteLink, memory_bytes
from mindnet.tests.support.sockets import ReplyError


async def test_twenty_rate_limited_replies_within_a_minute_close_the_socket(limited):
    ada = limited.person("ada")
    async with ada.connect() as other, ada.connect() as socket:
        # 200 frames at once, then 20 a second; every ping above is refused.
        futures = [await socket.start("ping") for _ in range(300)]
        replies = await asyncio.wait_for(asyncio.gather(*futures, return_exceptions=True), 10)
        assert await socket.closed() == 4029
        answered = [reply for reply in replies if isinstance(reply, dict)]
        refused = [reply["error"] for reply in answered if not reply["ok"]]
        assert len(refused) <= 20 and sum(reply["ok"] for reply in answered) >= 200
        assert {error["code"] for error in refused} == {"rate_limited"}
        assert all(0 < error["retry_after"] < 5 for error in refused)
        assert socket.bye["code"] == 4029 and socket.bye["reconnect"] is True and socket.bye["retry_after"] > 0
        assert await other.call("ping")
    await still_answers(limited)


async def test_who_confirms_every_message_of_a_lively_room_is_not_punished(limited):
    ada, bob = limited.person("ada"), limited.person("bob")
    room = await room_of(ada, bob)
    await asyncio.gather(*(asyncio.to_thread(ada.say, room, "x") for _ in range(20)))
    async with bob.connect() as socket:
        futures = [
            await socket.start(type, {"room": room, "seq": 1 + number * 20 // 300})
            for number in range(300)
            for type in ("message.delivered", "message.read")
        ]
        replies = await asyncio.wait_for(asyncio.gather(*futures), 20)
        assert [reply for reply in replies if not reply["ok"]] == [] and socket.bye is None
        assert await socket.call("ping"), "nor do they count among the frames"
        async with asyncio.timeout(5):
            while True:
                people = await asyncio.to_thread(lambda: ada.api().get(f"/rooms/{room}/participants").json()["results"])
                if people[1]["read_seq"] == people[1]["delivered_seq"] == 20:
                    break
                await asyncio.sleep(0.1)


async def test_frames_that_bring_nothing_without_end_close_the_socket(limited):
    ada = limited.person("ada")
    for frame in (packed(PONG, b""), packed(CONTINUATION, b"", fin=False)):
        link = await RawLink.open(limited.url, headers=[token_line(ada)])
        link.writer.write(packed(TEXT, b"", fin=False) + frame * 400)
        assert await link.close_code() == 4029
    async with ada.connect() as socket:
        assert await socket.call("ping")


async def test_a_flood_of_every_command_leaves_others_undisturbed(limited):
    ada, bob = limited.person("ada"), limited.person("bob")
    room = await room_of(ada, bob)
    flood = [
        ("typing", {"room": room, "on": True}),
        ("presence.set", {"status": "away"}),
        ("room.enter", {"room": room}),
        ("room.join", {"room": room}),
        ("message.read", {"room": room, "seq": 1}),
    ]
    async with bob.connect() as listening:
        await listening.call("room.enter", {"room": room})
        async with ada.connect() as socket:
            for number in range(400):
                type, payload = flood[number % len(flood)]
                try:
                    await socket.start(type, payload)
                except Exception as error:  # closed for flooding
                    assert "4029" in str(error), error
                    break
            await still_answers(limited)
            try:
                assert await socket.closed(timeout=10) == 4029
            except TimeoutError:
                assert await socket.call("ping")
        assert sum(event.type == "presence.changed" for event in listening.events) < 12
        assert sum(event.type == "typing.changed" for event in listening.events) < 12


async def test_what_arrives_in_one_piece_is_carried_out_in_order_and_to_the_end(embedded):
    """A quarter of a megabyte at once is parsed in slices; nothing of it may be left lying or overtaken."""
    link = await RawLink.open(embedded.url, headers=[token_line(embedded.person("ada"))])
    count = 3000
    commands = [{"type": "ping", "ref": str(number), "payload": {}} for number in range(count)]
    commands.append({"type": "sync", "ref": "large", "payload": {"rooms": {"9" * 60_000: 0}}})
    commands.append({"type": "ping", "ref": "last", "payload": {}})
    link.writer.write(b"".join(packed(TEXT, json.dumps(command).encode()) for command in commands))
    refs = []
    async with asyncio.timeout(30):
        while "last" not in refs:
            opcode, payload = await link.read_frame()
            if opcode == TEXT:
                refs += [line["ref"] for line in map(json.loads, payload.split(b"\n")) if line["type"] == "reply"]
    assert refs == [command["ref"] for command in commands]
    link.close()


async def test_what_has_waited_too_long_behind_others_is_not_begun(embedded):
    """It might be cut short in the middle. The client hears at once that nothing was done."""
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = await room_of(ada)
    link = await RawLink.open(embedded.url, headers=[token_line(bob)])
    await asyncio.wait_for(link.read_frame(), 5)  # hello
    blocker = sqlite3.connect(embedded.data_dir / "mindnet.sqlite3", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    commands = [("room.join", {"room": room}), ("ping", {})]
    for type, payload in commands:
        frame = json.dumps({"type": type, "ref": type, "payload": payload}).encode()
        link.writer.write(packed(TEXT, frame))
    await asyncio.sleep(5.5)
    blocker.execute("ROLLBACK")
    blocker.close()
    replies = []
    while len(replies) < len(commands):
        _, payload = await asyncio.wait_for(link.read_frame(), 5)
        replies += [line for line in map(json.loads, payload.split(b"\n")) if line["type"] == "reply"]
    link.close()
    assert replies[0]["ok"], replies
    assert (replies[1]["error"]["code"], replies[1]["error"]["retry_after"]) == ("overloaded", 1)


async def test_pings_of_the_transport_are_not_answered_faster_than_they_are_read(embedded):
    """A client that sends nothing but WebSocket pings and reads no pong: neither memory nor the others' time."""
    ada, bob = embedded.person("ada"), embedded.person("bob")
    process = embedded.processes[0]
    async with bob.connect() as other:
        link = await MuteLink.enter(embedded.url, ada)
        before, sent = memory_bytes(process), 0
        pings = packed(PING, b"p" * 125) * 500
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(3):
                while sent < 1_000_000:
                    link.writer.write(pings)
                    sent += 500
                    await link.writer.drain()
        assert await other.call("ping")
        assert sent < 200_000, "they were all read"
        assert memory_bytes(process) - before < 10 * 1024 * 1024
        link.close()


async def test_the_message_rate_is_per_psychic_and_says_when_to_go_on(limited):
    ada, bob = limited.person("ada"), limited.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect() as first, ada.connect() as second, bob.connect() as other:
        message = {"room": room, "content": "x"}
        futures = [await (first, second)[number % 2].start("message.send", message) for number in range(40)]
        replies = await asyncio.gather(*futures)
        refused = [reply["error"] for reply in replies if not reply["ok"]]
        assert 5 <= len(refused) <= 10 and {error["code"] for error in refused} == {"rate_limited"}
        assert all(0 < error["retry_after"] <= 2 for error in refused)
        assert (await other.call("message.send", {"room": room, "content": "mine"}))["id"]
        await asyncio.sleep(refused[-1]["retry_after"])
        assert (await first.call("message.send", {"room": room, "content": "again"}))["id"]


async def test_ten_joins_at_once_are_within_the_rate_and_the_next_are_not(limited):
    ada, bob = limited.person("ada"), limited.person("bob")
    room = await room_of(ada)
    async with bob.connect() as socket:
        replies = [await reply_to(socket, "room.join", {"room": room}) for _ in range(24)]
        codes = [reply["ok"] or reply["error"]["code"] for reply in replies]
        assert codes[:20] == [True] * 20 and "rate_limited" in codes[20:]
        replies = [await reply_to(socket, "presence.set", {"status": "away"}) for _ in range(12)]
        codes = [reply["ok"] or reply["error"]["code"] for reply in replies]
        assert codes[:10] == [True] * 10 and codes[-1] == "rate_limited"


async def test_slow_mode_says_how_long_to_wait(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = await room_of(ada, bob)
    ada.api().patch(f"/rooms/{room}", json={"slow_mode_seconds": 2}).raise_for_status()
    async with bob.connect() as socket, ada.connect() as owner:
        await socket.call("message.send", {"room": room, "content": "one"})
        with pytest.raises(ReplyError) as refused:
            await socket.call("message.send", {"room": room, "content": "two"})
        assert refused.value.code == "rate_limited" and 0 < refused.value.retry_after <= 2
        for _ in range(2):  # who keeps order is not slowed
            await owner.call("message.send", {"room": room, "content": "order"})
        await asyncio.sleep(refused.value.retry_after)
        await socket.call("message.send", {"room": room, "content": "three"})


async def test_the_rooms_that_one_psychic_may_be_in_are_counted_across_joins_at_once(make_world):
    world = make_world("embedded", MINDNET_LIMITS="on", MINDNET_ROOMS_PER_PSYCHIC="5")
    ada, bob, cleo = world.person("ada"), world.person("bob"), world.person("cleo")
    rooms = [await room_of(owner) for owner in (ada, cleo) for _ in range(5)]
    async with bob.connect() as first, bob.connect() as second:
        replies = [
            reply_to((first, second)[number % 2], "room.join", {"room": room}) for number, room in enumerate(rooms)
        ]
        results = [reply["ok"] or reply["error"]["code"] for reply in await asyncio.gather(*replies)]
        assert results.count(True) == 5 and len(bob.api().get("/rooms?mine=true").json()["results"]) <= 6
        assert await code_of(first, "room.join", {"room": rooms[results.index("invalid_payload")]}) == "invalid_payload"
    await still_answers(world)
