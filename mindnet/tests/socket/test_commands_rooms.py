"""Commands about rooms: coming, going, being put out, and every refusal."""

import asyncio

from mindnet.tests.support.checks import (
    code_of,
    embedded_and_cluster,
    error_bytes,
    error_of,
    reply_to,
    room_of,
)

NOT_FOUND = '{"code":"not_found","detail":"Not found."}'


MISSING = 999_999_999


@embedded_and_cluster
async def test_who_is_banned_is_out_and_told_why_and_who_was_kicked_may_come_back(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    last = len(world.processes) - 1
    async with bob.connect() as first, bob.connect(last) as second, ada.connect() as owner:
        kick = {"username": bob.username, "kind": "kick", "reason": "Take a walk."}
        ada.api().post(f"/rooms/{room}/restrictions", json=kick).raise_for_status()
        for socket in (first, second):
            removed = await socket.event("room.removed")
            assert removed.payload == {"room": room, "kind": "kick", "reason": "Take a walk.", "until": None}
            assert await code_of(socket, "message.send", {"room": room, "content": "x"}) == "not_participant"
        await owner.call("message.send", {"room": room, "content": "he does not hear this"})
        await first.call("room.join", {"room": room})
        for socket in (first, second):
            assert (await socket.event("room.added")).payload["id"] == room

        ban = {"username": bob.username, "kind": "ban", "reason": "Once too often.", "minutes": 60}
        until = ada.api().post(f"/rooms/{room}/restrictions", json=ban).raise_for_status().json()["until"]
        for socket in (first, second):
            removed = await socket.event("room.removed")
            assert removed.payload == {"room": room, "kind": "ban", "reason": "Once too often.", "until": until}
            error = await error_of(socket, "room.join", {"room": room})
            assert error == {"code": "banned", "detail": error["detail"], "reason": "Once too often.", "until": until}
            assert await code_of(socket, "message.send", {"room": room, "content": "x"}) in (
                "banned", "not_participant")  # fmt: skip
            assert await code_of(socket, "room.enter", {"room": room}) in ("banned", "not_participant")
        await owner.call("message.send", {"room": room, "content": "nor this"})
        await asyncio.sleep(0.3)
        for socket in (first, second):
            assert not [event for event in socket.events if event.type == "message.created"]


async def test_a_full_room_takes_nobody(embedded):
    ada, bob, cleo = embedded.person("ada"), embedded.person("bob"), embedded.person("cleo")
    room = await room_of(ada, bob, max_participants=2)
    async with cleo.connect() as socket, bob.connect() as inside:
        assert await code_of(socket, "room.join", {"room": room}) == "room_full"
        assert (await inside.call("room.join", {"room": room}))["psychic"]["username"] == bob.username
        await inside.call("room.leave", {"room": room})
        assert (await socket.call("room.join", {"room": room}))["role"] == "participant"
        assert await code_of(inside, "room.join", {"room": room}) == "room_full"


@embedded_and_cluster
async def test_twelve_joins_at_once_into_four_places_give_four(world):
    ada = world.person("ada")
    people = [world.person("guest") for _ in range(12)]
    room = await room_of(ada, max_participants=5)

    async def join(person, process):
        async with person.connect(process) as socket:
            reply = await reply_to(socket, "room.join", {"room": room})
            return reply["ok"] or reply["error"]["code"]

    joins = [join(person, number % len(world.processes)) for number, person in enumerate(people)]
    results = await asyncio.gather(*joins)
    assert sorted(results, key=str) == [True] * 4 + ["room_full"] * 8
    assert ada.api().get(f"/rooms/{room}").json()["participants"] == 5


@embedded_and_cluster
async def test_a_closed_room_opens_by_invitation(world):
    ada, bob, mallory = world.person("ada"), world.person("bob"), world.person("mallory")
    room = await room_of(ada, kind="closed")
    code = ada.api().post(f"/rooms/{room}/invitations", json={"max_uses": 1, "hours": 1}).json()["code"]
    async with bob.connect() as socket, mallory.connect() as other:
        for invitation in ("", "wrong", "\u0000", "%", code.swapcase(), code + "x", "c" * 5000):
            payload = {"room": room, "invitation": invitation}
            assert await error_bytes(socket, "room.join", payload) == NOT_FOUND, invitation[:9]
        assert await error_bytes(socket, "room.join", {"room": MISSING, "invitation": code}) == NOT_FOUND
        assert (await socket.call("room.join", {"room": room, "invitation": code}))["role"] == "participant"
        assert await error_bytes(other, "room.join", {"room": room, "invitation": code}) == NOT_FOUND


async def test_the_last_owner_hands_on_and_in_a_room_one_owner_is_left(embedded):
    ada, bob, cleo = embedded.person("ada"), embedded.person("bob"), embedded.person("cleo")
    room = await room_of(ada, bob, cleo)
    ada.api().patch(f"/rooms/{room}/participants/{cleo.username}", json={"role": "moderator"}).raise_for_status()
    async with ada.connect() as owner, cleo.connect() as heir:
        await owner.call("room.leave", {"room": room})
        left = await heir.event("participant.left", room=room)
        assert left.payload["psychic"]["username"] == ada.username
        updated = await heir.event("participant.updated", room=room)
        assert (updated.payload["psychic"]["username"], updated.payload["role"]) == (cleo.username, "owner")
        assert cleo.api().get(f"/rooms/{room}").json()["my_role"] == "owner"


async def test_everyones_room_has_no_way_out_and_no_voice(cluster):
    ada = cluster.person("ada")
    async with ada.connect() as socket:
        hello = await socket.hello
        [everyones] = [entry for entry in hello["rooms"] if entry["kind"] == "broadcast"]
        room = everyones["id"]
        assert everyones["role"] == "participant"
        assert (await socket.call("room.join", {"room": room}))["room"] == room
        assert await code_of(socket, "room.leave", {"room": room}) == "permission_denied"
        assert await code_of(socket, "message.send", {"room": room, "content": "hear me"}) == "permission_denied"
        assert await code_of(socket, "broadcast.send", {"content": "hear me"}) == "permission_denied"
        for rooms in ([room], [MISSING], [0], []):
            payload = {"content": "hear me", "rooms": rooms}
            assert await code_of(socket, "broadcast.send", payload) == "permission_denied"
        assert (await socket.call("room.enter", {"room": room}))["room"]["kind"] == "broadcast"
