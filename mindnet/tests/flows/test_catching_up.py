"""What was missed: by `sync`, by the offline queue, and how far one has got by the watermarks."""

import asyncio

from mindnet.tests.support.checks import embedded_and_cluster, room_of


async def test_sync_gives_at_most_300_a_room_and_says_when_there_is_more(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room, short = await room_of(ada, bob), await room_of(ada, bob)
    async with ada.connect() as talking:
        futures = [await talking.start("message.send", {"room": room, "content": str(n)}) for n in range(1, 311)]
        await asyncio.gather(*futures)
        await talking.call("message.send", {"room": short, "content": "one"})
    async with bob.connect() as socket:
        answer = (await socket.call("sync", {"rooms": {str(room): 0, str(short): 0}}))["rooms"]
        assert list(answer) == [str(room), str(short)] and answer[str(short)]["complete"] is True
        first = answer[str(room)]
        assert [m["changed_seq"] for m in first["messages"]] == list(range(1, 301))
        assert (first["seq"], first["complete"]) == (300, False) and set(first) == {"messages", "seq", "complete"}
        rest = (await socket.call("sync", {"rooms": {str(room): first["seq"]}}))["rooms"][str(room)]
        assert [m["changed_seq"] for m in rest["messages"]] == list(range(301, 311))
        assert (rest["seq"], rest["complete"]) == (310, True)
        at_head = (await socket.call("sync", {"rooms": {str(room): 310}}))["rooms"][str(room)]
        assert at_head == {"messages": [], "seq": 310, "complete": True}
        above = (await socket.call("sync", {"rooms": {str(room): 311}}))["rooms"][str(room)]
        assert [m["seq"] for m in above["messages"]] == list(range(211, 311))
        assert (above["seq"], above["complete"], above["reset"]) == (310, True, True)
        assert await socket.call("sync", {"rooms": {}}) == {"rooms": {}}

        # The offline queue: the newest hundred behind a gap.
        await socket.event("message.created", room=room, where=lambda e: e.seq == 310)
        gap = await socket.event("room.gap", room=room)
        assert gap.payload == {"room": room, "after": 0, "last_seq": 310}
        pushed = [e for e in socket.events if e.room == room]
        assert pushed[0].type == "room.gap"
        assert [e.seq for e in pushed[1:]] == list(range(211, 311))
        assert [e.type for e in socket.events if e.room == short] == ["message.created"]


async def test_just_a_hundred_missed_are_pushed_without_a_gap(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect() as talking:
        futures = [await talking.start("message.send", {"room": room, "content": str(n)}) for n in range(1, 101)]
        await asyncio.gather(*futures)
        async with bob.connect() as socket:
            await socket.event("message.created", room=room, where=lambda e: e.seq == 100)
            assert [e.type for e in socket.events] == ["message.created"] * 100
            assert (await socket.hello)["rooms"][-1]["unread"] == 100
            await socket.call("message.read", {"room": room, "seq": 40})
        sent = await talking.call("message.send", {"room": room, "content": "101"})
        await talking.call("message.edit", {"id": sent["id"], "content": "one hundred and one"})
        async with bob.connect() as socket:  # 62 changes above 40, 61 of them to see
            await socket.event("message.updated", room=room, where=lambda e: e.seq == 102)
            assert [e.seq for e in socket.events] == [*range(41, 101), 102]
            entry = (await socket.hello)["rooms"][-1]
            assert (entry["delivered_seq"], entry["read_seq"], entry["last_seq"], entry["unread"]) == (40, 40, 102, 61)
        async with ada.connect() as own:  # one's own are in the queue and are not unread
            await own.event("message.updated", room=room)
            assert (await own.hello)["rooms"][-1]["unread"] == 0


@embedded_and_cluster
async def test_watermarks_move_forward_only_and_not_past_the_head(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    for number in range(5):
        ada.say(room, str(number))
    async with bob.connect() as socket, ada.connect(len(world.processes) - 1) as watching:

        async def marks():
            rows = ada.api().get(f"/rooms/{room}/participants").json()["results"]
            [row] = [row for row in rows if row["psychic"]["username"] == bob.username]
            return row["delivered_seq"], row["read_seq"]

        steps = [("message.delivered", 3, (3, 0)), ("message.read", 2, (3, 2)), ("message.delivered", 1, None),
                 ("message.read", 1, None), ("message.read", 4, (4, 4)), ("message.delivered", 2, None),
                 ("message.delivered", 1000, (5, 4)), ("message.read", 2**62, (5, 5)),
                 ("message.read", 0, None), ("message.read", 5, None)]  # fmt: skip
        last = (0, 0)
        for type, seq, expected in steps:
            assert await socket.call(type, {"room": room, "seq": seq}) == {}
            assert await marks() == (expected or last), (type, seq)
            if expected:
                event = await watching.event("receipt.updated", room=room)
                psychic = {"id": bob.id, "username": bob.username}
                assert event.payload == {"room": room, "psychic": psychic, "delivered_seq": expected[0],
                                         "read_seq": expected[1]}  # fmt: skip
                last = expected
        await watching.quiet(0.3, type="receipt.updated")
        entry = next(e for e in (await socket.hello)["rooms"] if e["id"] == room)
        assert (entry["delivered_seq"], entry["read_seq"], entry["unread"]) == (0, 0, 5)
    async with bob.connect() as socket:
        entry = next(e for e in (await socket.hello)["rooms"] if e["id"] == room)
        assert (entry["delivered_seq"], entry["read_seq"], entry["unread"]) == (5, 5, 0)
        await socket.quiet(0.2)


async def test_a_queue_of_long_messages_fits_a_client_that_takes_short_frames(embedded):
    """A hundred messages of 4,000 emoji are 1.6 MB; libraries close above a megabyte, and again at every connect."""
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect() as socket:
        message = {"room": room, "content": "🜁" * 4000}
        for reply in await asyncio.gather(*[await socket.start("message.send", message) for _ in range(100)]):
            assert reply["ok"]
    async with bob.connect(max_size=256 * 1024) as socket:
        assert (await socket.hello)["limits"]["server_frame_bytes"] == 256 * 1024
        for seq in range(1, 101):
            assert (await socket.event("message.created", room=room)).seq == seq
        seqs, held = [], 0
        while held < 100:
            entry = (await socket.call("sync", {"rooms": {str(room): held}}))["rooms"][str(room)]
            seqs += [message["seq"] for message in entry["messages"]]
            assert entry["complete"] is (entry["seq"] == 100) and entry["seq"] > held
            held = entry["seq"]
        assert seqs == list(range(1, 101))
