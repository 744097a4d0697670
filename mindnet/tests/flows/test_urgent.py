"""What cannot wait for the bell: who may be urgent, where it is shown, and that it comes again in its place."""

import asyncio

import pytest

from mindnet.tests.support.checks import error_of, room_of
from mindnet.tests.support.sockets import NUMBERED

LATE_SECONDS = 15  # for what has to be found out from the database; on a busy machine


async def meditate(person, *sockets, **settings):
    """Meditates on these connections, letting through what `settings` say."""
    if settings:
        person.api().patch("/presence/me/meditation", json=settings).raise_for_status()
    await sockets[0].call("presence.set", {"status": "meditating"})
    for socket in sockets:
        await asyncio.sleep(0.3)
        socket.taken()


async def send(socket, room, content, **more):
    return await socket.call("message.send", {"room": room, "content": content, "urgent": True} | more)


async def test_the_second_urgent_message_is_shown_at_once_and_comes_again_at_the_bell(world):
    ada, bob = world.person("ada"), world.person("bob")
    last = len(world.processes) - 1
    room = await room_of(ada, bob)
    async with ada.connect() as talking, bob.connect() as one, bob.connect(last) as two:
        await meditate(bob, one, two)
        first = await send(talking, room, "Call me", urgent_reason="The house is on fire")
        await talking.call("message.send", {"room": room, "content": "in between"})
        second = await send(talking, room, "Call me now", urgent_reason="It really is")
        # The reply names him all the same: his other messages wait.
        assert [reply["held_for"][0]["id"] for reply in (first, second)] == [bob.id] * 2
        for socket in (one, two):
            shown = await socket.event("message.urgent")
            assert set(shown) == {"type", "room", "reason", "payload"}
            assert (shown.room, shown["reason"]) == (room, "It really is")
            assert (shown.payload["id"], shown.payload["urgent"]) == (second["id"], True)
            assert "urgent_reason" not in shown.payload
            await socket.quiet(0.3)
        assert "message.urgent" not in [event.type for event in talking.events]

        await one.call("presence.set", {"status": "online"})
        for socket in (one, two):
            again = await socket.event("message.created", where=lambda e: e.payload["id"] == second["id"])
            assert again.payload == shown.payload and again.seq == 3
            assert [event.seq for event in socket.events if event.type in NUMBERED] == [1, 2, 3]
        # Who does not meditate gets it in its place only.
        await send(talking, room, "Here you are")
        await one.event("message.created", where=lambda e: e.seq == 4)
        await one.quiet(0.3, type="message.urgent")


async def test_nobody_or_chosen_people(cluster):
    ada, bob, cleo = cluster.person("ada"), cluster.person("bob"), cluster.person("cleo")
    room = await room_of(ada, bob, cleo)
    async with ada.connect() as from_ada, cleo.connect(1) as from_cleo, bob.connect(1) as sitting:
        await meditate(bob, sitting, urgent_from="nobody")
        for _ in range(3):
            await send(from_ada, room, "knock")
        await sitting.quiet(0.5)
        chosen = {"urgent_from": "chosen", "chosen": [ada.username.upper()]}
        answer = bob.api().patch("/presence/me/meditation", json=chosen)
        assert answer.json()["chosen"] == [ada.username]
        for _ in range(3):
            await send(from_cleo, room, "knock")
        reply = await send(from_ada, room, "A bare one: the text is the reason")
        shown = await sitting.event("message.urgent")
        assert (shown.payload["id"], shown["reason"]) == (reply["id"], "A bare one: the text is the reason")
        # By REST it is the same.
        message = ada.say(room, "x" * 300, urgent=True)
        shown = await sitting.event("message.urgent")
        assert (shown.payload["id"], shown["reason"]) == (message["id"], "x" * 200)
        assert "urgent_reason" not in message
        await sitting.quiet(0.3)


async def test_twice_means_the_same_sender_to_the_same_meditator(embedded):
    """In whichever room they meet, also both in one breath; and not two people once each, or one message sent twice."""
    ada, bob, cleo = embedded.person("ada"), embedded.person("bob"), embedded.person("cleo")
    room, other, without = await room_of(ada, bob, cleo), await room_of(ada, bob), await room_of(ada, cleo)
    async with ada.connect() as from_ada, cleo.connect() as from_cleo, bob.connect() as sitting:
        await meditate(bob, sitting)
        await send(from_ada, without, "not to him")
        first = await send(from_ada, room, "once")
        nonce = {"nonce": first["nonce"]}
        assert (await send(from_ada, room, "once", **nonce))["duplicate"]
        await send(from_cleo, room, "once each")
        await sitting.quiet(0.4)
        both = [await from_cleo.start("message.send", {"room": room, "content": text, "urgent": True}) for text in "ab"]
        await asyncio.gather(*both)
        second = await send(from_ada, other, "again, elsewhere")
        shown = [await sitting.event("message.urgent") for _ in range(3)]
        assert [event.payload["content"] for event in shown] == ["a", "b", "again, elsewhere"]
        assert (shown[2].room, shown[2].payload["id"]) == (other, second["id"])
        # Who comes while he meditates is shown what he has not got yet.
        async with bob.connect() as late:
            again = [await late.event("message.urgent", timeout=LATE_SECONDS) for _ in range(3)]
            assert [event.text for event in again] == [event.text for event in shown]


@pytest.mark.parametrize(
    "fields",
    [
        {"urgent_reason": "not urgent"},
        {"urgent": False, "urgent_reason": "not urgent"},
        {"urgent": True, "urgent_reason": ""},
        {"urgent": True, "urgent_reason": "   "},
        {"urgent": True, "urgent_reason": "x" * 201},
        {"urgent": True, "urgent_reason": "bell\u0007"},
        {"urgent": True, "urgent_reason": 7},
        {"urgent": "yes"},
    ],
)
async def test_what_is_no_reason_is_refused_on_both_doors(embedded, fields):
    ada = embedded.person("ada")
    room = await room_of(ada)
    async with ada.connect() as socket:
        error = await error_of(socket, "message.send", {"room": room, "content": "x"} | fields)
        assert error["code"] == "invalid_payload"
        answer = ada.api().post(f"/rooms/{room}/messages", json={"content": "x"} | fields)
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
        assert list(answer.json()["errors"]) == [list(fields)[-1]]
        assert ada.api().get(f"/rooms/{room}").json()["last_seq"] == 0
        await send(socket, room, "x", urgent_reason="🜁" * 200)


async def test_urgency_is_limited_and_a_retry_is_not(limited):
    ada = limited.person("ada")
    room = await room_of(ada)
    async with ada.connect() as socket:
        replies = [await send(socket, room, str(number)) for number in range(4)]
        error = await error_of(socket, "message.send", {"room": room, "content": "5", "urgent": True})
        assert error["code"] == "rate_limited" and error["retry_after"] > 60
        assert ada.api().post(f"/rooms/{room}/messages", json={"content": "6", "urgent": True}).status_code == 429
        assert (await send(socket, room, "3", nonce=replies[3]["nonce"]))["duplicate"]
        await socket.call("message.send", {"room": room, "content": "not urgent"})


async def test_without_redis_bell_and_urgent_message_are_found_in_the_database(make_world, redis_server):
    world = make_world("cluster", redis_url=redis_server.url)
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect(0) as talking, bob.connect(1) as sitting:
        redis_server.pause()
        try:
            # Through the other process, so that this one is not told of anything.
            await asyncio.to_thread(put, bob, "meditating")
            await asyncio.sleep(3)
            sitting.taken()
            await send(talking, room, "once")
            await send(talking, room, "twice", urgent_reason="Redis is gone")
            shown = await sitting.event("message.urgent", timeout=LATE_SECONDS)
            assert (shown.payload["content"], shown["reason"]) == ("twice", "Redis is gone")
            await sitting.quiet(3)
            await asyncio.to_thread(put, bob, "online")
            await sitting.event("message.created", where=lambda e: e.seq == 2, timeout=LATE_SECONDS)
        finally:
            redis_server.resume()


def put(person, status):
    person.api(0).patch("/presence/me", json={"status": status}).raise_for_status()
