"""The network: half-open, slow, sliced, cut in the middle of a frame, answers that never arrive."""

import asyncio
import time
import uuid

import pytest

from mindnet.tests.support.checks import room_of
from mindnet.tests.support.crews import Crew, pour
from mindnet.tests.support.history import read_stored
from mindnet.tests.support.proxy import TO_CLIENT, TO_SERVER, FaultProxy
from mindnet.tests.support.sockets import connect


def is_change(username, status):
    return lambda event: any((c["username"], c["status"]) == (username, status) for c in event.payload["changes"])


def through(proxy):
    return f"ws://127.0.0.1:{proxy.port}/connect"


async def test_a_reply_lost_on_the_way_and_twenty_retries(make_cluster, figures):
    world = make_cluster()
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    payload = {"room": room, "content": "did you get this?", "nonce": str(uuid.uuid4())}
    async with FaultProxy("127.0.0.1", world.processes[0].port) as proxy, bob.connect(1) as listening:
        async with connect(through(proxy), token=ada.token) as socket:
            proxy.swallow(b'"reply"')
            future = await socket.start("message.send", payload)
            event = await listening.event("message.created", room=room)
            await asyncio.sleep(0.3)
            assert not future.done() and len(proxy.swallowed) == 1
            socket.link.transport.abort()
        answers = []
        for number in range(20):
            async with ada.connect(number % 2) as again:
                answers.append(await again.call("message.send", payload))
        assert {(a["id"], a["seq"], a["duplicate"]) for a in answers} == {(event.payload["id"], 1, True)}
        await listening.quiet(0.3, type="message.created")
    rows = [row for row in read_stored(world) if row.room == room]
    figures(retries=20, stored=len(rows), lost=1 - len(rows), duplicated=len(rows) - 1)
    assert len(rows) == 1


@pytest.mark.parametrize("fault", ["one byte at a time", "half a second of delay", "resets in the middle of a frame"])
async def test_a_bad_link_loses_nothing(make_cluster, rng, figures, fault):
    world = make_cluster()
    ports = [process.port for process in world.processes]
    async with FaultProxy("127.0.0.1", ports[0]) as first, FaultProxy("127.0.0.1", ports[1]) as second:
        proxies = [first, second]
        async with Crew(world, rng, addresses=[through(proxy) for proxy in proxies]) as crew:
            for proxy in proxies:
                proxy.slice_bytes = 1 if fault.startswith("one byte") else None
                proxy.delay_seconds = 0.5 if fault.startswith("half") else 0.0
            # With a second to and fro nobody says more than one thing a second: what waits would only queue up.
            crew.start_talking(pause=0.3 if fault.startswith("half") else 0.02)
            resets = 0
            ends = time.monotonic() + 6
            while time.monotonic() < ends:
                await asyncio.sleep(rng.uniform(0.1, 0.4))
                if fault.startswith("resets"):
                    rng.choice(proxies).cut_within(rng.randrange(1, 2000), rng.choice([TO_SERVER, TO_CLIENT]))
                    resets += 1
            await crew.stop_talking()
            for proxy in proxies:
                proxy.spare()
            began = time.monotonic()
            await crew.complete(timeout=30)
            figures(crew.verdict(), resets=resets, complete_seconds=round(time.monotonic() - began, 2))
            assert len(crew.history.acknowledged) > 10


@pytest.mark.parametrize("direction", [TO_SERVER, TO_CLIENT])
async def test_a_link_that_is_open_in_one_direction_only(make_cluster, rng, figures, direction):
    """The client notices that no answer comes, and comes back elsewhere; what it had sent stays one message."""
    world = make_cluster()
    async with FaultProxy("127.0.0.1", world.processes[0].port) as proxy:
        addresses = [through(proxy), world.ws_urls[1]]
        async with Crew(world, rng, addresses=addresses, ping_seconds=2) as crew:
            crew.start_talking()
            await asyncio.sleep(1)
            blocked_at = time.monotonic()
            hit = [client for client in crew.clients if client.visit.address == addresses[0]]
            proxy.block(direction)
            proxy.refusing = True
            await asyncio.sleep(0.5)
            while any(client.visit.address == addresses[0] or not client.online.is_set() for client in hit):
                assert time.monotonic() - blocked_at < 15
                await asyncio.sleep(0.05)
            back = time.monotonic() - blocked_at
            await crew.stop_talking()
            await crew.complete(timeout=10)
            figures(crew.verdict(), moved=len(hit), back_seconds=round(back, 2))
            assert hit


async def test_everybody_reconnects_at_once(make_cluster, rng, figures):
    world = make_cluster(MINDNET_SOCKETS_PER_PSYCHIC="1000")
    ports = [process.port for process in world.processes]
    async with FaultProxy("127.0.0.1", ports[0]) as first, FaultProxy("127.0.0.1", ports[1]) as second:
        addresses = [through(first), through(second)]
        names = [f"p{number}" for number in range(20)]
        async with Crew(world, rng, names=names, addresses=addresses, copies=5) as crew:
            watcher = crew.people[0]
            async with watcher.connect(0) as watching:
                await watching.call("room.enter", {"room": crew.room})
                await asyncio.sleep(1.5)
                watching.taken()
                crew.start_talking(pause=0.05)
                await asyncio.sleep(0.5)
                began = time.monotonic()
                cut = first.reset_all() + second.reset_all()
                await asyncio.sleep(0.05)
                while not all(client.online.is_set() and client.visit.opened_at > began for client in crew.clients):
                    assert time.monotonic() - began < 30, "not everybody is back"
                    await asyncio.sleep(0.05)
                back = time.monotonic() - began
                await crew.stop_talking()
                await crew.complete(timeout=10)
                await asyncio.sleep(12 - min(back, 10))  # past the grace
                changes = [change for event in watching.taken() if event.type == "presence.changed"
                           for change in event.payload["changes"]]  # fmt: skip
                offline = [change for change in changes if change["status"] == "offline"]
                figures(crew.verdict(), cut=cut, back_seconds=round(back, 2), false_offline=len(offline))
                assert cut >= 100 and not offline


@pytest.mark.waits
async def test_a_half_open_link_leaves_presence_within_a_minute(make_world, figures):
    world = make_world("embedded")
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    async with FaultProxy("127.0.0.1", world.processes[0].port) as proxy, ada.connect() as watching:
        await watching.call("room.enter", {"room": room})
        async with connect(through(proxy), token=bob.token, ping_interval=None) as socket:
            await socket.call("ping")
            await asyncio.sleep(1.5)
            watching.taken()
            proxy.block()
            began = time.monotonic()
            await watching.event(
                "presence.changed", room=room, timeout=60,
                where=is_change(bob.username, "offline"),
            )  # fmt: skip
            seconds = time.monotonic() - began
            socket.link.transport.abort()
        figures(offline_seconds=round(seconds, 1))
        log = world.shell(
            "from analytics.models import ConnectionLog;"
            f"print(*ConnectionLog.objects.filter(psychic__username={bob.username!r}).values_list('action', flat=True))"
        )
        assert "lost" in log.split()
        assert seconds > 30, "the log says lost, but it was noticed before any time limit"
        await pour(watching, room, 3)
