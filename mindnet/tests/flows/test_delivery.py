"""What delivery promises: one order for everybody, nothing twice, nothing missed. Through real servers."""

import asyncio
import contextlib
import random
import uuid

import pytest

from mindnet.tests.support.sockets import ReplyError


async def room_of(*people, **fields):
    """A new room of the first, in which the others take part."""
    room = people[0].create_room(**fields)["id"]
    for person in people[1:]:
        person.join(room)
    return room


async def until_complete(sockets, room, last_seq, *, timeout=10):
    """Waits until each of these sockets has seen the room's number `last_seq`."""
    deadline = asyncio.get_running_loop().time() + timeout
    while any(socket.last_seq.get(room, 0) < last_seq for socket in sockets):
        assert asyncio.get_running_loop().time() < deadline, [socket.last_seq.get(room) for socket in sockets]
        await asyncio.sleep(0.02)


async def test_twenty_retries_of_one_nonce_post_one_message(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    nonce = str(uuid.uuid4())
    last = len(world.processes) - 1
    payload = {"room": room, "content": "only once", "nonce": nonce}
    async with bob.connect(last) as listening, ada.connect(0) as first, ada.connect(last) as second:
        tries = [(first if n % 2 else second).call("message.send", payload) for n in range(20)]
        by_rest = asyncio.to_thread(ada.say, room, "only once", nonce=nonce)
        replies = await asyncio.gather(*tries, by_rest)
        assert len({reply["id"] for reply in replies}) == 1
        assert sum(reply.get("duplicate") is False for reply in replies) <= 1
        event = await listening.event("message.created", room=room)
        assert event.payload["nonce"] == nonce
        await listening.quiet(0.5, type="message.created")
    assert [m["content"] for m in bob.api().get(f"/rooms/{room}/messages").json()["results"]] == ["only once"]


async def test_a_nonce_stays_taken_after_edit_deletion_and_leaving(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(bob, ada)
    other = await room_of(ada)
    first = {"room": room, "content": "first words", "nonce": str(uuid.uuid4())}
    async with ada.connect() as socket:
        sent = await socket.call("message.send", first)
        await socket.call("message.edit", {"id": sent["id"], "content": "second thoughts"})
        assert (await socket.call("message.send", first))["duplicate"] is True
        with pytest.raises(ReplyError, match="nonce_reused"):
            await socket.call("message.send", first | {"content": "other words"})
        with pytest.raises(ReplyError, match="nonce_reused"):
            await socket.call("message.send", first | {"room": other})
        await socket.call("message.delete", {"id": sent["id"]})
        assert (await socket.call("message.send", first))["id"] == sent["id"]
        await socket.call("room.leave", {"room": room})
        again = await socket.call("message.send", first)
        assert (again["id"], again["seq"], again["duplicate"]) == (sent["id"], sent["seq"], True)
    assert ada.say(room, "first words", nonce=first["nonce"])["content"] == ""


async def test_all_receivers_see_the_same_gap_free_order_from_several_senders(world):
    people = [world.person(name) for name in ("ada", "bob", "cleo", "dion")]
    room = await room_of(*people)
    sockets = []
    async with contextlib.AsyncExitStack() as stack:
        for number, person in enumerate(people):
            sockets.append(await stack.enter_async_context(person.connect(number % len(world.processes))))

        async def talk(socket, name):
            for number in range(30):
                await socket.call("message.send", {"room": room, "content": f"{name} {number}"})

        async def talk_at_once(socket, name):
            futures = [await socket.start("message.send", {"room": room, "content": f"{name} {n}"}) for n in range(30)]
            seqs = [(await future)["payload"]["seq"] for future in futures]
            assert seqs == sorted(seqs), "what one socket sends is carried out in the order sent"

        talks = [talk(sockets[0], "ada"), talk(sockets[1], "bob"), talk_at_once(sockets[2], "cleo")]
        await asyncio.gather(*talks, talk_at_once(sockets[3], "dion"))
        await until_complete(sockets, room, 120)
        orders = [[e.payload["content"] for e in s.events if e.type == "message.created"] for s in sockets]
        assert all(order == orders[0] for order in orders) and len(orders[0]) == 120
        for socket in sockets:
            socket.assert_gap_free(room)
            assert socket.last_seq[room] == 120


async def test_edits_deletions_and_reactions_take_their_place_in_the_order(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect(0) as a, bob.connect(len(world.processes) - 1) as b:

        async def change(socket, number):
            sent = await socket.call("message.send", {"room": room, "content": f"thought {number}"})
            await socket.call("message.edit", {"id": sent["id"], "content": f"better thought {number}"})
            await socket.call("message.react", {"id": sent["id"], "emoji": "👁", "on": True})
            await socket.call("message.react", {"id": sent["id"], "emoji": "👁", "on": True})  # nothing changes
            if number % 2:
                await socket.call("message.delete", {"id": sent["id"]})

        await asyncio.gather(*(change(a, n) for n in range(6)), *(change(b, n) for n in range(6, 12)))
        await until_complete([a, b], room, 12 * 3 + 6)
        for socket in (a, b):
            socket.assert_gap_free(room)
        history = bob.api().get(f"/rooms/{room}/messages").json()
        assert history["last_seq"] == 42
        assert {m["id"]: m for m in history["results"]} == a.messages(room) == b.messages(room)


async def test_changes_of_mind_are_told_together_and_what_comes_behind_them_keeps_its_place(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    last = len(world.processes) - 1
    async with ada.connect(last) as listening, bob.connect() as changing:
        message = (await changing.call("message.send", {"room": room, "content": "shall we?"}))["id"]
        toggles = [{"id": message, "emoji": "👁", "on": number % 2 == 0} for number in range(61)]
        replies = [await changing.start("message.react", toggle) for toggle in toggles]
        behind = await changing.start("message.send", {"room": room, "content": "yes, we shall"})
        done = [(await reply)["payload"] for reply in replies]
        assert done[-1]["reactions"] == {"👁": [bob.id]}
        said = (await behind)["payload"]["seq"]
        assert said > done[-1]["changed_seq"], "what one socket sends is carried out in the order sent"
        assert said < 10, "so many changes took few numbers"
        await until_complete([listening, changing], room, said)
        told = [event for event in listening.events if event.type == "message.updated"]
        assert [event.seq for event in told] == list(range(2, said))
        assert told[-1].payload["reactions"] == {"👁": [bob.id]}
        listening.assert_gap_free(room)


async def test_who_comes_back_has_everything_in_order_and_once(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    last = len(world.processes) - 1
    held = {}
    async with ada.connect(0) as talking:
        stop = asyncio.Event()

        async def talk():
            number = 0
            while not stop.is_set():
                number += 1
                await talking.call("message.send", {"room": room, "content": str(number)})
                await asyncio.sleep(random.uniform(0, 0.01))
            return number

        task = asyncio.create_task(talk())
        for _ in range(6):
            async with bob.connect(random.randint(0, last)) as socket:
                entry = next(entry for entry in (await socket.hello)["rooms"] if entry["id"] == room)
                await asyncio.sleep(random.uniform(0.1, 0.3))
                head = socket.last_seq.get(room, entry["last_seq"])
                await socket.call("message.delivered", {"room": room, "seq": head})
                numbers = [event.seq for event in socket.events if event.type == "message.created"]
                # The queue goes on where the last confirmation was, and everything above hello's number is live.
                assert numbers == list(range(entry["delivered_seq"] + 1, entry["delivered_seq"] + 1 + len(numbers)))
                assert head >= entry["last_seq"]
                held |= socket.messages(room)
        stop.set()
        total = await task
        async with bob.connect(last) as socket:
            entry = next(entry for entry in (await socket.hello)["rooms"] if entry["id"] == room)
            assert entry["last_seq"] == total
            if entry["delivered_seq"] < total:  # else Ada stopped right after what Bob confirmed last
                await until_complete([socket], room, total)
            held |= socket.messages(room)
    assert sorted(int(message["content"]) for message in held.values()) == list(range(1, total + 1))


async def test_sync_after_an_absence_gives_exactly_what_was_missed(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect() as a:
        sent = [await a.call("message.send", {"room": room, "content": f"{n}"}) for n in range(10)]
        await a.call("message.edit", {"id": sent[2]["id"], "content": "two, after all"})
        await a.call("message.delete", {"id": sent[9]["id"]})
    async with bob.connect() as b:
        answer = (await b.call("sync", {"rooms": {str(room): 5}}))["rooms"][str(room)]
        changed = [message["changed_seq"] for message in answer["messages"]]
        assert changed == [6, 7, 8, 9, 11, 12] and answer["seq"] == 12 and answer["complete"] is True
        assert answer["messages"][4]["content"] == "two, after all" and answer["messages"][5]["deleted"] is True
        again = await b.call("sync", {"rooms": {str(room): 12}})
        assert again["rooms"][str(room)] == {"messages": [], "seq": 12, "complete": True}


async def test_what_this_process_was_not_told_it_finds_in_the_database(cluster):
    """A message written past the layer: by a process that has no hub and whose publish goes nowhere."""
    ada, bob = cluster.person("ada"), cluster.person("bob")
    room = await room_of(ada, bob)
    async with bob.connect(0) as first, bob.connect(1) as second, ada.connect(0) as talking:
        await talking.call("message.send", {"room": room, "content": "one"})
        await until_complete([first, second], room, 1)
        code = f"""
from mindnet.realtime import publish
publish.publish = lambda group, message: None
from messaging import services
from presence.models import Psychic
ada = Psychic.objects.get(username={ada.username!r})
for number in range(3):
    services.post_message(psychic=ada, room_id={room}, content=f"unheard {{number}}")
"""
        await asyncio.to_thread(cluster.shell, code)
        await until_complete([first, second, talking], room, 4, timeout=3)
        # And a hole that the next message makes visible is filled before that message is handed on.
        await asyncio.to_thread(cluster.shell, code)
        await talking.call("message.send", {"room": room, "content": "after the hole"})
        await until_complete([first, second, talking], room, 8, timeout=3)
        for socket in (first, second, talking):
            socket.assert_gap_free(room)


async def test_a_killed_process_loses_nothing_that_it_acknowledged(make_world):
    world = make_world("cluster")
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    acknowledged = []
    async with bob.connect(1) as listening:
        async with ada.connect(0) as talking:
            with pytest.raises(ConnectionError):
                while True:
                    reply = await talking.call("message.send", {"room": room, "content": str(len(acknowledged))})
                    acknowledged.append(reply["id"])
                    if len(acknowledged) == 50:
                        world.processes[0].kill()
        kept = []
        while len(page := read_page(bob, room, after=len(kept), process=1)) > 0:
            kept += page
        assert set(acknowledged) <= {message["id"] for message in kept}
        await until_complete([listening], room, len(kept), timeout=4)
        listening.assert_gap_free(room)


def read_page(person, room, *, after, process):
    answer = person.api(process).get(f"/rooms/{room}/messages", params={"after": after, "limit": 100})
    return answer.raise_for_status().json()["results"]
