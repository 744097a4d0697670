"""In a room that many people look at, presence comes as counts."""

import asyncio
from contextlib import AsyncExitStack

from mindnet.tests.support.checks import room_of

LATE_SECONDS = 15


def counts(event):
    return event.payload.get("counts")


async def test_above_a_hundred_people_looking_there_are_counts(make_world):
    """Two stand for a hundred here, on two processes. Bob is invisible: not one too many, and offline in them."""
    world = make_world("cluster", MINDNET_LOOKERS_LISTED="2", MINDNET_HEAD_CHECK_SECONDS="1")
    ada, bob, *crowd = (world.person(name) for name in ("ada", "bob", "cleo", "dion"))
    room = await room_of(ada, bob, *crowd)
    bob.api().patch("/presence/me", json={"status": "invisible"}).raise_for_status()
    async with AsyncExitStack() as stack:
        first, hidden, second, third = [
            await stack.enter_async_context(person.connect(process))
            for person, process in ((ada, 0), (bob, 0), (crowd[0], 1), (crowd[1], 1))
        ]
        for socket in (first, hidden, second):
            await socket.call("room.enter", {"room": room})
        assert (await first.hello)["limits"]["lookers_listed"] == 2
        await asyncio.sleep(1.5)
        entered = await first.call("room.enter", {"room": room})
        assert len(entered["participants"]) == 4 and "counts" not in entered
        await third.call("presence.set", {"status": "away", "note": "listed"})
        assert counts(await first.event("presence.changed", where=lambda e: "listed" in e.text)) is None

        await third.call("room.enter", {"room": room})
        expected = {"online": 2, "away": 1, "meditating": 0, "offline": 1}
        for socket in (first, second, third):  # without waiting for the next change
            event = await socket.event("presence.changed", where=counts, timeout=LATE_SECONDS)
            assert event.payload == {"room": room, "changes": [], "counts": expected}
        await third.call("presence.set", {"status": "meditating"})
        expected |= {"away": 0, "meditating": 1}
        await first.event("presence.changed", where=lambda e: counts(e) == expected, timeout=LATE_SECONDS)
        entered = await first.call("room.enter", {"room": room})
        assert (entered["participants"], entered["counts"]) == ([], expected)

        # When one has gone it is a list again, and that is said too.
        await third.call("room.enter", {"room": None})
        await first.event("presence.changed", where=lambda e: not counts(e), timeout=LATE_SECONDS)
        entered = await first.call("room.enter", {"room": room})
        assert len(entered["participants"]) == 4 and "counts" not in entered
