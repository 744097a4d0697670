"""Redis dies, hangs, was never there, or has gone deaf: it is a hint and no more."""

import asyncio
import time
import uuid

import httpx
import pytest

from mindnet.tests.support.checks import room_of
from mindnet.tests.support.crews import HEALED_SECONDS, Crew

WAIT_SECONDS = 2  # nobody waits on Redis longer


async def readiness(world, process=0):
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=5) as client:
        answer = await client.get(f"{world.urls[process]}/readyz")
    return answer.status_code, answer.json()["layer"]


async def live_while_broken(world, crew, figures, seconds=4):
    """Sends go on and are answered, everybody hears everything within 3 s, REST and handshakes wait no longer."""
    slowest = len(crew.history.answer_seconds)
    acknowledged = await crew.acknowledged_while(seconds)
    assert acknowledged > 20, "with Redis away sends are no longer acknowledged"
    assert max(crew.history.answer_seconds[slowest:]) < WAIT_SECONDS
    assert await readiness(world) == (200, "degraded")
    began = time.monotonic()
    nonce = nonce_of(crew, "by REST")
    message = await asyncio.to_thread(crew.people[0].say, crew.room, "by REST", nonce=nonce)
    crew.history.sends[nonce].answers.append((message["id"], message["seq"]))
    rest = time.monotonic() - began
    began = time.monotonic()
    async with crew.people[0].connect(1):
        handshake = time.monotonic() - began
    assert rest < WAIT_SECONDS and handshake < WAIT_SECONDS, (rest, handshake)
    lag = await lag_behind(crew)
    figures(acknowledged_meanwhile=acknowledged, rest_seconds=round(rest, 2), handshake_seconds=round(handshake, 2),
            lag_seconds=round(lag, 2))  # fmt: skip
    assert lag < HEALED_SECONDS


def nonce_of(crew, content):
    """For what is sent past the clients: the checker has to know of it."""
    nonce = str(uuid.uuid4())
    crew.history.sending("rest", crew.room, content, nonce)
    return nonce


async def lag_behind(crew):
    """Seconds until everybody holds what is stored now, while the talk goes on."""
    head, began = await asyncio.to_thread(crew.head), time.monotonic()
    while any(client.head(crew.room) < head for client in crew.clients):
        assert time.monotonic() - began < 10, "not everybody hears everything"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def finish(crew, figures):
    await crew.stop_talking()
    seconds = await crew.complete()
    figures(crew.verdict(), complete_seconds=round(seconds, 2))
    assert len(crew.history.visits) == len(crew.clients), "somebody was disconnected, and Redis is no reason"


@pytest.mark.parametrize("fault", ["killed", "hanging"])
async def test_redis_is_away_and_comes_back(make_cluster, redis, rng, figures, fault):
    world = make_cluster()
    async with Crew(world, rng) as crew:
        crew.start_talking()
        await asyncio.sleep(1)
        assert await readiness(world) == (200, "ok")
        await asyncio.to_thread(redis.kill if fault == "killed" else redis.pause)
        await live_while_broken(world, crew, figures)
        await asyncio.to_thread(redis.start if fault == "killed" else redis.resume)
        await finish(crew, figures)
        assert await readiness(world) == (200, "ok")
        # And the hints travel again: what is said here is there long before any look at the database.
        await hints_work(world, crew, figures)


async def hints_work(world, crew, figures):
    """Messages reach the other process by the layer again: faster than the look at the heads every 2 s could."""
    ada, bob = crew.people[:2]
    deadline = time.monotonic() + 15
    async with ada.connect(0) as talking, bob.connect(1) as listening:
        while True:
            lags = []
            for number in range(5):
                began = time.monotonic()
                sent = await talking.call("message.send", {"room": crew.room, "content": f"hint {number}"})
                await listening.event("message.created", where=lambda e, id=sent["id"]: e.payload["id"] == id)
                lags.append(time.monotonic() - began)
            if max(lags) < 0.5:
                break
            assert time.monotonic() < deadline, f"the layer does not carry hints again: {lags}"
    figures(hint_seconds=round(max(lags), 3))


async def test_only_the_subscribers_of_redis_are_cut(make_cluster, redis, rng, figures):
    world = make_cluster()
    async with Crew(world, rng) as crew:
        crew.start_talking()
        lags = []
        for _ in range(4):
            await asyncio.sleep(rng.uniform(0.2, 0.6))
            await asyncio.to_thread(redis.cut_subscribers)
            lags.append(await lag_behind(crew))
        await crew.stop_talking()
        seconds = await crew.complete()
        figures(crew.verdict(), cuts=4, lag_seconds=round(max(lags), 2), complete_seconds=round(seconds, 2))
        assert max(lags) < HEALED_SECONDS
        await hints_work(world, crew, figures)


async def test_redis_is_absent_at_start(make_cluster, redis, rng, figures):
    redis.kill()
    world = make_cluster()
    async with Crew(world, rng) as crew:
        crew.start_talking()
        await live_while_broken(world, crew, figures)
        await asyncio.to_thread(redis.start)
        await finish(crew, figures)
        await hints_work(world, crew, figures)


async def test_comings_and_goings_do_not_wait_for_redis(make_cluster, redis, figures):
    """Joining, entering, typing, making rooms: with Redis hanging nothing takes longer than 2 s."""
    world = make_cluster()
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada)
    slowest = {}
    async with ada.connect(0) as owner, bob.connect(1) as socket:
        redis.pause()
        for type, payload in [
            ("room.join", {"room": room}), ("room.enter", {"room": room}), ("typing", {"room": room, "on": True}),
            ("presence.set", {"status": "away"}), ("message.read", {"room": room, "seq": 0}),
            ("room.leave", {"room": room}), ("sync", {"rooms": {str(room): 0}}), ("ping", {}),
        ]:  # fmt: skip
            began = time.monotonic()
            await socket.call(type, payload)
            slowest[type] = time.monotonic() - began
        began = time.monotonic()
        await asyncio.to_thread(bob.create_room)
        slowest["POST /rooms"] = time.monotonic() - began
        redis.resume()
        await owner.call("ping")
    worst = max(slowest, key=slowest.get)
    figures(slowest=worst, seconds=round(slowest[worst], 3))
    assert slowest[worst] < WAIT_SECONDS, slowest


@pytest.mark.parametrize("seconds", [3, 7], ids=["while_it_waits", "after_it_was_given_up"])
async def test_word_that_redis_kept_back_brings_nobody_back(make_cluster, redis, seconds):
    """Bob comes in at one process while Redis hangs; the other finds him in the table, and he leaves there. Only then
    does word arrive there that he came."""
    world = make_cluster()
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada)
    async with ada.connect(1) as speaker, bob.connect(0) as first, bob.connect(1) as second:
        await asyncio.to_thread(redis.pause)
        began = time.monotonic()
        try:
            await first.call("room.join", {"room": room})
            await second.event("room.added")
            for number in range(1, 4):
                await speaker.call("message.send", {"room": room, "content": f"m{number}"})
            await second.event("message.created", where=lambda event: event.seq == 3)
            await second.call("room.leave", {"room": room})
            await second.event("room.removed")
            second.taken()
            await asyncio.sleep(began + seconds - time.monotonic())
        finally:
            await asyncio.to_thread(redis.resume)
        await asyncio.sleep(2)
        await speaker.call("message.send", {"room": room, "content": "m4"})
        await second.quiet(1, type="room.added")
        await second.quiet(0, type="message.created")
