"""Clients that do not read, silent or talking, and clients that send as fast as they can: others do not notice."""

import asyncio
import json
import statistics
import sys
import time

import pytest

from mindnet.tests.support.checks import room_of
from mindnet.tests.support.crews import HEALED_SECONDS, pour
from mindnet.tests.support.mute import MuteLink, memory_bytes
from mindnet.tests.support.tools import BASE_DIR

MEBIBYTE = 1024 * 1024
FLOODS = 4
# Until the database's pages in memory and the index of searches have grown to what so much said makes of them, 35 MiB.
WARM_SECONDS = 8


async def latencies(talking, listening, room, seconds):
    """Seconds from sending to receiving, for one message after the other."""
    found, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.monotonic()
        sent = await talking.call("message.send", {"room": room, "content": "tick"})
        await listening.event("message.created", room=room, where=lambda e, id=sent["id"]: e.payload["id"] == id)
        found.append(time.monotonic() - began)
        await asyncio.sleep(0.06)  # within the 20 frames a second of one socket
    return found


def p99(values):
    return statistics.quantiles(values, n=100, method="inclusive")[98]


async def test_ten_clients_that_read_nothing_cost_bounded_memory_and_are_cut(make_world, figures):
    world = make_world("embedded")
    ada, bob, mute = world.person("ada"), world.person("bob"), world.person("mute")
    room = await room_of(ada, bob, mute)
    process = world.processes[0]
    async with ada.connect() as talking, bob.connect() as listening:
        began = time.monotonic()
        while time.monotonic() - began < WARM_SECONDS:
            said = await pour(talking, room, 300)
        before = memory_bytes(process)
        mutes = [await MuteLink.enter(world.url, mute) for _ in range(10)]
        await asyncio.sleep(0.5)
        highest, began = before, time.monotonic()
        last = 0
        # 4 MB a second and socket for as long as it takes to be cut: unbounded, this would be hundreds of megabytes.
        while time.monotonic() - began < 18:
            last = await pour(talking, room, 120)
            highest = max(highest, memory_bytes(process))
        poured = last - said
        await listening.event("message.created", room=room, where=lambda e: e.seq == last, timeout=HEALED_SECONDS)
        listening.assert_gap_free(room)
        codes = await close_codes(world, mute)
        for link in mutes:
            link.close()
        grown = (highest - before) / MEBIBYTE
        figures(
            poured_mib=round(10 * poured * 4000 / MEBIBYTE), grown_mib=round(grown, 1),
            cut=len(codes), codes="/".join(sorted({str(code) for code in codes})),
        )  # fmt: skip
        # 10 sockets, each at most 1 MiB queued, one page more while catching up, and the server's own buffer.
        assert grown < 40
        assert codes == [4008] * 10


async def close_codes(world, person):
    """What the server closed this person's sockets with, by the connection log, in order."""
    text = await asyncio.to_thread(
        world.shell,
        "from analytics.models import ConnectionLog;"
        f"rows = ConnectionLog.objects.filter(psychic__username={person.username!r}, action='kicked').order_by('id');"
        "print(*rows.values_list('close_code', flat=True))",
    )
    return [int(code) for code in text.split()]


async def test_a_slow_reader_is_caught_up_from_the_database(make_world, figures):
    world = make_world("embedded")
    ada, mute = world.person("ada"), world.person("mute")
    room = await room_of(ada, mute)
    link = await MuteLink.enter(world.url, mute)
    async with ada.connect() as talking:
        last = await pour(talking, room, 2400)  # 9.6 MB: more than the queue and all buffers on the way
        lines = await link.read_lines(lambda line: line.get("seq") == last)
    numbers = [line["seq"] for line in lines if line["type"] == "message.created" and line["room"] == room]
    figures(sent=last, received=len(numbers), lost=last - len(numbers))
    assert numbers == list(range(1, last + 1))
    link.close()


async def test_a_slow_reader_survives_that_the_database_was_away_when_it_read_on(make_cluster, postgres, figures):
    """A lagging connection is read for from the database. That this fails once must not leave it mute for ever."""
    world = make_cluster(MINDNET_SLOW_SECONDS="60")
    ada, mute = world.person("ada"), world.person("mute")
    room = await room_of(ada, mute)
    link = await MuteLink.enter(world.url, mute)
    async with ada.connect(0) as talking:
        last = await pour(talking, room, 2400)
        await asyncio.to_thread(postgres.stop_immediately)
        received = []
        reading = asyncio.create_task(read_numbers(link, room, received))
        await asyncio.sleep(2)
        meanwhile = len(received)
        await asyncio.to_thread(postgres.start)
        began = time.monotonic()
        try:
            while not received or received[-1] < last:
                assert time.monotonic() - began < 10, f"received up to {received[-1:]} of {last}, then silence"
                await asyncio.sleep(0.05)
        finally:
            reading.cancel()
            link.close()
    figures(while_away=meanwhile, received=len(received), lost=last - len(received),
            recovery_seconds=round(time.monotonic() - began, 2))  # fmt: skip
    assert received == list(range(1, last + 1))


async def read_numbers(link, room, received):
    def note(line):
        if line.get("type") == "message.created" and line["room"] == room:
            received.append(line["seq"])
        return False

    await link.read_lines(note, timeout=120)


async def test_a_client_that_talks_and_never_reads_is_not_read_from_either(make_world, figures):
    """Every command has an answer; who takes none may not have thousands written down for it."""
    world = make_world("embedded")
    ada, bob, mute = world.person("ada"), world.person("bob"), world.person("mute")
    room = await room_of(ada, bob, mute)
    process = world.processes[0]
    async with ada.connect() as talking, bob.connect() as listening:
        await pour(talking, room, 300)
        before = highest = memory_bytes(process)
        link = await MuteLink.enter(world.url, mute)
        asked = 0
        try:
            async with asyncio.timeout(8):
                while True:  # each answer is half a megabyte
                    await link.say("sync", {"rooms": {str(room): 0}})
                    asked += 1
                    highest = max(highest, memory_bytes(process))
        except (TimeoutError, ConnectionError):
            pass
        highest = max(highest, memory_bytes(process))
        began = time.monotonic()
        await talking.call("message.send", {"room": room, "content": "undisturbed"})
        await listening.event("message.created", room=room, where=lambda e: e.payload["content"] == "undisturbed")
        figures(asked=asked, grown_mib=round((highest - before) / MEBIBYTE, 1),
                others_seconds=round(time.monotonic() - began, 3))  # fmt: skip
        assert time.monotonic() - began < 1
        assert highest - before < 30 * MEBIBYTE
        link.close()


@pytest.mark.parametrize("kind", ["ping", "message.send"])
async def test_a_flood_from_one_client_is_paused_and_others_are_served(make_world, figures, kind):
    """Within the limits of rates: without them this measures the machine.

    What the flood costs the others is compared with the same flood against a neighbour, a server of its own: the
    machine is as busy then, and only what this server does about the flood makes the difference.
    """
    limits = {"MINDNET_LIMITS": "on", "MINDNET_MESSAGE_RATE": "100000/10000"}
    world, neighbour = make_world("embedded", **limits), make_world("embedded", **limits)
    ada, bob, loud = world.person("ada"), world.person("bob"), world.person("loud")
    stranger = neighbour.person("stranger")
    room, other, elsewhere = await room_of(ada, bob), await room_of(loud), await room_of(stranger)
    process = world.processes[0]
    async with ada.connect() as talking, bob.connect() as listening:
        await latencies(talking, listening, room, 1)
        before = memory_bytes(process)
        calm, busy, ends = [], [], []
        for _ in range(FLOODS):
            for flooder, target, found in ((stranger, elsewhere, calm), (loud, other, busy)):
                flood = await start_flood(flooder, kind, target, 1.9)
                await asyncio.sleep(0.7)
                found.append(p99(await latencies(talking, listening, room, 1.2)))
                output, _ = await asyncio.wait_for(flood.communicate(), 20)
                ends.append(json.loads(output))
        grown = (memory_bytes(process) - before) / MEBIBYTE
        figures(frames=sum(end["frames"] for end in ends[1::2]), closed=sum(len(end["codes"]) for end in ends[1::2]),
                p99_ms=round(min(busy) * 1000, 1), neighbour_p99_ms=round(min(calm) * 1000, 1),
                grown_mib=round(grown, 1))  # fmt: skip
        # The least of several rounds: what else goes on on the machine only ever adds. And where a p99 is a few
        # milliseconds, twice that is noise; people notice tens.
        assert min(busy) < max(2 * min(calm), 0.05)
        assert grown < 20
        # The flooder itself may be past reading the close frame; the log has what it was closed with.
        assert all(end["codes"] for end in ends)
        logged = await close_codes(world, loud)
        assert set(logged) == {4029}, logged


async def start_flood(person, kind, room, seconds):
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mindnet.tests.support.flooder", person.world.ws_url, person.token, kind, str(room),
        str(seconds), cwd=BASE_DIR, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
