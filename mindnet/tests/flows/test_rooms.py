"""What participants hear of a room: who comes and goes, what changes, who is typing."""

import asyncio
import time

from mindnet.tests.support.checks import code_of, embedded_and_cluster, private_room, room_of
from mindnet.tests.support.sockets import raw_field

PRESENCE = {"id", "username", "status", "note", "until", "last_online"}
ROOM = {
    "id", "name", "description", "kind", "max_participants", "participants", "created_by", "created_at", "is_active",
    "slow_mode_seconds", "last_seq",
}  # fmt: skip


@embedded_and_cluster
async def test_who_comes_in_is_told_on_all_connections_and_so_is_everybody_there(world):
    ada, bob = world.person("ada"), world.person("bob")
    last = len(world.processes) - 1
    room = await room_of(ada)
    ada.say(room, "said before")
    async with ada.connect(last) as inside, bob.connect() as one, bob.connect(last) as two:
        participant = await one.call("room.join", {"room": room})
        for socket in (one, two):
            added = await socket.event("room.added")
            assert set(added) == {"type", "payload"}
            assert added.payload == {"id": room, "name": f"room of {ada.username}", "kind": "open",
                                     "role": "participant", "last_seq": 1, "delivered_seq": 1, "read_seq": 1,
                                     "unread": 0, "mentions": 0, "unread_from": None}  # fmt: skip
        for socket in (inside, one, two):
            joined = await socket.event("participant.joined", room=room)
            assert set(joined) == {"type", "room", "payload"} and joined.payload == participant
        await inside.call("message.send", {"room": room, "content": "welcome"})
        for socket in (one, two):
            assert (await socket.event("message.created", room=room)).seq == 2
            assert [event.type for event in socket.taken()] == []

        await two.call("room.leave", {"room": room})
        left = await inside.event("participant.left", room=room)
        assert left.payload["psychic"]["username"] == bob.username and left.payload["room"] == room
        assert set(left.payload) == set(participant) and set(left.payload["psychic"]) == PRESENCE
        for socket in (one, two):
            removed = await socket.event("room.removed")
            assert set(removed) == {"type", "payload"}
            assert removed.payload == {"room": room, "kind": "left", "reason": None, "until": None}
            await socket.event("participant.left", room=room)
        await inside.call("message.send", {"room": room, "content": "he is gone"})
        for socket in (one, two):
            await socket.quiet(0.3)
        # Back again: live from there on, and what was said meanwhile can be read, not pushed.
        back = await one.call("room.join", {"room": room})
        assert (back["delivered_seq"], back["read_seq"]) == (3, 3)
        await inside.call("message.send", {"room": room, "content": "welcome back"})
        for socket in (one, two):
            assert (await socket.event("room.added")).payload["last_seq"] == 3
            assert (await socket.event("message.created", room=room)).seq == 4
        assert bob.api().post(f"/rooms/{room}/join").status_code == 200


async def test_rooms_made_and_links_opened_by_rest_appear_on_open_sockets(cluster):
    ada, bob, mallory = cluster.person("ada"), cluster.person("bob"), cluster.person("mallory")
    last = len(cluster.processes) - 1
    async with ada.connect() as one, bob.connect(last) as two, mallory.connect() as stranger:
        made = ada.create_room(name="Fresh")
        added = await one.event("room.added")
        assert (added.payload["id"], added.payload["role"], added.payload["last_seq"]) == (made["id"], "owner", 0)
        link = private_room(ada, bob)
        for socket in (one, two):
            added = await socket.event("room.added", where=lambda e: e.payload["id"] == link)
            assert added.payload["kind"] == "private"
        await two.call("message.send", {"room": link, "content": "can you hear me?"})
        assert (await one.event("message.created", room=link)).payload["content"] == "can you hear me?"
        assert private_room(bob, ada) == link
        await stranger.quiet(0.3)

        # Who left a link is asked at the next opening, and comes in by opening it as well.
        await two.call("room.leave", {"room": link})
        removed = await two.event("room.removed")
        assert removed.payload["kind"] == "left"
        assert private_room(ada, bob) == link
        await two.quiet(0.3, type="room.added")
        assert private_room(bob, ada) == link
        assert (await two.event("room.added")).payload["id"] == link
        await one.call("message.send", {"room": link, "content": "welcome back"})
        await two.event("message.created", room=link, where=lambda e: e.payload["content"] == "welcome back")


async def test_changes_of_a_room_and_of_roles_reach_its_participants(cluster):
    ada, bob, mallory = cluster.person("ada"), cluster.person("bob"), cluster.person("mallory")
    last = len(cluster.processes) - 1
    room = await room_of(ada, bob)
    async with bob.connect(last) as inside, mallory.connect() as stranger:
        answer = ada.api().patch(f"/rooms/{room}", json={"name": "The grove", "slow_mode_seconds": 1})
        shape = answer.raise_for_status().json()
        updated = await inside.event("room.updated", room=room)
        assert set(updated) == {"type", "room", "payload"} and set(updated.payload) == ROOM
        assert updated.payload | {"my_role": "owner"} == shape
        ada.api().patch(f"/rooms/{room}", json={"name": "The grove"}).raise_for_status()  # nothing changes

        answer = ada.api().patch(f"/rooms/{room}/participants/{bob.username}", json={"role": "moderator"})
        updated = await inside.event("participant.updated", room=room)
        assert updated.payload == answer.raise_for_status().json() and updated.payload["role"] == "moderator"
        await inside.quiet(0.2, type="room.updated")

        assert ada.api().delete(f"/rooms/{room}").status_code == 204
        removed = await inside.event("room.removed")
        assert removed.payload == {"room": room, "kind": "closed", "reason": None, "until": None}
        await stranger.quiet(0.2)
    async with bob.connect() as socket:
        assert room not in [entry["id"] for entry in (await socket.hello)["rooms"]]


async def test_entering_a_room_tells_who_is_there_and_what_goes_on(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = await room_of(ada, bob)
    ada.say(room, "hello")
    async with ada.connect() as one, bob.connect() as two:
        future = await one.start("room.enter", {"room": room}, ref="enter")
        reply = await asyncio.wait_for(future, 5)
        entered = reply["payload"]
        assert set(entered) == {"room", "participants", "typing", "session"}
        assert set(entered["room"]) == ROOM | {"my_role"} and entered["room"]["my_role"] == "owner"
        assert raw_field(reply.text, "payload", "room") == ada.api().get(f"/rooms/{room}").text
        assert [p["psychic"]["username"] for p in entered["participants"]] == [ada.username, bob.username]
        listed = ada.api().get(f"/rooms/{room}/participants")
        assert raw_field(reply.text, "payload", "participants") == raw_field(listed.text, "results")
        assert entered["typing"] == [] and entered["session"] is None
        await two.call("typing", {"room": room, "on": True})
        await one.event("typing.changed", room=room)
        entered = await one.call("room.enter", {"room": room})
        assert entered["typing"] == [{"id": bob.id, "username": bob.username}]
        assert await one.call("room.enter", {"room": None}) == {}


async def test_typing_goes_as_a_whole_list_to_those_who_look(cluster):
    ada, bob, cleo, dion = (cluster.person(name) for name in ("ada", "bob", "cleo", "dion"))
    last = len(cluster.processes) - 1
    room, other = await room_of(ada, bob, cleo, dion), await room_of(ada)
    async with ada.connect(last) as looking, bob.connect() as one, cleo.connect(last) as two, dion.connect() as blind:
        await looking.call("room.enter", {"room": room})
        await one.call("typing", {"room": room, "on": True})
        event = await looking.event("typing.changed", room=room)
        assert set(event) == {"type", "room", "payload"}
        assert event.payload == {"room": room, "psychics": [{"id": bob.id, "username": bob.username}]}
        began = time.monotonic()
        await two.call("typing", {"room": room, "on": True})
        for number in range(6):
            await one.call("typing", {"room": room, "on": bool(number % 2)})
        event = await looking.event("typing.changed", room=room)
        assert {p["username"] for p in event.payload["psychics"]} == {bob.username, cleo.username}
        assert time.monotonic() - began > 0.6  # at most one a second
        await one.call("typing", {"room": room, "on": False})
        event = await looking.event("typing.changed", room=room)
        assert [p["username"] for p in event.payload["psychics"]] == [cleo.username]
        # Now she looks at another room: this one's typing follows no more.
        await looking.call("room.enter", {"room": other})
        await two.call("typing", {"room": room, "on": False})
        await two.call("typing", {"room": room, "on": True})
        await asyncio.sleep(1.3)
        for socket in (looking, one, two, blind):
            await socket.quiet(0, type="typing.changed")


async def test_typing_ends_by_itself_and_with_who_leaves(embedded):
    ada, bob, cleo = embedded.person("ada"), embedded.person("bob"), embedded.person("cleo")
    room = await room_of(ada, bob, cleo)
    async with ada.connect() as looking, bob.connect() as one, cleo.connect() as two:
        await looking.call("room.enter", {"room": room})
        began = time.monotonic()
        await one.call("typing", {"room": room, "on": True})
        await two.call("typing", {"room": room, "on": True})

        def names(expected):
            return lambda e: [p["username"] for p in e.payload["psychics"]] == [p.username for p in expected]

        await looking.event("typing.changed", room=room, where=names([bob, cleo]))
        await two.call("room.leave", {"room": room})
        await looking.event("typing.changed", room=room, where=names([bob]), timeout=3)
        assert time.monotonic() - began < 5
        await looking.event("typing.changed", room=room, where=names([]), timeout=10)
        assert 7 < time.monotonic() - began < 10


async def test_one_looks_at_a_room_the_moment_one_has_joined_it_elsewhere(cluster):
    """Joined by REST at one process, looked at through another: the news of it may still be on its way."""
    ada = cluster.person("ada")
    people = [cluster.person("bob") for _ in range(3)]
    room = await room_of(ada)
    async with ada.connect(1) as typing:
        for bob in people:
            async with bob.connect(0) as looking:
                assert bob.api(1).post(f"/rooms/{room}/join").status_code == 201
                await looking.call("room.enter", {"room": room})
                await asyncio.sleep(0.2)
                await typing.call("typing", {"room": room, "on": False})
                await asyncio.sleep(1.1)
                await typing.call("typing", {"room": room, "on": True})
                await looking.event("typing.changed", room=room, timeout=3)


async def test_receipts_stay_in_rooms_of_at_most_fifty(make_world):
    world = make_world("embedded", MINDNET_RECEIPT_PARTICIPANTS="2")
    ada, bob, cleo = world.person("ada"), world.person("bob"), world.person("cleo")
    small, large = await room_of(ada, bob), await room_of(ada, bob, cleo)
    ada.say(small, "x")
    ada.say(large, "x")
    async with ada.connect() as watching, bob.connect() as reading, cleo.connect() as elsewhere:
        for room in (large, small):
            await reading.call("message.read", {"room": room, "seq": 1})
        event = await watching.event("receipt.updated")
        assert set(event) == {"type", "room", "payload"}
        assert event.payload == {"room": small, "psychic": {"id": bob.id, "username": bob.username},
                                 "delivered_seq": 1, "read_seq": 1}  # fmt: skip
        await watching.quiet(0.3, type="receipt.updated")
        await elsewhere.quiet(0, type="receipt.updated")
        rows = ada.api().get(f"/rooms/{large}/participants").json()["results"]
        assert [row["read_seq"] for row in rows if row["psychic"]["id"] == bob.id] == [1]


@embedded_and_cluster
async def test_a_room_left_in_the_middle_of_much_talk_is_silent_from_then_on(world):
    ada, bob = world.person("ada"), world.person("bob")
    last = len(world.processes) - 1
    room = await room_of(ada, bob)
    async with ada.connect() as talking, bob.connect(last) as listening:
        stop = asyncio.Event()

        async def talk():
            while not stop.is_set():
                await talking.call("message.send", {"room": room, "content": "on and on"})

        task = asyncio.create_task(talk())
        await asyncio.sleep(0.2)
        for _ in range(3):
            await listening.call("room.leave", {"room": room})
            await listening.event("room.removed")
            count = len(listening.events)
            await asyncio.sleep(0.1)
            late = [event.type for event in listening.events[count:]]
            assert "message.created" not in late
            entry = await listening.call("room.join", {"room": room})
            await asyncio.sleep(0.2)
            heard = [e.seq for e in listening.events if e.type == "message.created" and e.seq > entry["delivered_seq"]]
            assert heard and heard == list(range(entry["delivered_seq"] + 1, entry["delivered_seq"] + 1 + len(heard)))
        stop.set()
        await task
        assert await code_of(listening, "room.enter", {"room": 0}) == "not_found"
