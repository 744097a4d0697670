"""Coming and going as live sockets see it, through a real server."""

import asyncio

import pytest

from mindnet.tests.support.sockets import ReplyError


async def test_coming_and_going_is_seen_live(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room()["id"]
    async with ada.connect() as owner, bob.connect() as guest:
        await guest.hello
        joined = await guest.call("room.join", {"room": room})
        assert (await guest.event("room.added")).payload["id"] == room
        for socket in (owner, guest):
            assert (await socket.event("participant.joined", room=room)).payload == joined
        entered = await guest.call("room.enter", {"room": room})
        assert (entered["room"]["my_role"], len(entered["participants"])) == ("participant", 2)
        ada.say(room, "welcome")
        assert (await guest.event("message.created", room=room)).payload["content"] == "welcome"

        await owner.call("room.leave", {"room": room})
        removed = {"room": room, "kind": "left", "reason": None, "until": None}
        assert (await owner.event("room.removed")).payload == removed
        assert (await guest.event("participant.left", room=room)).payload["psychic"]["username"] == ada.username
        assert (await guest.event("participant.updated", room=room)).payload["role"] == "owner"
        owner.taken()
        bob.say(room, "alone")
        await owner.quiet(0.5, type="message.created")


async def test_a_ban_ends_it_on_all_connections_at_once(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room()["id"]
    bob.join(room)
    async with bob.connect() as first, bob.connect() as second:
        await asyncio.gather(first.hello, second.hello)
        body = {"username": bob.username, "kind": "ban", "minutes": 5, "reason": "loud"}
        restriction = ada.api().post(f"/rooms/{room}/restrictions", json=body).raise_for_status().json()
        for socket in (first, second):
            removed = await socket.event("room.removed")
            assert removed.payload == {"room": room, "kind": "ban", "reason": "loud", "until": restriction["until"]}
        ada.say(room, "quiet again")
        with pytest.raises(ReplyError) as caught:
            await first.call("room.join", {"room": room})
        assert (caught.value.code, caught.value.error["reason"]) == ("banned", "loud")
        assert caught.value.error["until"] == restriction["until"]
        await second.quiet(0.5, type="message.created")


async def test_a_mind_link_appears_on_the_other_side(embedded):
    ada, bob, mallory = (embedded.person(name) for name in ("ada", "bob", "mallory"))
    async with bob.connect() as socket, mallory.connect() as outside:
        await asyncio.gather(socket.hello, outside.hello)
        link = ada.api().post("/rooms", json={"kind": "private", "with": bob.username}).raise_for_status().json()
        added = await socket.event("room.added")
        assert (added.payload["id"], added.payload["kind"]) == (link["id"], "private")
        ada.say(link["id"], "only you")
        assert (await socket.event("message.created", room=link["id"])).payload["content"] == "only you"
        for command in ("room.join", "room.leave", "room.enter"):
            with pytest.raises(ReplyError, match="not_found: Not found"):
                await outside.call(command, {"room": link["id"]})
        await outside.quiet(0.3)
