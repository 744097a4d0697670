"""Nothing wrong at all, for a while: what comes and goes leaves nothing behind.

SOAK_SECONDS=600 pytest mindnet/tests/faults/test_soak.py -m faults        ten minutes (make soak)
"""

import asyncio
import os
import time

from redis import Redis

from mindnet.tests.support.checks import room_of
from mindnet.tests.support.mute import memory_bytes

SOAK_SECONDS = float(os.environ.get("SOAK_SECONDS") or 20)
MEBIBYTE = 1024 * 1024


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def threads(process):
    return len(os.listdir(f"/proc/{process.pid}/task"))


def tables(world):
    text = world.shell(
        "from presence.models import Connection, Psychic;"
        "print(Connection.objects.count(), Psychic.objects.exclude(status='offline').count(),"
        " Psychic.objects.exclude(connection_id=None).count())"
    )
    return [int(number) for number in text.split()]


async def settle(world, redis_url):
    """Waits for the grace, then counts what is there."""
    deadline = time.monotonic() + 30
    while (left := await asyncio.to_thread(tables, world)) != [0, 0, 0]:
        assert time.monotonic() < deadline, f"connections, psychics not offline, psychics with a connection: {left}"
        await asyncio.sleep(1)
    subscriptions = await asyncio.to_thread(redis_channels, redis_url)
    return {
        "descriptors": [descriptors(process) for process in world.processes],
        "threads": [threads(process) for process in world.processes],
        "groups": len(subscriptions),
        "mib": [round(memory_bytes(process) / MEBIBYTE) for process in world.processes],
    }


def redis_channels(url):
    with Redis.from_url(url) as client:
        return client.pubsub_channels()


async def churn(person, rooms, rng, until):
    """One life: connect, look, talk, type, read, join and leave, go, politely or not."""
    visits = 0
    while time.monotonic() < until:
        room = rng.choice(rooms)
        async with person.connect(rng.randrange(2), close_timeout=0.5) as socket:
            await socket.call("room.join", {"room": room})
            await socket.call("room.enter", {"room": room})
            for _ in range(rng.randrange(1, 6)):
                await socket.call("typing", {"room": room, "on": True})
                sent = await socket.call("message.send", {"room": room, "content": f"visit {visits}"})
                await socket.call("message.read", {"room": room, "seq": sent["seq"]})
                await asyncio.sleep(rng.uniform(0, 0.1))
            await socket.call("sync", {"rooms": {str(room): max(0, sent["seq"] - 5)}})
            if rng.random() < 0.2 and room != rooms[0]:
                await socket.call("room.leave", {"room": room})
            if rng.random() < 0.4:
                socket.link.transport.abort()
        visits += 1
    return visits


async def sample_memory(world, seconds, curve):
    """Appends MiB of the first process, ten times within so many seconds: a leak goes on, a cache comes to an end."""
    for _ in range(10):
        await asyncio.sleep(seconds / 10)
        curve.append(round(memory_bytes(world.processes[0]) / MEBIBYTE))


async def test_after_churn_everything_is_as_it_was(make_cluster, redis, rng, figures):
    world = make_cluster()
    owner = world.person("owner")
    people = [world.person(f"soul{number}") for number in range(8)]
    rooms = [await room_of(owner, *people)] + [await room_of(owner) for _ in range(5)]

    async def live(seconds):
        until = time.monotonic() + seconds
        return sum(await asyncio.gather(*(churn(person, rooms, rng, until) for person in people)))

    warm = max(5, SOAK_SECONDS / 10)
    await live(warm)  # what is made once and kept: pools, threads, caches
    before = await settle(world, redis.url)
    curve = []
    sampling = asyncio.create_task(sample_memory(world, SOAK_SECONDS - warm, curve))
    visits = await live(SOAK_SECONDS - warm)
    await sampling
    after = await settle(world, redis.url)
    figures(seconds=round(SOAK_SECONDS), visits=visits, before=before, after=after, mib_meanwhile=curve)
    assert after["groups"] == before["groups"], "groups are left behind"
    for name, slack in (("descriptors", 6), ("threads", 4), ("mib", 15)):
        for was, is_now in zip(before[name], after[name], strict=True):
            assert is_now <= was + slack, f"{name}: {before} before, {after} after"
