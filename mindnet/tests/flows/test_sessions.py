"""Guided sessions as live sockets see them: two processes, a killed one, a restart in the middle, no Redis."""

import asyncio
import time
from datetime import datetime

from mindnet.tests.support.checks import code_of, error_of, room_of

PATIENCE = 12  # what is promised within 3 s, on a busy machine


def steps(*parts):
    result, at = [], 0
    for kind, seconds in parts:
        result.append({"at": at, "kind": kind, "text": "", "seconds": seconds})
        at += seconds
    return result


async def guide_of(person, *parts):
    answer = await asyncio.to_thread(person.api().post, "/guides", json={"name": "Short", "steps": steps(*parts)})
    return answer.raise_for_status().json()["id"]


async def circle(world, *names):
    """People of this world, and the meditation room of the first with the others in it."""
    people = [world.person(name) for name in names]
    return [*people, await room_of(*people, kind="meditation")]


async def enter(room, *sockets):
    for socket in sockets:
        await socket.hello
        await socket.call("room.enter", {"room": room})


async def test_a_session_from_start_to_end_on_two_processes(cluster):
    ada, bob, mallory, room = await circle(cluster, "ada", "bob", "mallory")
    guide = await guide_of(ada, ("prompt", 3600))
    await asyncio.to_thread(lambda: mallory.api().delete(f"/rooms/{room}/leave").raise_for_status())
    async with ada.connect(0) as one, bob.connect(1) as other, mallory.connect(1) as outside:
        assert (await one.call("room.enter", {"room": room}))["session"] is None
        session = await one.call("session.start", {"room": room, "guide": guide})
        assert set(session) == {"id", "room", "guide", "started_at", "ended_at", "steps"}
        for socket in (one, other):
            event = await socket.event("session.started", room=room, timeout=PATIENCE)
            assert event.payload == session
        rest = (await asyncio.to_thread(bob.api(1).get, f"/rooms/{room}/session")).json()
        assert rest == session
        # Who comes later lands in the same session, by its start and the server's clock.
        async with bob.connect(1) as late:
            assert (await late.call("room.enter", {"room": room}))["session"] == session
            now = (await late.call("ping"))["server_time"]
            passed = datetime.fromisoformat(now) - datetime.fromisoformat(session["started_at"])
            assert 0 <= passed.total_seconds() < 60
        assert await code_of(one, "session.start", {"room": room, "guide": guide}) == "invalid_payload"
        assert await code_of(other, "session.end", {"room": room}) == "permission_denied"
        ended = await one.call("session.end", {"room": room})
        assert ended == session | {"ended_at": ended["ended_at"]} and ended["ended_at"]
        for socket in (one, other):
            assert (await socket.event("session.ended", room=room, timeout=PATIENCE)).payload == ended
        await asyncio.sleep(2.5)  # a round of every process's own look at the table
        for socket in (one, other):
            assert [e.type for e in socket.events if e.type.startswith("session.")] == [
                "session.started", "session.ended"
            ]  # fmt: skip
        assert not [e for e in outside.events if e.type.startswith(("session.", "circle.", "piece."))]


async def test_mallory_and_nonsense_are_refused(embedded):
    ada, bob, room = await circle(embedded, "ada", "bob")
    mallory = embedded.person("mallory")
    talk, closed = await room_of(ada, bob), await room_of(ada, kind="closed")
    guide, secret = await guide_of(ada, ("silence", 600)), await guide_of(mallory, ("silence", 600))
    async with ada.connect() as one, bob.connect() as two, mallory.connect() as outside:
        assert await code_of(one, "session.start", {"room": talk, "guide": guide}) == "invalid_payload"
        assert await code_of(one, "session.start", {"room": room, "guide": secret}) == "not_found"
        assert await code_of(two, "session.start", {"room": room, "guide": guide}) == "permission_denied"
        assert await code_of(outside, "session.start", {"room": room, "guide": guide}) == "not_participant"
        for command in ("end", "look", "sit", "rise"):
            assert await code_of(one, f"session.{command}", {"room": room}) == "not_found", command
        await one.call("session.start", {"room": room, "guide": guide})
        for command in ("session.end", "session.look", "session.sit", "session.rise", "piece.ask", "piece.pass"):
            assert await code_of(outside, command, {"room": room}) == "not_participant", command
            for number in (closed, 10**9, 0, -1, 2**63, 2**70):
                assert await code_of(outside, command, {"room": number}) == "not_found", (command, number)
            for payload in ({}, {"room": "1"}, {"room": None}, {"room": room, "x": 1}, {"room": 1.5}):
                assert await code_of(one, command, payload) == "invalid_payload", (command, payload)
        for payload in ({"room": room}, {"room": room, "guide": "1"}, {"room": room, "guide": None}):
            assert await code_of(one, "session.start", payload) == "invalid_payload"
        assert await code_of(one, "piece.ask", {"room": room}) == "invalid_payload"


async def test_of_two_who_begin_at_once_one_does_and_no_message_slips_into_the_silence(cluster):
    ada, bob, room = await circle(cluster, "ada", "bob")
    guide = await guide_of(ada, ("silence", 600))
    async with ada.connect(0) as one, ada.connect(1) as two, bob.connect(1) as writing:
        await writing.hello
        for _ in range(5):
            sends = [await writing.start("message.send", {"room": room, "content": str(n)}) for n in range(10)]
            starts = [await socket.start("session.start", {"room": room, "guide": guide}) for socket in (one, two)]
            sends += [await writing.start("message.send", {"room": room, "content": str(n)}) for n in range(10)]
            began = [reply for reply in await asyncio.gather(*starts) if reply["ok"]]
            assert len(began) == 1
            started_at = began[0]["payload"]["started_at"]
            for reply in await asyncio.gather(*sends):
                # Batches take their time before they wait for the room, so what was stored is older than the silence.
                assert reply["payload"]["timestamp"] < started_at if reply["ok"] else reply["error"]["code"] == "muted"
            await one.call("session.end", {"room": room})


async def test_silence_on_the_socket_says_why_and_until_when(cluster):
    ada, bob, room = await circle(cluster, "ada", "bob")
    guide = await guide_of(ada, ("silence", 600))
    async with ada.connect(0) as one, bob.connect(1) as other:
        session = await one.call("session.start", {"room": room, "guide": guide})
        for socket in (one, other):
            error = await error_of(socket, "message.send", {"room": room, "content": "psst"})
            assert (error["code"], error["reason"]) == ("muted", "Silence")
            until = datetime.fromisoformat(error["until"]) - datetime.fromisoformat(session["started_at"])
            assert until.total_seconds() == 600
        await one.call("session.end", {"room": room})
        await other.call("message.send", {"room": room, "content": "the bell has rung"})


async def test_who_sits_is_held_and_hears_the_session_alone(cluster):
    ada, bob, room = await circle(cluster, "ada", "bob")
    elsewhere = await room_of(ada, bob)
    guide = await guide_of(ada, ("prompt", 3600))
    async with ada.connect(0) as one, bob.connect(1) as sitter:
        await enter(room, one, sitter)
        await one.call("session.start", {"room": room, "guide": guide})
        await sitter.event("session.started", room=room, timeout=PATIENCE)
        state = await sitter.call("session.sit", {"room": room})
        assert state["presence"]["status"] == "meditating" and state["circle"]["sitting"] == 1
        changed = await one.event("circle.changed", room=room, timeout=PATIENCE)
        assert changed.payload == state["circle"]
        reply = await one.call("message.send", {"room": elsewhere, "content": "for later"})
        assert reply["held_for"] == [{"id": bob.id, "username": bob.username}]
        await sitter.quiet(0.5, type="message.created")
        # The end reaches who meditates in it, and then the bell rings.
        await one.call("session.end", {"room": room})
        await sitter.event("session.ended", room=room, timeout=PATIENCE)
        event = await sitter.event("message.created", room=elsewhere, timeout=PATIENCE)
        assert event.payload["content"] == "for later"
    rows = (await asyncio.to_thread(bob.api().get, "/psychics/me/sittings")).json()["results"]
    assert [(row["room"], row["left_at"] is None) for row in rows] == [(room, False)]


async def test_a_sharing_round_calls_sitters_back_and_passes_the_piece(cluster):
    ada, bob, room = await circle(cluster, "ada", "bob")
    guide = await guide_of(ada, ("silence", 2), ("sharing", 3600))
    async with ada.connect(0) as one, bob.connect(1) as other:
        await enter(room, one, other)
        await one.call("session.start", {"room": room, "guide": guide})
        state = await one.call("session.sit", {"room": room})
        assert state["presence"]["status"] == "meditating"
        deadline = time.monotonic() + PATIENCE
        while (await one.call("session.look", {"room": room}))["presence"]["status"] == "meditating":
            assert time.monotonic() < deadline, "still held in the sharing round"
            await asyncio.sleep(0.2)
        piece = await one.call("piece.ask", {"room": room})
        assert piece["holder"]["id"] == ada.id and piece["queue"] == []
        assert (await other.event("piece.changed", room=room, timeout=PATIENCE)).payload == piece
        assert (await other.call("piece.ask", {"room": room}))["queue"] == [{"id": bob.id, "username": bob.username}]
        error = await error_of(other, "message.send", {"room": room, "content": "me too"})
        assert (error["code"], error["reason"]) == ("muted", "The talking piece is with somebody else")
        await one.call("message.send", {"room": room, "content": "what I saw"})
        await one.call("piece.pass", {"room": room})
        await other.event("piece.changed", room=room, where=lambda e: e.payload["holder"] == {
            "id": bob.id, "username": bob.username
        }, timeout=PATIENCE)  # fmt: skip
        await other.call("message.send", {"room": room, "content": "and I"})


async def test_the_time_is_over_without_anybody_saying_so(cluster):
    ada, bob, room = await circle(cluster, "ada", "bob")
    guide = await guide_of(ada, ("silence", 1.5))
    async with ada.connect(0) as one, bob.connect(1) as other:
        session = await one.call("session.start", {"room": room, "guide": guide})
        for socket in (one, other):
            event = await socket.event("session.ended", room=room, timeout=PATIENCE)
            length = datetime.fromisoformat(event.payload["ended_at"]) - datetime.fromisoformat(session["started_at"])
            assert length.total_seconds() == 1.5
        await other.call("message.send", {"room": room, "content": "after"})


async def test_without_redis_and_with_a_killed_process(make_world, redis_server):
    """What is not told is found; who is killed has sat up to the last sign of life; leading goes on."""
    world = make_world("cluster", redis_url=redis_server.url, MINDNET_OFFLINE_GRACE_SECONDS="1")
    ada, bob, room = await circle(world, "ada", "bob")
    ids = ada.id, bob.id
    guide = await guide_of(ada, ("prompt", 3600))
    async with bob.connect(1) as other:
        async with ada.connect(0) as one:
            await enter(room, one, other)
            redis_server.kill()
            session = await one.call("session.start", {"room": room, "guide": guide})
            await other.event("session.started", room=room, timeout=PATIENCE)
            for number, socket in enumerate((one, other), 1):
                await socket.call("session.sit", {"room": room})
                await other.event(
                    "circle.changed", room=room, where=lambda e, n=number: e.payload["sitting"] == n, timeout=PATIENCE
                )
            world.processes[0].kill()
            await one.closed(timeout=PATIENCE)
        # The lease of 15 s, the grace, a sweep.
        await other.event("circle.changed", room=room, where=lambda e: e.payload["leader"]["id"] == ids[1], timeout=60)
        # Who leads now may end it, though no moderator.
        ended = await other.call("session.end", {"room": room})
        assert (await other.event("session.ended", room=room, timeout=PATIENCE)).payload == ended
        answer = await asyncio.to_thread(bob.api(1).get, f"/sessions/{session['id']}/sittings")
        seconds = {row["psychic"]["id"]: row["seconds"] for row in answer.json()["results"]}
        assert 0 <= seconds[ids[0]] < seconds[ids[1]]


async def test_a_restart_in_the_middle_changes_nothing(make_world):
    world = make_world("embedded")
    ada, bob, room = await circle(world, "ada", "bob")
    guide = await guide_of(ada, ("silence", 3600))
    async with ada.connect() as one:
        await enter(room, one)
        session = await one.call("session.start", {"room": room, "guide": guide})
        await one.call("session.sit", {"room": room})
        world.processes[0].kill()
        await one.closed(timeout=PATIENCE)
    world.processes[0].start()
    async with ada.connect() as one, bob.connect() as other:
        assert (await other.call("room.enter", {"room": room}))["session"] == session
        state = await one.call("session.look", {"room": room})
        assert state["session"] == session and state["sitting"]["left_at"] is None
        assert state["presence"]["status"] == "meditating" and state["circle"]["leader"]["id"] == ada.id
        assert (await error_of(other, "message.send", {"room": room, "content": "x"}))["code"] == "muted"
