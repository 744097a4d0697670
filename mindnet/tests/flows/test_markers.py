"""What is unread for oneself, on all of one's connections: markers and mentions that change without a message."""

from mindnet.tests.support.checks import embedded_and_cluster, room_of


async def told(*sockets, room):
    """What each of these is told, without the room."""
    found = [await socket.event("unread.updated", room=room) for socket in sockets]
    assert all(set(one) == {"type", "room", "payload"} and one.payload["room"] == room for one in found)
    return [{name: value for name, value in one.payload.items() if name != "room"} for one in found]


@embedded_and_cluster
async def test_a_marker_and_a_correction_reach_all_of_ones_own_connections_and_nobody_elses(world):
    ada, bob = world.person("ada"), world.person("bob")
    last = len(world.processes) - 1
    room = await room_of(ada, bob)
    said = [ada.say(room, f"thought {number} for @{bob.username}")["id"] for number in range(3)]
    async with ada.connect(last) as other, bob.connect() as phone, bob.connect(last) as page:
        await phone.call("message.read", {"room": room, "seq": 3})
        for socket in (other, page):
            await socket.event("receipt.updated", room=room)
        bob.api().put(f"/rooms/{room}/unread", json={"seq": 2}).raise_for_status()
        assert await told(phone, page, room=room) == [{"unread": 2, "mentions": 2, "unread_from": 2}] * 2
        ada.api().patch(f"/messages/{said[2]}", json={"content": "for nobody"}).raise_for_status()
        assert await told(phone, page, room=room) == [{"unread": 2, "mentions": 1, "unread_from": 2}] * 2
        ada.api().delete(f"/messages/{said[1]}").raise_for_status()
        assert await told(phone, page, room=room) == [{"unread": 1, "mentions": 0, "unread_from": 2}] * 2

        # Nothing reaches who meditates. At the bell comes how it is last.
        await page.call("presence.set", {"status": "meditating"})
        for seq in (1, 3):
            bob.api().put(f"/rooms/{room}/unread", json={"seq": seq}).raise_for_status()
        await page.quiet(0.5, type="unread.updated")
        await page.call("presence.set", {"status": "online"})
        assert await told(page, phone, room=room) == [{"unread": 1, "mentions": 0, "unread_from": 3}] * 2

        # Read past, it is gone; that one's watermarks have not moved is nobody's to know.
        await page.call("message.read", {"room": room, "seq": 5})
        assert await told(phone, page, room=room) == [{"unread": 0, "mentions": 0, "unread_from": None}] * 2
        other.taken()
        bob.api().put(f"/rooms/{room}/unread", json={"seq": 1}).raise_for_status()
        await told(phone, page, room=room)
        await page.call("message.read", {"room": room, "seq": 5})
        await told(phone, page, room=room)
        await other.quiet(0.5)
