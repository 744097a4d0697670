"""A server process dies, at the worst moments, or is told to end."""

import asyncio
import time
import uuid

import pytest

from mindnet.tests.support.checks import room_of
from mindnet.tests.support.crews import Crew, pour
from mindnet.tests.support.history import read_stored
from mindnet.tests.support.mute import MuteLink

BACK_SECONDS = 5
HEALED = 3


async def test_a_process_killed_at_a_random_moment(make_cluster, rng, figures):
    world = make_cluster()
    async with Crew(world, rng) as crew:
        crew.start_talking()
        pauses = []
        for number in (0, 1, 0):
            process = world.processes[number]
            await asyncio.sleep(rng.uniform(0.5, 1.5))
            hit = [client for client in crew.clients if client.visit.address == process.ws_url]
            process.kill()
            killed_at = time.monotonic()
            await asyncio.sleep(0.05)
            while any(not client.online.is_set() for client in hit):
                assert time.monotonic() - killed_at < 2 * BACK_SECONDS
                await asyncio.sleep(0.02)
            pauses.append(time.monotonic() - killed_at)
            await asyncio.to_thread(process.start)
        await crew.stop_talking()
        seconds = await crew.complete(timeout=HEALED)
        figures(crew.verdict(), kills=3, back_seconds=round(max(pauses), 2), complete_seconds=round(seconds, 2))
        assert max(pauses) < BACK_SECONDS
        assert len(crew.history.acknowledged) > 50


async def armed(make_cluster, failpoint):
    """A cluster with the fail-point in process 0 alone; in front of it nothing is talking yet."""
    world = make_cluster()
    process = world.processes[0]
    process.stop()
    process.environment["MINDNET_FAILPOINT"] = failpoint
    await asyncio.to_thread(process.start)
    process.ended_by_test = True  # it will end by itself
    return world


@pytest.mark.parametrize("failpoint", ["before_commit", "after_commit", "before_publish", "before_reply"])
async def test_a_process_that_dies_at_a_fail_point(make_cluster, rng, figures, failpoint):
    nth = rng.randrange(10, 40)
    world = await armed(make_cluster, f"{failpoint}:exit:{nth}")
    async with Crew(world, rng) as crew:
        crew.start_talking()
        began = time.monotonic()
        while world.processes[0].is_running:
            assert time.monotonic() - began < 15, "the fail-point was never reached"
            await asyncio.sleep(0.005)
        died_at = time.monotonic()
        head = await asyncio.to_thread(crew.head)
        stayed = [client for client in crew.clients if client.visit.address == world.ws_urls[1]]
        while any(client.head(crew.room) < head for client in stayed):
            assert time.monotonic() - died_at < HEALED, "who stayed connected misses what the dead one committed"
            await asyncio.sleep(0.02)
        told = time.monotonic() - died_at
        await asyncio.sleep(0.5)
        await crew.stop_talking()
        seconds = await crew.complete(timeout=BACK_SECONDS + HEALED)
        figures(crew.verdict(), at_pass=nth, told_seconds=round(told, 2), complete_seconds=round(seconds, 2))


async def test_one_message_committed_by_a_process_that_told_nobody(make_cluster, figures):
    """Nothing follows that would make the hole visible: only the look at the heads can find it."""
    world = await armed(make_cluster, "after_commit:exit:1")
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    payload = {"room": room, "content": "last words", "nonce": str(uuid.uuid4())}
    async with bob.connect(1) as listening:
        async with ada.connect(0) as talking:
            with pytest.raises(ConnectionError):
                await talking.call("message.send", payload)
        began = time.monotonic()
        event = await listening.event("message.created", room=room, timeout=HEALED)
        told = time.monotonic() - began
        async with ada.connect(1) as again:
            reply = await again.call("message.send", payload)
        assert reply["duplicate"] is True and (reply["id"], reply["seq"]) == (event.payload["id"], 1)
        await listening.quiet(0.5, type="message.created")
    figures(told_seconds=round(told, 2), lost=0, duplicated=0)


async def test_deploy_one_process_after_the_other_under_load(make_cluster, rng, figures):
    world = make_cluster(MINDNET_SOCKETS_PER_PSYCHIC="1000")
    async with Crew(world, rng, copies=10) as crew:
        crew.start_talking()
        await asyncio.sleep(1)
        byes, ends = [], []
        for process in world.processes:
            began, before = time.monotonic(), len(crew.history.visits)
            there = [client for client in crew.clients if client.online.is_set()]
            visits = [client.visit for client in there if client.visit.address == process.ws_url]
            code = await asyncio.to_thread(process.stop)
            ends.append(time.monotonic() - began)
            assert code in (0, -15), code
            await asyncio.sleep(0.2)
            for visit in visits:
                assert visit.bye is not None and (visit.bye["code"], visit.code) == (1012, 1012), vars(visit)
                assert visit.closed_at - began < 10
            byes += [visit.bye["retry_after"] for visit in visits]
            await asyncio.to_thread(process.start)
            assert len(crew.history.visits) >= before
        await crew.stop_talking()
        seconds = await crew.complete(timeout=15)
        is_spread = len(set(byes)) > len(byes) / 2 and max(byes) - min(byes) > 2
        assert len(byes) >= 20 and is_spread, byes
        figures(
            crew.verdict(), sockets_told=len(byes), end_seconds=round(max(ends), 2),
            retry_after=f"{min(byes)}–{max(byes)}", complete_seconds=round(seconds, 2),
        )  # fmt: skip
        assert max(ends) < 10


async def test_sigterm_stores_what_it_took_and_ends_though_somebody_does_not_read(make_cluster, figures):
    world = make_cluster()
    ada, mute = world.person("ada"), world.person("mute")
    room = await room_of(ada, mute)
    link = await MuteLink.enter(world.url, mute)
    async with ada.connect(0) as socket:
        await pour(socket, room, 2400)  # fills every buffer on the way to who does not read
        futures = [await socket.start("message.send", {"room": room, "content": f"last words {n}"}) for n in range(200)]
        await asyncio.sleep(0.05)
        began = time.monotonic()
        ending = asyncio.create_task(asyncio.to_thread(world.processes[0].stop))
        assert await socket.closed(timeout=10) == 1012
        told = time.monotonic() - began
        code = await ending
        ended = time.monotonic() - began
        assert code in (0, -15)
    answered = [f.result() for f in futures if f.done() and not f.exception()]
    acknowledged = {reply["payload"]["id"] for reply in answered if reply["ok"]}
    stored = {row.id for row in read_stored(world)}
    figures(acknowledged=len(acknowledged), lost=len(acknowledged - stored), told_seconds=round(told, 2),
            end_seconds=round(ended, 2))  # fmt: skip
    assert acknowledged <= stored and ended < 10
    link.close()


@pytest.mark.allow_traceback
async def test_an_exception_before_a_message_is_stored_costs_that_message_only(make_world, figures):
    world = make_world("embedded", MINDNET_FAILPOINT="in_pipeline:raise:2")
    ada = world.person("ada")
    room = await room_of(ada)
    async with ada.connect() as socket:
        sends = [await socket.start("message.send", {"room": room, "content": f"number {n}"}) for n in range(3)]
        replies = [await send for send in sends]
        answers = [reply["ok"] or reply["error"]["code"] for reply in replies]
        assert answers == [True, "unavailable", True]
        assert [reply["payload"]["seq"] for reply in (replies[0], replies[2])] == [1, 2]
    assert "FailpointError" in world.processes[0].new_log()
    figures(answers="/".join(map(str, answers)))


@pytest.mark.allow_traceback
async def test_an_exception_in_a_handler_costs_that_command_only(make_world, figures):
    world = make_world("embedded", MINDNET_FAILPOINT="in_handler:raise:2")
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect() as socket, bob.connect() as other:
        answers = []
        for _ in range(3):
            reply = await (await socket.start("room.enter", {"room": room}))
            answers.append(reply["ok"] or reply["error"]["code"])
        assert answers == [True, "unavailable", True]
        assert (await socket.call("message.send", {"room": room, "content": "still here"}))["seq"] == 1
        await other.event("message.created", room=room)
    # The clean-up ran: nobody is left in the table once the grace is over.
    deadline = time.monotonic() + 15
    count = "from presence.models import Connection; print(Connection.objects.open().count())"
    while world.shell(count).strip() != "0":
        assert time.monotonic() < deadline
    assert "FailpointError" in world.processes[0].new_log()
    figures(answers="/".join(map(str, answers)), left_open=0)
