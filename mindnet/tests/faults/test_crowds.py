"""Many writers, many rooms, several processes; and SQLite with somebody else at the file."""

import asyncio
import sqlite3
import time
import uuid

import pytest

from mindnet.tests.support.checks import room_of
from mindnet.tests.support.crews import Crew
from mindnet.tests.support.history import History, judge, read_stored


@pytest.mark.parametrize("kind", ["cluster", "embedded"])
async def test_many_writers_in_many_rooms(request, make_world, rng, figures, kind):
    world = request.getfixturevalue("make_cluster")() if kind == "cluster" else make_world("embedded")
    people = [world.person(f"writer{number}") for number in range(6)]
    rooms = [await room_of(*rng.sample(people, len(people))) for _ in range(12)]
    history = History()
    visits = {}
    began = time.monotonic()

    async def write(person, number, process):
        async with person.connect(process) as socket:
            visit = visits[number] = history.opened(f"{person.username}.{number}", str(process))
            visit.heads = {entry["id"]: entry["last_seq"] for entry in (await socket.hello)["rooms"]}
            # Who comes later than the first words, and reads on another socket, has to ask for them with `sync`.
            await everybody_is_here.wait()
            for turn in range(8):
                shuffled = rng.sample(rooms, len(rooms))
                futures = []
                for room in shuffled:
                    nonce = str(uuid.uuid4())
                    history.sending(person.username, room, f"{number} {turn}", nonce)
                    payload = {"room": room, "content": f"{number} {turn}", "nonce": nonce}
                    futures.append((nonce, await socket.start("message.send", payload)))
                    confirm = {"room": rng.choice(rooms), "seq": socket.last_seq.get(room, 0)}
                    futures.append((None, await socket.start("message.read", confirm)))
                for nonce, future in futures:
                    reply = await asyncio.wait_for(future, 10)
                    assert reply["ok"], reply
                    if nonce:
                        history.sends[nonce].answers.append((reply["payload"]["id"], reply["payload"]["seq"]))
            written.release()
            await done.wait()
            await asyncio.sleep(3)
            visit.sightings = [e.payload for e in socket.events if e.type in ("message.created", "message.updated")]

    written, done = asyncio.Semaphore(0), asyncio.Event()
    count = 2 * len(people)
    everybody_is_here = asyncio.Barrier(count)
    tasks = [
        asyncio.create_task(write(people[n % len(people)], n, n % len(world.processes))) for n in range(count)
    ]  # fmt: skip
    for _ in range(count):
        await asyncio.wait_for(written.acquire(), 60)
    seconds = time.monotonic() - began
    done.set()
    await asyncio.gather(*tasks)
    stored = read_stored(world)
    held = {visit.client: {} for visit in history.visits}
    for visit in history.visits:
        for message in visit.sightings:
            held[visit.client].setdefault(message["room"], {})[message["id"]] = message["changed_seq"]
    findings = judge(history, stored, held)
    log = "".join(process.log() for process in world.processes)
    figures(findings.figures(), writers=count, rooms=len(rooms), messages=len(history.sends),
            per_second=round(len(history.sends) / seconds), deadlocks=log.count("deadlock"))  # fmt: skip
    assert not findings.bad(), findings.bad()
    assert len(history.acknowledged) == len(history.sends) == count * 8 * len(rooms)
    assert "deadlock" not in log and "database is locked" not in log


async def test_sqlite_locked_by_another_program_for_three_seconds(make_world, rng, figures):
    world = make_world("embedded")
    async with Crew(world, rng, ping_seconds=20) as crew:
        crew.start_talking()
        await asyncio.sleep(1)

        def lock():
            connection = sqlite3.connect(world.data_dir / "mindnet.sqlite3", isolation_level=None, timeout=10)
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(3)
            connection.execute("ROLLBACK")
            connection.close()

        before = len(crew.history.answer_seconds)
        locked = asyncio.create_task(asyncio.to_thread(lock))
        await asyncio.sleep(0.3)
        # Reading goes on, and so does what needs no database.
        async with crew.people[0].connect() as socket:
            began = time.monotonic()
            await socket.call("ping")
            ping = time.monotonic() - began
        await locked
        recovery = await crew.until_acknowledged(10, timeout=10)
        await crew.stop_talking()
        await crew.complete()
        log = world.processes[0].log()
        figures(crew.verdict(), waited_seconds=round(max(crew.history.answer_seconds[before:]), 2),
                ping_seconds=round(ping, 3), recovery_seconds=round(recovery, 2),
                complaints=log.count("database is locked"))  # fmt: skip
        assert "database is locked" not in log
        assert not any(send.tries > 1 for send in crew.history.sends.values()), "somebody was refused"
        assert ping < 1
