"""Who types is shown as long as they do, and not a moment longer."""

import asyncio

import pytest

from mindnet.tests.support.checks import room_of

# Less than what typing would run out after by itself.
SOON = 3


async def typists(socket, room, *people, timeout=SOON):
    names = [person.username for person in people]
    where = lambda e: [one["username"] for one in e.payload["psychics"]] == names  # noqa: E731
    await socket.event("typing.changed", room=room, where=where, timeout=timeout)


async def leave(ada, bob, room, socket):
    await socket.call("room.leave", {"room": room})


def restrict(kind):
    async def put(ada, bob, room, socket):
        restriction = {"username": bob.username, "kind": kind, "reason": "loud"}
        await asyncio.to_thread(ada.api().post, f"/rooms/{room}/restrictions", json=restriction)

    return put


async def send(ada, bob, room, socket):
    await socket.call("message.send", {"room": room, "content": "there"})


async def go(ada, bob, room, socket):
    socket.link.transport.abort()


ENDS = {
    "leave": leave,
    "kick": restrict("kick"),
    "ban": restrict("ban"),
    "mute": restrict("mute"),
    "send": send,
    "go": go,
}


@pytest.mark.parametrize("how", ENDS)
async def test_it_ends_with_what_ends_it(cluster, how):
    ada, bob = cluster.person("ada"), cluster.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect(1) as looking, bob.connect() as socket:
        await looking.call("room.enter", {"room": room})
        await socket.call("typing", {"room": room, "on": True})
        await typists(looking, room, bob)
        await ENDS[how](ada, bob, room, socket)
        await typists(looking, room)


async def test_who_is_muted_is_not_told_as_typing(embedded):
    ada, bob, cleo = (embedded.person(name) for name in ("ada", "bob", "cleo"))
    room = await room_of(ada, bob, cleo)
    await restrict("mute")(ada, bob, room, None)
    async with ada.connect() as looking, bob.connect() as muted, cleo.connect() as free:
        await looking.call("room.enter", {"room": room})
        await muted.call("typing", {"room": room, "on": True})
        await free.call("typing", {"room": room, "on": True})
        await typists(looking, room, cleo)


async def test_what_is_said_sooner_than_the_rate_allows_is_told_in_its_turn(make_world):
    world = make_world("embedded", MINDNET_LIMITS="on")
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect() as looking, bob.connect() as socket:
        await looking.call("room.enter", {"room": room})
        for on in (True, False, True):
            await socket.call("typing", {"room": room, "on": on})
            await asyncio.sleep(0.3)
        await typists(looking, room, bob)
        await typists(looking, room)
        await typists(looking, room, bob, timeout=6)
        await socket.call("typing", {"room": room, "on": False})
        await typists(looking, room)
        told = len(looking.events)
        for on in (True, False):  # what no longer holds is not told
            await socket.call("typing", {"room": room, "on": on})
        await asyncio.sleep(3.5)
        news = [event.payload["psychics"] for event in looking.events[told:] if event.type == "typing.changed"]
        assert not any(news), news
