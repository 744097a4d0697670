"""Presence as others see it: who is here, who is away, who meditates, and who wants to be seen by nobody."""

import asyncio
from datetime import datetime, timedelta, timezone

from mindnet.tests.support.checks import code_of, embedded_and_cluster, private_room, room_of
from mindnet.tests.support.sockets import NUMBERED

PRESENCE = {"id", "username", "status", "note", "until", "last_online"}


def in_seconds(seconds):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def online(person):
    return {row["username"]: row for row in person.api().get("/presence/online?limit=100").json()["results"]}


def of(person):
    """A presence.changed that tells of this psychic."""
    return lambda event: any(change["id"] == person.id for change in event.payload["changes"])


def change_of(event, person):
    [change] = [change for change in event.payload["changes"] if change["id"] == person.id]
    return change


async def test_changes_are_gathered_for_those_who_look_at_the_room(cluster):
    ada, bob, cleo, dion = (cluster.person(name) for name in ("ada", "bob", "cleo", "dion"))
    last = len(cluster.processes) - 1
    room = await room_of(ada, bob, cleo, dion)
    async with ada.connect(last) as looking, bob.connect() as one, cleo.connect() as two, dion.connect(last) as blind:
        await looking.call("room.enter", {"room": room})
        await asyncio.sleep(1.3)
        looking.taken()
        reply = await one.call("presence.set", {"status": "away", "note": "tea <b>"})
        assert set(reply) == PRESENCE and (reply["status"], reply["note"]) == ("away", "tea <b>")
        await two.call("presence.set", {"status": "online", "note": "one"})
        await two.call("presence.set", {"status": "online", "note": "two"})
        event = await looking.event("presence.changed", room=room)
        assert set(event) == {"type", "room", "payload"} and set(event.payload) == {"room", "changes"}
        changes = {change["id"]: change for change in event.payload["changes"]}
        # Within a second of each other they come together; on a slow machine in two.
        while len(changes) < 2:
            more = await looking.event("presence.changed", room=room)
            changes |= {change["id"]: change for change in more.payload["changes"]}
        assert set(changes[bob.id]) == PRESENCE
        assert (changes[bob.id]["status"], changes[bob.id]["note"]) == ("away", "tea <b>")
        assert (changes[cleo.id]["status"], changes[cleo.id]["note"]) == ("online", "two")
        await asyncio.sleep(1.2)
        for socket in (one, two, blind):
            await socket.quiet(0, type="presence.changed")
        await looking.call("room.enter", {"room": None})
        await one.call("presence.set", {"status": "online"})
        await asyncio.sleep(1.3)
        await looking.quiet(0, type="presence.changed")


async def test_away_is_of_a_connection_and_the_most_present_one_counts(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    last = len(embedded.processes) - 1
    async with bob.connect() as one, bob.connect(last) as two, ada.connect() as _:
        assert online(ada)[bob.username]["status"] == "online"
        assert (await one.call("presence.set", {"status": "away"}))["status"] == "online"
        assert (await two.call("presence.set", {"status": "away"}))["status"] == "away"
        assert online(ada)[bob.username]["status"] == "away"
        assert (await one.call("presence.set", {"status": "online"}))["status"] == "online"
        # By REST it is the psychic's, whatever the connections say.
        assert bob.api().patch("/presence/me", json={"status": "away"}).json()["status"] == "away"
        assert online(ada)[bob.username]["status"] == "away"
        assert bob.api().patch("/presence/me", json={"status": "online"}).json()["status"] == "online"
        assert set(online(ada)[bob.username]) == PRESENCE


async def test_who_goes_is_offline_after_a_grace_and_a_reload_is_not_seen(make_world):
    world = make_world("embedded", MINDNET_OFFLINE_GRACE_SECONDS="1")
    ada, bob, cleo = world.person("ada"), world.person("bob"), world.person("cleo")
    room = await room_of(ada, bob, cleo)
    async with ada.connect() as looking:
        async with bob.connect():
            await looking.call("room.enter", {"room": room})
            await asyncio.sleep(1.2)
            looking.taken()
        async with bob.connect():  # a reload
            await asyncio.sleep(2)
            assert not [e for e in looking.events if e.type == "presence.changed" and of(bob)(e)][1:]
            looking.taken()
        event = await looking.event("presence.changed", room=room, where=of(bob), timeout=8)
        change = change_of(event, bob)
        assert change["status"] == "offline" and change["last_online"].endswith("Z")
        assert bob.username not in online(ada)


@embedded_and_cluster
async def test_invisible_is_invisible_everywhere(world):
    ada, bob = world.person("ada"), world.person("bob")
    last = len(world.processes) - 1
    room, private = await room_of(ada, bob), private_room(ada, bob)
    for number in range(3):
        ada.say(room, str(number))
    async with bob.connect() as hidden, ada.connect(last) as looking:
        await looking.call("room.enter", {"room": room})
        await asyncio.sleep(1.2)
        looking.taken()
        mine = await hidden.call("presence.set", {"status": "invisible", "note": "sh", "until": in_seconds(600)})
        assert (mine["status"], mine["note"]) == ("invisible", "sh") and mine["until"]
        vanished = change_of(await looking.event("presence.changed", room=room, where=of(bob)), bob)
        assert (vanished["status"], vanished["note"], vanished["until"]) == ("offline", "", None)

        # From now on nothing they do shows.
        async with bob.connect(last) as again:
            for socket in (hidden, again):
                await socket.call("room.enter", {"room": room})
                await socket.call("typing", {"room": room, "on": True})
                await socket.call("message.delivered", {"room": room, "seq": 2})
                await socket.call("message.read", {"room": room, "seq": 3})
            await again.call("presence.set", {"status": "invisible", "note": "still here"})
        await asyncio.sleep(1.3)
        assert [event.type for event in looking.taken()] == []
        entered = await looking.call("room.enter", {"room": room})
        assert entered["typing"] == []
        [row] = [row for row in entered["participants"] if row["psychic"]["id"] == bob.id]
        assert row["psychic"] == vanished
        profile = ada.api().get(f"/psychics/{bob.username}").json()
        assert {name: profile[name] for name in PRESENCE} == vanished
        assert bob.username not in online(ada)
        assert bob.username in online(ada) or "invisible" not in ada.api().get("/presence/online?limit=100").text
        sent = await looking.call("message.send", {"room": private, "content": "are you there?"})
        assert sent["held_for"] == []
        # They themselves know.
        assert bob.api().get("/presence/me").json()["status"] == "invisible"
        back = await hidden.call("presence.set", {"status": "online"})
        assert back["status"] == "online"
        seen = change_of(await looking.event("presence.changed", room=room, where=of(bob)), bob)
        assert seen["status"] == "online"


async def test_what_an_invisible_psychic_reads_does_not_show_in_the_watermarks(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = await room_of(ada, bob)
    ada.say(room, "do you read me?")

    def marks():
        rows = ada.api().get(f"/rooms/{room}/participants").json()["results"]
        [row] = [row for row in rows if row["psychic"]["id"] == bob.id]
        return row["delivered_seq"], row["read_seq"]

    async with bob.connect() as hidden:
        await hidden.call("presence.set", {"status": "invisible"})
        before = marks()
        await hidden.call("message.read", {"room": room, "seq": 1})
        assert marks() == before == (0, 0)


async def test_going_invisible_takes_the_typing_along(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = await room_of(ada, bob)
    async with bob.connect() as hidden, ada.connect() as looking:
        await looking.call("room.enter", {"room": room})
        await hidden.call("typing", {"room": room, "on": True})
        await looking.event("typing.changed", room=room)
        await hidden.call("presence.set", {"status": "invisible"})
        event = await looking.event("typing.changed", room=room, timeout=2)
        assert event.payload["psychics"] == []
        assert (await looking.call("room.enter", {"room": room}))["typing"] == []


async def test_who_was_offline_and_comes_invisibly_was_not_here(embedded):
    """Setting it by REST before connecting tells nobody that somebody is at the keys."""
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect() as looking:
        await looking.call("room.enter", {"room": room})
        await asyncio.sleep(1.2)
        looking.taken()
        before = ada.api().get(f"/psychics/{bob.username}").json()
        assert before["status"] == "offline"
        bob.api().patch("/presence/me", json={"status": "invisible", "note": "hidden"}).raise_for_status()
        async with bob.connect() as hidden:
            await hidden.call("room.enter", {"room": room})
        await asyncio.sleep(1.3)
        await looking.quiet(0)
        assert ada.api().get(f"/psychics/{bob.username}").json() == before


async def test_while_one_meditates_nothing_comes_and_at_the_bell_everything_in_order(world):
    ada, bob = world.person("ada"), world.person("bob")
    last = len(world.processes) - 1
    room = await room_of(ada, bob)
    async with ada.connect() as talking, bob.connect() as one, bob.connect(last) as two:
        await talking.call("message.send", {"room": room, "content": "before"})
        for socket in (one, two):
            await socket.event("message.created", room=room)
            await socket.call("room.enter", {"room": room})
        await one.call("message.delivered", {"room": room, "seq": 1})
        await asyncio.sleep(1.3)
        reply = await one.call("presence.set", {"status": "meditating", "until": in_seconds(600)})
        assert reply["status"] == "meditating" and reply["until"].endswith("Z")
        await asyncio.sleep(0.5 if last else 0.1)
        for socket in (one, two):
            socket.taken()

        held = [{"room": room, "content": f"held {number}"} for number in range(4)]
        sent = [await talking.call("message.send", message) for message in held]
        assert all(reply["held_for"] == [{"id": bob.id, "username": bob.username}] for reply in sent)
        assert ada.say(room, "held 4")["seq"] == 6
        await talking.call("message.edit", {"id": sent[0]["id"], "content": "held, edited"})
        await talking.call("typing", {"room": room, "on": True})
        await talking.call("presence.set", {"status": "away"})
        ada.api().patch(f"/rooms/{room}", json={"description": "quiet"}).raise_for_status()
        # Their own confirmations are answered and change nothing; commands are answered.
        for socket in (one, two):
            assert await socket.call("message.delivered", {"room": room, "seq": 5}) == {}
            assert await socket.call("message.read", {"room": room, "seq": 5}) == {}
            assert await socket.call("ping")
            assert len((await socket.call("sync", {"rooms": {str(room): 1}}))["rooms"][str(room)]["messages"]) == 5
        # What is meant for them alone comes.
        other = await room_of(ada, bob)
        for socket in (one, two):
            assert (await socket.event("room.added")).payload["id"] == other
        await talking.call("message.send", {"room": other, "content": "held too"})
        async with bob.connect(last) as late:  # one that opens meanwhile gets hello and nothing else
            await asyncio.sleep(1.3)
            for socket in (one, two, late):
                assert [event.type for event in socket.taken()] == []
            entry = next(e for e in (await late.hello)["rooms"] if e["id"] == room)
            assert (entry["delivered_seq"], entry["read_seq"], entry["last_seq"]) == (1, 0, 7)

            # The bell.
            await two.call("presence.set", {"status": "online"})
            for socket in (one, two, late):
                await socket.event("message.updated", room=room)
                await socket.event("message.created", room=other)
                numbers = [event.seq for event in socket.events if event.room == room and event.type in NUMBERED]
                assert numbers == sorted(set(numbers)) and numbers[-5:] == [3, 4, 5, 6, 7]
                assert socket.messages(room)[sent[0]["id"]]["content"] == "held, edited"
            after = await talking.call("message.send", {"room": room, "content": "after"})
            assert after["held_for"] == []
            for socket in (one, two, late):
                assert (await socket.event("message.created", room=room, where=lambda e: e.seq == 8)).seq == 8


async def test_the_bell_rings_by_itself_at_the_time_that_was_set(cluster):
    ada, bob = cluster.person("ada"), cluster.person("bob")
    last = len(cluster.processes) - 1
    room = await room_of(ada, bob)
    async with ada.connect() as talking, bob.connect(last) as sitting:
        await sitting.call("presence.set", {"status": "meditating", "until": in_seconds(2)})
        held = await talking.call("message.send", {"room": room, "content": "held"})
        assert held["held_for"][0]["id"] == bob.id
        await sitting.quiet(1)
        event = await sitting.event("message.created", room=room, timeout=6)
        assert event.payload["content"] == "held"
        assert bob.api().get("/presence/me").json() | {"last_online": None} == {
            "id": bob.id, "username": bob.username, "status": "online", "note": "", "until": None, "last_online": None,
        }  # fmt: skip
        assert (await talking.call("message.send", {"room": room, "content": "after"}))["held_for"] == []


async def test_a_meditator_by_rest_is_one_on_every_process_and_is_seen_as_such(cluster):
    ada, bob = cluster.person("ada"), cluster.person("bob")
    last = len(cluster.processes) - 1
    room = await room_of(ada, bob)
    async with ada.connect() as talking, bob.connect() as one, bob.connect(last) as two:
        await talking.call("room.enter", {"room": room})
        answer = bob.api(last).patch("/presence/me", json={"status": "meditating", "note": "breathe"})
        assert answer.raise_for_status().json()["status"] == "meditating"
        seen = change_of(
            await talking.event(
                "presence.changed", room=room, where=lambda e: of(bob)(e) and change_of(e, bob)["status"] != "online"
            ),
            bob,
        )
        assert seen["status"] == "meditating"
        assert seen["note"] == "breathe" and online(ada)[bob.username]["status"] == "meditating"
        await talking.call("message.send", {"room": room, "content": "held"})
        await asyncio.sleep(0.4)
        for socket in (one, two):
            assert not [event for event in socket.events if event.type == "message.created"]
            assert await socket.call("typing", {"room": room, "on": True}) == {}
        await talking.quiet(0.3, type="typing.changed")
        bob.api().patch("/presence/me", json={"status": "online"}).raise_for_status()
        for socket in (one, two):
            await socket.event("message.created", room=room)


async def test_where_presence_is_for_rooms_strangers_learn_nothing(make_world):
    world = make_world("embedded", PRESENCE_AUDIENCE="rooms")
    ada, bob, mallory = world.person("ada"), world.person("bob"), world.person("mallory")
    room = await room_of(ada, bob)
    async with bob.connect() as socket, mallory.connect() as stranger:
        await socket.call("presence.set", {"status": "away", "note": "private matters"})
        everyones = next(e["id"] for e in (await stranger.hello)["rooms"] if e["kind"] == "broadcast")
        assert online(ada)[bob.username]["note"] == "private matters"
        assert bob.username not in online(mallory)
        entered = await stranger.call("room.enter", {"room": everyones})
        assert "private matters" not in str(entered) and "away" not in str(entered)
        await socket.call("presence.set", {"status": "online", "note": "private matters"})
        await asyncio.sleep(1.3)
        assert bob.id not in [c["id"] for e in stranger.events if e.type == "presence.changed"
                              for c in e.payload["changes"]]  # fmt: skip
        answers = [mallory.api().get(path).text for path in (
            f"/psychics/{bob.username}", f"/rooms/{everyones}/participants", f"/rooms/{room}/participants",
            "/presence/online")]  # fmt: skip
        assert [path for path in answers if "private matters" in path] == []
        assert await code_of(stranger, "room.enter", {"room": room}) == "not_participant"
