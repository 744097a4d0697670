"""Two installations that use one Redis have nothing to do with each other."""

import asyncio

import pytest

from mindnet.tests.support.checks import room_of


@pytest.fixture
def worlds(make_world):
    """Two, each on a database of its own, with the same Redis under the same address."""
    return make_world("cluster"), make_world("cluster")


async def test_installations_on_one_redis_do_not_hear_each_other(worlds):
    one, other = worlds
    assert one.redis_url == other.redis_url
    people = {world: (world.person("ada"), world.person("bob")) for world in worlds}
    rooms = {world: await room_of(*people[world]) for world in worlds}
    assert rooms[one] == rooms[other], "rooms of the same number are the point"
    room = rooms[one]
    async with people[one][0].connect(0) as ada, people[one][1].connect(1) as bob:
        async with people[other][0].connect(0) as stranger, people[other][1].connect(1) as listener:
            for socket in (bob, listener):
                await socket.call("room.enter", {"room": room})
            await ada.call("presence.set", {"status": "away", "note": "gone to lunch"})
            await ada.call("message.send", {"room": room, "content": "for us"})
            await ada.call("typing", {"room": room, "on": True})
            await bob.event("message.created", room=room)
            await bob.event("typing.changed", room=room)
            await bob.event("presence.changed", room=room, where=lambda e: "lunch" in e.text)
            # The same again, so that whatever was under way to the others has arrived.
            await stranger.call("message.send", {"room": room, "content": "for the others"})
            heard = await listener.event("message.created", room=room)
            assert (heard.payload["content"], heard.seq) == ("for the others", 1)
            await asyncio.sleep(1.5)  # presence is gathered for a second
            texts = "".join(event.text for socket in (stranger, listener) for event in socket.events)
            assert "for us" not in texts and "lunch" not in texts and people[one][0].username not in texts
