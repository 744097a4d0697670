"""What is told without a number: that a room, its people or their receipts are otherwise now. Nothing of it is lost
between `hello` and being live, during a meditation, or with a hint of another process that never arrives."""

import asyncio

import pytest

from mindnet.tests.support.checks import embedded_and_cluster, room_of

HANDSHAKES = 40
CROWD = 51


def rename(person, room, name):
    return person.api().patch(f"/rooms/{room}", json={"name": name}).raise_for_status()


@embedded_and_cluster
async def test_a_name_given_during_a_handshake_is_in_hello_or_comes(world):
    """Renamed at every point of a handshake: on the process that is connected to, and on another."""
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    last = len(world.processes) - 1

    async def arrive(number):
        await asyncio.sleep(0.02 * number / HANDSHAKES)
        async with bob.connect(last) as socket:
            names = [entry["name"] for entry in (await socket.hello)["rooms"] if entry["id"] == room]
            if names != [f"name {round}"]:
                await socket.event("room.updated", room=room, where=lambda e: e.payload["name"] == f"name {round}")

    for round in range(HANDSHAKES // 8):
        await asyncio.gather(
            *(arrive(number) for number in range(8)), asyncio.to_thread(rename, ada, room, f"name {round}")
        )


async def test_at_the_bell_comes_how_room_people_and_role_are_now(cluster):
    ada, bob, cleo, dion = (cluster.person(name) for name in ("ada", "bob", "cleo", "dion"))
    room, quiet = await room_of(ada, bob, dion), await room_of(ada, bob)
    async with bob.connect(1) as socket, ada.connect() as other:
        await socket.call("presence.set", {"status": "meditating"})
        rename(ada, room, "Attic")
        cleo.join(room)
        ada.api().patch(f"/rooms/{room}/participants/{bob.username}", json={"role": "moderator"}).raise_for_status()
        dion.api().delete(f"/rooms/{room}/leave").raise_for_status()
        ada.say(room, "hello")
        await other.event("message.created", room=room)
        await socket.quiet(0.5)
        await socket.call("presence.set", {"status": "online"})
        updated = await socket.event("room.updated", room=room)
        assert (updated.payload["name"], updated.payload["participants"]) == ("Attic", 3)
        joined = await socket.event("participant.joined", room=room)
        assert joined.payload["psychic"]["username"] == cleo.username
        promoted = await socket.event("participant.updated", room=room)
        assert (promoted.payload["psychic"]["username"], promoted.payload["role"]) == (bob.username, "moderator")
        left = await socket.event("participant.left", room=room)
        assert left.payload["psychic"]["username"] == dion.username
        await socket.event("message.created", room=room)
        assert not [event for event in socket.taken() if event.room == quiet], "nothing has happened there"


@pytest.fixture
def lonely(make_world, redis_server):
    """A cluster whose Redis may be stopped."""
    return make_world("cluster", redis_url=redis_server.url)


async def test_without_redis_it_is_found_in_the_database(lonely, redis_server):
    ada, bob, cleo = (lonely.person(name) for name in ("ada", "bob", "cleo"))
    room = await room_of(ada, bob)
    async with ada.connect(1) as socket, bob.connect(1) as two, bob.connect() as one:
        ada.say(room, "hello")
        await one.event("message.created", room=room)
        await two.event("message.created", room=room)
        redis_server.stop()
        rename(ada, room, "Attic")
        cleo.join(room)
        await one.call("message.read", {"room": room, "seq": 1})
        for listening in (socket, two):
            await listening.event("room.updated", room=room, where=lambda e: e.payload["name"] == "Attic")
            await listening.event("participant.joined", room=room)
            await listening.event("receipt.updated", room=room, where=lambda e: e.payload["read_seq"] == 1)
        cleo.api().delete(f"/rooms/{room}/leave").raise_for_status()
        await socket.event("participant.left", room=room)


@pytest.fixture
def crowd(lonely):
    """A room too large for everybody's receipts, and one of its people."""
    ada, bob = lonely.person("ada"), lonely.person("bob")
    room = ada.create_room(max_participants=CROWD + 9)["id"]
    bob.join(room)
    lonely.shell(f"""
from presence.models import Psychic
from rooms.services import join_room
for number in range({CROWD - 2}):
    join_room(psychic=Psychic.objects.create(username=f"crowd{{number}}"), room_id={room})
""")
    return room, ada, bob


async def test_ones_own_receipts_reach_all_ones_connections(lonely, crowd, redis_server):
    room, ada, bob = crowd
    lonely.grant(ada, "messaging.broadcast")
    ada.say(room, "one")
    told = ada.api().post("/messages/broadcast", json={"content": "all of you"}).json()["messages"]
    everyones = told[0]["room"]
    async with bob.connect() as one, bob.connect() as beside, bob.connect(1) as far, ada.connect(1) as other:
        for place in (room, everyones):
            await one.call("message.read", {"room": place, "seq": 1})
            for socket in (one, beside, far):
                event = await socket.event("receipt.updated", room=place)
                assert event.payload["psychic"]["username"] == bob.username and event.payload["read_seq"] == 1
        await other.quiet(0.5, type="receipt.updated")
        ada.say(room, "two")
        await far.event("message.created", room=room, where=lambda e: e.seq == 2)
        redis_server.stop()
        await one.call("message.read", {"room": room, "seq": 2})
        await far.event("receipt.updated", room=room, where=lambda e: e.payload["read_seq"] == 2)
        await far.quiet(2.5, type="receipt.updated")  # the table is looked at again, and nothing is told twice
