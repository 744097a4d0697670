"""Broadcasts: to everyone, online or not, and into rooms; by holders of the permission alone."""

import asyncio
import uuid

import pytest

from mindnet.tests.support.checks import code_of, embedded_and_cluster, error_bytes, private_room, room_of

NOT_FOUND = '{"code":"not_found","detail":"Not found."}'


async def everyones_room(socket):
    return next(entry for entry in (await socket.hello)["rooms"] if entry["kind"] == "broadcast")


@pytest.mark.parametrize("kind", ["embedded", "cluster"])
async def test_a_broadcast_reaches_everyone_now_or_when_they_come(make_world, kind):
    world = make_world(kind)
    ada, bob, cleo, dion = (world.person(name) for name in ("ada", "bob", "cleo", "dion"))
    last = len(world.processes) - 1
    await asyncio.to_thread(world.grant, ada, "messaging.broadcast")
    async with ada.connect() as talking, bob.connect(last) as listening, dion.connect(last) as sitting:
        room = (await everyones_room(listening))["id"]
        await sitting.call("presence.set", {"status": "meditating"})
        payload = {"content": "The eye opens at noon.", "nonce": str(uuid.uuid4()), "require_ack": True}
        sent = await talking.call("broadcast.send", payload)
        [place] = sent["messages"]
        assert set(sent) == {"messages", "recipients"} and sent["recipients"] >= 4
        assert place == {"room": room, "id": place["id"], "seq": 1}
        for socket in (listening, talking):
            event = await socket.event("message.created", room=room)
            message = event.payload
            assert (message["message_type"], message["content"], message["nonce"]) == (
                "broadcast", payload["content"], payload["nonce"])  # fmt: skip
            assert message["sender"] == {"id": ada.id, "username": ada.username} and message["id"] == place["id"]
        # A retry, also by REST, posts nothing; another text under the nonce is refused.
        assert await talking.call("broadcast.send", payload) == sent
        answer = ada.api(last).post("/messages/broadcast", json=payload)
        assert (answer.status_code, answer.json()) == (202, sent)
        assert await code_of(talking, "broadcast.send", payload | {"content": "x"}) == "nonce_reused"
        second = ada.api(last).post("/messages/broadcast", json={"content": "Second.", "require_ack": True})
        assert second.status_code == 202 and second.json()["messages"][0]["seq"] == 2
        second_id = second.json()["messages"][0]["id"]
        assert (await listening.event("message.created", room=room)).payload["content"] == "Second."

        # Acknowledged once or twice, on both doors; only what is a broadcast.
        assert await listening.call("broadcast.ack", {"id": place["id"]}) == {}
        assert await listening.call("broadcast.ack", {"id": place["id"]}) == {}
        assert cleo.api().post(f"/messages/{place['id']}/ack").status_code == 204
        journey = ada.api().get(f"/messages/{place['id']}/journey").json()
        assert journey["acknowledged"] == 2
        own = await room_of(bob)
        text = bob.say(own, "no broadcast")["id"]
        assert await code_of(listening, "broadcast.ack", {"id": text}) == "invalid_payload"

        # Who is silent and here is reminded at once, in whatever process; not who meditates.
        assert [one["id"] for one in bob.api().get("/messages/unacknowledged").json()["results"]] == [second_id]
        answer = ada.api().post(f"/messages/{second_id}/remind")
        assert answer.status_code == 202 and answer.json()["recipients"] >= 3
        reminder = await listening.event("broadcast.reminder")
        assert reminder.payload["message"]["id"] == second_id and reminder.payload["at"]

        # Who meditates has it at the bell.
        assert not [one for one in sitting.events if one.type in ("message.created", "broadcast.reminder")]
        await sitting.call("presence.set", {"status": "online"})
        assert [(await sitting.event("message.created", room=room)).seq for _ in range(2)] == [1, 2]

        # Who was away has it on coming, until it is confirmed.
        for _ in range(2):
            async with cleo.connect(last) as late:
                entry = await everyones_room(late)
                assert (entry["last_seq"], entry["delivered_seq"], entry["unread"]) == (2, 0, 2)
                assert [(await late.event("message.created", room=room)).seq for _ in range(2)] == [1, 2]
        async with cleo.connect() as late:
            synced = (await late.call("sync", {"rooms": {str(room): 1}}))["rooms"][str(room)]
            assert [m["content"] for m in synced["messages"]] == ["Second."] and synced["seq"] == 2
            await late.call("message.delivered", {"room": room, "seq": 2})
            await late.call("message.read", {"room": room, "seq": 1})
        async with cleo.connect(last) as late:
            entry = await everyones_room(late)
            assert (entry["delivered_seq"], entry["read_seq"], entry["unread"]) == (2, 1, 1)
            await late.quiet(0.3)
        # Who signs up after it starts where the room stands.
        eve = world.person("eve")
        async with eve.connect() as newcomer:
            entry = await everyones_room(newcomer)
            assert (entry["delivered_seq"], entry["read_seq"], entry["last_seq"], entry["unread"]) == (2, 2, 2, 0)
            await newcomer.quiet(0.3)

        # It cannot be edited; its sender may take it back.
        assert await code_of(talking, "message.edit", {"id": place["id"], "content": "x"}) == "invalid_payload"
        assert await code_of(listening, "message.delete", {"id": place["id"]}) == "permission_denied"
        await talking.call("message.delete", {"id": place["id"]})
        assert (await listening.event("message.updated", room=room)).payload["deleted"] is True


@embedded_and_cluster
async def test_a_broadcast_into_rooms_is_heard_there_and_nowhere_else(world):
    ada, bob, cleo, mallory = (world.person(name) for name in ("ada", "bob", "cleo", "mallory"))
    last = len(world.processes) - 1
    await asyncio.to_thread(world.grant, ada, "messaging.broadcast")
    garden, circle, other = await room_of(bob, cleo), await room_of(cleo, kind="closed"), await room_of(mallory)
    bob.say(garden, "before")
    async with ada.connect() as talking, bob.connect(last) as one, cleo.connect() as two, mallory.connect() as stranger:
        payload = {"content": "Hear <b>this</b>.", "rooms": [circle, garden, circle], "nonce": str(uuid.uuid4())}
        sent = await talking.call("broadcast.send", payload)
        places = {place["room"]: place for place in sent["messages"]}
        assert set(places) == {garden, circle} and len(sent["messages"]) == 2 and sent["recipients"] == 2
        assert (places[garden]["seq"], places[circle]["seq"]) == (2, 1)
        event = await one.event("message.created", room=garden, where=lambda e: e.seq == 2)
        assert event.payload["message_type"] == "broadcast" and event.payload["id"] == places[garden]["id"]
        assert (await two.event("message.created", room=circle)).payload["content"] == "Hear <b>this</b>."
        assert await talking.call("broadcast.send", payload) == sent
        await asyncio.sleep(0.3)
        for socket in (talking, stranger):  # the operator is in none of them
            await socket.quiet(0)
        assert await one.call("broadcast.ack", {"id": places[garden]["id"]}) == {}
        assert await error_bytes(stranger, "broadcast.ack", {"id": places[circle]["id"]}) == NOT_FOUND
        assert [m["content"] for m in mallory.api().get(f"/rooms/{other}/messages").json()["results"]] == []


async def test_a_broadcast_goes_to_all_the_rooms_it_names_or_to_none(embedded):
    ada, bob, cleo = (embedded.person(name) for name in ("ada", "bob", "cleo"))
    await asyncio.to_thread(embedded.grant, ada, "messaging.broadcast")
    garden, ended, private = await room_of(bob), await room_of(bob), private_room(bob, cleo)
    bob.api().delete(f"/rooms/{ended}").raise_for_status()
    async with ada.connect() as talking, bob.connect() as listening:
        everyones = (await everyones_room(talking))["id"]
        for wrong in (private, 999_999_999, 0, -1, 2**63, 10**30, everyones):
            payload = {"content": "x", "rooms": [garden, wrong]}
            assert await error_bytes(talking, "broadcast.send", payload) == NOT_FOUND, wrong
        assert await code_of(talking, "broadcast.send", {"content": "x", "rooms": []}) == "invalid_payload"
        assert await code_of(talking, "broadcast.send", {"content": "x", "rooms": [garden] * 101}) == "invalid_payload"
        for content in ("", "x" * 4001, "\u0000"):
            payload = {"content": content, "rooms": [garden]}
            assert await code_of(talking, "broadcast.send", payload) == "invalid_payload"
        await listening.quiet(0.3)
        assert await code_of(talking, "broadcast.send", {"content": "x", "rooms": [garden, ended]}) in (
            "room_closed", "not_found")  # fmt: skip
        await listening.quiet(0.3)
    assert bob.api().get(f"/rooms/{garden}/messages").json()["results"] == []


async def test_broadcasts_are_rare(limited):
    ada, bob = limited.person("ada"), limited.person("bob")
    await asyncio.to_thread(limited.grant, ada, "messaging.broadcast")
    room = await room_of(bob)
    async with ada.connect() as talking:
        for number in range(6):
            await talking.call("broadcast.send", {"content": str(number), "rooms": [room]})
        assert await code_of(talking, "broadcast.send", {"content": "7", "rooms": [room]}) == "rate_limited"
        answer = ada.api().post("/messages/broadcast", json={"content": "7", "rooms": [room]})
        assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    assert len(bob.api().get(f"/rooms/{room}/messages").json()["results"]) == 6
