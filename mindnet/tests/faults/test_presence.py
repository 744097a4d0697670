"""Who is there when processes die or stop, and who may still be there."""

import asyncio
import time

import pytest

from mindnet.tests.support.checks import room_of
from mindnet.tests.support.people import Person
from mindnet.tests.support.postgres import execute

SWEPT_SECONDS = 30
ORDER_SECONDS = 1


def is_change(username, status):
    def there(event):
        return any((c["username"], c["status"]) == (username, status) for c in event.payload["changes"])

    return there


async def actions(world, username):
    text = await asyncio.to_thread(
        world.shell,
        "from analytics.models import ConnectionLog;"
        f"rows = ConnectionLog.objects.filter(psychic__username={username!r}).order_by('id');"
        "print(*rows.values_list('action', flat=True))",
    )
    return text.split()


@pytest.mark.waits
async def test_a_killed_process_leaves_presence_within_thirty_seconds(make_cluster, figures):
    """Who comes back elsewhere within the grace never seems gone."""
    world = make_cluster()
    ada, bob, cleo = world.person("ada"), world.person("bob"), world.person("cleo")
    room = await room_of(ada, bob, cleo)
    async with ada.connect(1) as watching:
        await watching.call("room.enter", {"room": room})
        async with bob.connect(0) as lost, cleo.connect(0) as moved:
            await asyncio.sleep(2)
            watching.taken()
            began = time.monotonic()
            world.processes[0].kill()
            await lost.closed()
            await moved.closed()
        async with cleo.connect(1):
            await watching.event("presence.changed", room=room, timeout=SWEPT_SECONDS,
                                 where=is_change(bob.username, "offline"))  # fmt: skip
            seconds = time.monotonic() - began
            await asyncio.sleep(12)
            changes = [event for event in watching.events if event.type == "presence.changed"]
            flaps = list(filter(is_change(cleo.username, "offline"), changes))
            online = [p["username"] for p in ada.api(1).get("/presence/online").json()["results"]]
        assert cleo.username in online and bob.username not in online
        assert "lost" in await actions(world, bob.username)
    figures(offline_seconds=round(seconds, 1), flaps=len(flaps), log="lost")
    assert not flaps and seconds < SWEPT_SECONDS


async def test_a_reconnect_within_the_grace_does_not_flap(make_world, figures):
    world = make_world("embedded", MINDNET_OFFLINE_GRACE_SECONDS="4")
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect() as watching:
        await watching.call("room.enter", {"room": room})
        async with bob.connect():
            await asyncio.sleep(1.5)
        watching.taken()
        for _ in range(4):
            await asyncio.sleep(1)
            async with bob.connect() as socket:
                await asyncio.sleep(0.5)
                socket.link.transport.abort()
        assert not [e for e in watching.taken() if e.type == "presence.changed"], "a reload flaps"
        began = time.monotonic()
        await watching.event("presence.changed", room=room, where=is_change(bob.username, "offline"), timeout=10)
        figures(reconnects=4, flaps=0, offline_seconds=round(time.monotonic() - began, 1))


def order(world, bob, kind):
    """Ends bob's stay in one of the ways, through the second process. Gives the close code that has to come."""
    if kind == "disconnect":
        answer = world.admin.api(1).post("/admin/disconnect", json={"username": bob.username, "reason": "enough"})
    elif kind == "ban":
        answer = world.admin.api(1).post("/admin/disconnect", json={"username": bob.username, "ban_minutes": 5})
    elif kind == "logout":
        answer = bob.api(1).post("/auth/logout")
    elif kind == "password":
        other = Person(world, bob.username, world.token(bob.username))
        passwords = {"old_password": bob.password, "new_password": "the fourth eye opens"}
        answer = other.api(1).post("/psychics/me/password", json=passwords)
    else:  # as `QuerySet.update` would do it, or an operator in psql: no service is called, nobody is told
        execute(world.database_url, f"UPDATE psychics SET is_active = false WHERE username = '{bob.username}'")
        return ORDERS[kind]
    answer.raise_for_status()
    return ORDERS[kind]


ORDERS = {"disconnect": 4503, "ban": 4504, "logout": 4501, "password": 4501, "account closed": 4501}


def ban_in_room(owner, person, room):
    ban = {"username": person.username, "kind": "ban", "reason": "no"}
    answer = owner.api(1).post(f"/rooms/{room}/restrictions", json=ban)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("redis_state", ["there", "hanging"])
async def test_orders_reach_a_socket_of_another_process(make_cluster, redis, figures, redis_state):
    world = make_cluster()
    await asyncio.to_thread(lambda: world.admin)
    seconds = {}
    for kind in (*ORDERS, "ban in a room"):
        ada, bob = world.person("ada"), world.person("bob")
        room = await room_of(ada, bob)
        async with bob.connect(0) as socket:
            await asyncio.sleep(0.5)
            if redis_state == "hanging":
                redis.pause()
            began = time.monotonic()
            try:
                if kind == "ban in a room":
                    await asyncio.to_thread(ban_in_room, ada, bob, room)
                    began = time.monotonic()
                    await socket.event("room.removed", timeout=30)
                    seconds[kind] = time.monotonic() - began
                else:
                    code = await asyncio.to_thread(order, world, bob, kind)
                    began = time.monotonic()
                    assert await socket.closed(timeout=30) == code
                    seconds[kind] = time.monotonic() - began
                    assert socket.bye["reconnect"] is False
            finally:
                redis.resume()
    figures(**{kind.replace(" ", "_") + "_seconds": round(value, 2) for kind, value in seconds.items()})
    most = ORDER_SECONDS if redis_state == "there" else 30
    assert max(seconds.values()) < most + 0.1, seconds


async def test_frames_already_in_the_pipe_do_nothing_after_a_ban(make_cluster, figures):
    world = make_cluster()
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    async with bob.connect(0) as socket:
        banned = asyncio.Event()
        replies = []

        async def talk():
            while True:
                reply = await (await socket.start("message.send", {"room": room, "content": "x"}))
                replies.append((banned.is_set(), reply["ok"]))
                if not reply["ok"]:
                    assert reply["error"]["code"] in ("banned", "not_participant", "not_found"), reply
                    return

        talking = asyncio.create_task(talk())
        await asyncio.sleep(0.3)
        await asyncio.to_thread(ban_in_room, ada, bob, room)
        banned.set()
        last = await asyncio.to_thread(lambda: ada.api(1).get(f"/rooms/{room}").json()["last_seq"])
        await asyncio.wait_for(talking, 5)
        await asyncio.sleep(0.3)
        again = await asyncio.to_thread(lambda: ada.api(1).get(f"/rooms/{room}").json()["last_seq"])
        figures(sent_before=len(replies) - 1, stored_after=again - last)
        assert again == last


@pytest.mark.waits
async def test_a_process_that_stood_still_for_longer_than_its_lease(make_cluster, figures):
    """A stopped machine comes back with sockets that the others have written off: they are in the table again, or
    closed; and who is banned then does not stay."""
    world = make_cluster()
    await asyncio.to_thread(lambda: world.admin)
    ada, bob = world.person("ada"), world.person("bob")
    await room_of(ada, bob)
    async with bob.connect(0, ping_interval=None) as socket:
        await asyncio.sleep(1)
        world.processes[0].pause()
        await asyncio.sleep(33)
        world.processes[0].resume()
        await asyncio.sleep(8)
        state = "closed" if socket._reader.done() else "open"
        if state == "open":
            online = [p["username"] for p in ada.api(1).get("/presence/online").json()["results"]]
            assert bob.username in online, "the socket is open and its psychic is said to be offline"
            code = await asyncio.to_thread(order, world, bob, "ban")
            assert await socket.closed(timeout=5) == code
        else:
            assert socket.link.close_code in (1012, 1006), socket.link.close_code
    figures(afterwards=state, close_code=socket.link.close_code)
