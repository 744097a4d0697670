"""PostgreSQL is stopped, loses a backend, hangs, or has no connection to spare."""

import asyncio
import time
import uuid
from functools import partial

import httpx
import psycopg
import pytest

from mindnet.tests.support.checks import room_of
from mindnet.tests.support.crews import Crew
from mindnet.tests.support.hanging import hang, wake
from mindnet.tests.support.sockets import ReplyError

RECOVERY_SECONDS = 5
ANSWER_SECONDS = 10

# Mostly waiting for time limits and for PostgreSQL to start.
pytestmark = pytest.mark.waits


async def loop_lag(url, until):
    """The slowest answer of a path that needs no database, while something else is broken."""
    slowest = 0
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=15) as client:
        while not until.is_set():
            began = time.monotonic()
            await client.get(f"{url}/healthz")
            slowest = max(slowest, time.monotonic() - began)
            await asyncio.sleep(0.1)
    return slowest


async def until_sent(socket, room):
    """Seconds until a send is acknowledged again, under one nonce."""
    payload = {"room": room, "content": "again", "nonce": str(uuid.uuid4())}
    began = time.monotonic()
    while True:
        try:
            await socket.call("message.send", payload)
            return time.monotonic() - began
        except ReplyError as error:
            assert error.code == "unavailable" and time.monotonic() - began < RECOVERY_SECONDS, error
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("fault", ["stopped", "stopped for long", "hanging"])
async def test_postgres_is_away_and_comes_back(make_cluster, postgres, rng, figures, fault):
    world = make_cluster()
    async with Crew(world, rng) as crew:
        crew.start_talking()
        await asyncio.sleep(1)
        healed = asyncio.Event()
        watching = asyncio.create_task(loop_lag(world.url, healed))
        begun = len(crew.history.answer_seconds)
        await asyncio.to_thread(partial(hang, postgres) if fault == "hanging" else postgres.stop_immediately)
        await asyncio.sleep(12 if fault == "stopped for long" else 4)
        await asyncio.to_thread(partial(wake, postgres) if fault == "hanging" else postgres.start)
        recovery = await crew.until_acknowledged(1, timeout=20)
        await crew.until_acknowledged(20, timeout=20)
        healed.set()
        lag = await watching
        await crew.stop_talking()
        complete = await crew.complete(timeout=20)
        slowest = max(crew.history.answer_seconds[begun:])
        figures(
            crew.verdict(), recovery_seconds=round(recovery, 2), complete_seconds=round(complete, 2),
            healthz_seconds=round(lag, 2), answer_seconds=round(slowest, 2),
        )  # fmt: skip
        assert slowest < ANSWER_SECONDS and recovery < RECOVERY_SECONDS and lag < 1


async def test_with_postgres_stopped_commands_fail_at_once_and_say_so(make_cluster, postgres, figures):
    world = make_cluster()
    ada = world.person("ada")
    room = await room_of(ada)
    seconds = {}
    async with ada.connect(0) as socket:
        postgres.stop_immediately()
        for type, payload in [
            ("message.send", {"room": room, "content": "hello?"}), ("sync", {"rooms": {str(room): 0}}),
            ("message.read", {"room": room, "seq": 0}), ("room.enter", {"room": room}),
        ]:  # fmt: skip
            began = time.monotonic()
            with pytest.raises(ReplyError, match="unavailable"):
                await socket.call(type, payload, timeout=15)
            seconds[type] = time.monotonic() - began
        assert await socket.call("ping")
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=15) as client:
            for path in ("/rooms", "/readyz"):
                began = time.monotonic()
                answer = await client.get(world.url + path, headers={"Authorization": f"Token {ada.token}"})
                seconds[path] = time.monotonic() - began
                assert answer.status_code == 503, answer.text
        await asyncio.to_thread(postgres.start)
        recovery = await until_sent(socket, room)
        worst = max(seconds, key=seconds.get)
        figures(slowest=worst, seconds=round(seconds[worst], 2), recovery_seconds=round(recovery, 2))
        assert seconds[worst] < ANSWER_SECONDS, seconds


async def test_with_postgres_hanging_every_command_is_answered_within_ten_seconds(make_cluster, postgres, figures):
    """Many commands of one socket, too: the tenth does not wait for nine time limits."""
    world = make_cluster()
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect(0) as socket, bob.connect(0) as other:
        hang(postgres)
        try:
            began = time.monotonic()
            futures = [await socket.start("message.send", {"room": room, "content": f"{n}"}) for n in range(40)]
            futures += [await socket.start("sync", {"rooms": {str(room): 0}}) for _ in range(3)]
            futures += [await socket.start("ping")]
            ping = await other.start("ping")
            await asyncio.wait_for(ping, 1)
            _done, waiting = await asyncio.wait(futures, timeout=25)
            seconds = time.monotonic() - began
        finally:
            wake(postgres)
        figures(commands=len(futures), unanswered=len(waiting), last_answer_seconds=round(seconds, 2))
        assert not waiting and seconds < ANSWER_SECONDS + 0.5
        # What came to the server while PostgreSQL hung may be stored or not, and the same socket goes on.
        figures(recovery_seconds=round(await until_sent(socket, room), 2))


async def test_with_postgres_hanging_rest_answers_within_ten_seconds(make_cluster, postgres, figures):
    world = make_cluster()
    ada = world.person("ada")
    room = await room_of(ada)
    seconds = {}
    hang(postgres)
    try:
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=20) as client:
            headers = {"Authorization": f"Token {ada.token}"}
            for method, path, body in [
                ("GET", "/readyz", None), ("GET", "/rooms", None), ("POST", f"/rooms/{room}/messages", {"content": "x"})
            ]:  # fmt: skip
                began = time.monotonic()
                try:
                    answer = await client.request(method, world.url + path, json=body, headers=headers)
                    assert answer.status_code == 503, answer.text
                finally:
                    seconds[path] = time.monotonic() - began
                    figures(**{f"{method} {path.split('/')[-1]}": round(seconds[path], 2)})
    finally:
        wake(postgres)
    assert max(seconds.values()) < ANSWER_SECONDS + 0.5, seconds


async def test_backends_are_terminated_under_load(make_cluster, rng, figures):
    world = make_cluster()
    killed = 0
    async with Crew(world, rng) as crew:
        crew.start_talking()
        for _ in range(8):
            await asyncio.sleep(rng.uniform(0.1, 0.5))
            with psycopg.connect(world.database_url, autocommit=True) as link:
                rows = link.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                ).fetchall()
            killed += len(rows)
        recovery = await crew.until_acknowledged(1)
        await crew.stop_talking()
        seconds = await crew.complete(timeout=RECOVERY_SECONDS)
        figures(crew.verdict(), backends=killed, recovery_seconds=round(recovery, 2),
                complete_seconds=round(seconds, 2))  # fmt: skip
        assert killed > 8 and recovery < RECOVERY_SECONDS


async def test_a_pool_of_one_connection(make_cluster, rng, figures):
    """Too small is slow, and that is all."""
    world = make_cluster(DATABASE_POOL="1")
    async with Crew(world, rng) as crew:
        crew.start_talking(pause=0.05)
        await asyncio.sleep(3)
        await asyncio.to_thread(crew.people[0].api().get, "/rooms")
        async with crew.people[0].connect(1) as socket:
            await socket.call("room.enter", {"room": crew.room})
        await crew.stop_talking()
        seconds = await crew.complete(timeout=10)
        figures(crew.verdict(), complete_seconds=round(seconds, 2))
        assert len(crew.history.acknowledged) > 20


async def test_a_process_told_to_end_while_postgres_hangs_ends(make_cluster, postgres, figures):
    """What it has not stored it has not acknowledged; there is nothing worth waiting for."""
    world = make_cluster()
    ada = world.person("ada")
    room = await room_of(ada)
    async with ada.connect(0) as socket:
        await socket.call("ping")
        hang(postgres)
        try:
            pending = await socket.start("message.send", {"room": room, "content": "too late"})
            await asyncio.sleep(0.5)
            began = time.monotonic()
            ending = asyncio.create_task(asyncio.to_thread(world.processes[0].stop))
            assert await socket.closed(timeout=ANSWER_SECONDS) == 1012
            told = time.monotonic() - began
            await ending
            ended = time.monotonic() - began
        finally:
            wake(postgres)
        assert not pending.done() or pending.exception() or not pending.result()["ok"]
    figures(told_seconds=round(told, 2), end_seconds=round(ended, 2))
    assert ended < ANSWER_SECONDS
