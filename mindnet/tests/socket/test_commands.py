"""Every command by the owner, by a participant and by who must see nothing; and the order they take effect in."""

import asyncio
import uuid

from mindnet.tests.support.checks import (
    code_of,
    embedded_and_cluster,
    error_bytes,
    error_of,
    private_room,
    room_of,
)

NOT_FOUND = '{"code":"not_found","detail":"Not found."}'
MISSING = 999_999_999


def commands_on(room, message):
    """Every command that names a room or a message."""
    return {
        "room.join": {"room": room},
        "room.leave": {"room": room},
        "room.enter": {"room": room},
        "message.send": {"room": room, "content": "let me in"},
        "message.edit": {"id": message, "content": "mine now"},
        "message.delete": {"id": message},
        "message.react": {"id": message, "emoji": "👁", "on": True},
        "message.delivered": {"room": room, "seq": 1},
        "message.read": {"room": room, "seq": 1},
        "sync": {"rooms": {str(room): 0}},
        "typing": {"room": room, "on": True},
        "broadcast.ack": {"id": message},
    }


async def errors_on(socket, room, message):
    return {type: await error_bytes(socket, type, payload) for type, payload in commands_on(room, message).items()}


@embedded_and_cluster
async def test_rooms_of_others_do_not_exist_for_mallory(world):
    ada, bob, mallory = world.person("ada"), world.person("bob"), world.person("mallory")
    closed = await room_of(ada, bob, kind="closed")
    private = private_room(ada, bob)
    ended = await room_of(ada, bob)
    places = {room: ada.say(room, "secret")["id"] for room in (closed, private, ended)}
    ada.api().delete(f"/rooms/{ended}").raise_for_status()
    async with mallory.connect() as socket:
        missing = await errors_on(socket, MISSING, MISSING)
        assert set(missing.values()) == {NOT_FOUND}
        for room, message in places.items():
            assert await errors_on(socket, room, message) == missing
        for number in (0, -1, 2**63 - 1):
            expected = dict(missing)
            answers = await errors_on(socket, number, number)
            if number < 0:  # no id is written with a sign in the keys of sync
                del answers["sync"], expected["sync"]
            assert answers == expected, number
        # One room of one's own beside it opens nothing.
        own = await room_of(mallory)
        assert await error_bytes(socket, "sync", {"rooms": {str(own): 0, str(private): 0}}) == NOT_FOUND
        assert await error_bytes(socket, "room.join", {"room": closed, "invitation": "guess"}) == NOT_FOUND
        for payload in ({"room": own, "content": "x", "reply_to": places[private]},
                        {"room": own, "content": "x", "reply_to": MISSING}):  # fmt: skip
            error = await error_of(socket, "message.send", payload)
            assert error["code"] == "invalid_payload" and "secret" not in str(error)
        attachment = {"room": own, "content": "x", "attachments": [str(uuid.uuid4())]}
        assert await code_of(socket, "message.send", attachment) == "invalid_payload"
        assert {event.type for event in socket.events} <= {"room.added", "participant.joined"}
    for person, room in ((ada, closed), (bob, private)):
        assert [m["content"] for m in person.api().get(f"/rooms/{room}/messages").json()["results"]] == ["secret"]


async def test_staff_have_no_other_door_than_anybody(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    admin = await asyncio.to_thread(lambda: embedded.admin)
    closed = await room_of(ada, bob, kind="closed")
    private = private_room(ada, bob)
    async with admin.connect() as socket:
        for room in (closed, private):
            assert set((await errors_on(socket, room, ada.say(room, "secret")["id"])).values()) == {NOT_FOUND}


async def test_in_an_open_room_an_outsider_reads_and_joins_and_does_nothing_else(cluster):
    ada, mallory = cluster.person("ada"), cluster.person("mallory")
    room = await room_of(ada)
    message = ada.say(room, "for everyone")["id"]
    async with mallory.connect() as socket, ada.connect() as owner:
        for type, payload in commands_on(room, message).items():
            if type in ("room.join", "sync"):
                continue
            expected = {"message.edit": ["permission_denied"], "message.delete": ["permission_denied"],
                        "message.react": ["permission_denied", "not_participant"]}  # fmt: skip
            assert await code_of(socket, type, payload) in expected.get(type, ["not_participant"]), type
        answer = (await socket.call("sync", {"rooms": {str(room): 0}}))["rooms"][str(room)]
        assert [m["content"] for m in answer["messages"]] == ["for everyone"]
        await owner.call("message.send", {"room": room, "content": "she does not hear this"})
        await socket.quiet(0.3)

        participant = await socket.call("room.join", {"room": room})
        assert participant == {
            "room": room,
            "psychic": participant["psychic"] | {"id": mallory.id, "username": mallory.username, "status": "online"},
            "role": "participant",
            "joined_at": participant["joined_at"],
            "delivered_seq": 2,
            "read_seq": 2,
        }
        assert set(participant["psychic"]) == {"id", "username", "status", "note", "until", "last_online"}
        assert (await socket.call("room.join", {"room": room})) == participant  # once in, in
        await owner.call("message.send", {"room": room, "content": "but this"})
        assert (await socket.event("message.created", room=room)).payload["content"] == "but this"
        assert await socket.call("room.leave", {"room": room}) == {}
        assert await socket.call("room.leave", {"room": room}) == {}  # also for who was in once
        assert await code_of(socket, "message.send", {"room": room, "content": "x"}) == "not_participant"


async def test_in_an_ended_room_one_reads_and_does_nothing_else(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    for kind in ("open", "closed"):
        room = await room_of(ada, bob, kind=kind)
        message = bob.say(room, "last words")["id"]
        async with bob.connect() as socket, ada.connect() as owner:
            ada.api().delete(f"/rooms/{room}").raise_for_status()
            await socket.event("room.removed")
            for person in (socket, owner):
                for type, payload in commands_on(room, message).items():
                    if type in ("sync", "room.leave"):
                        continue
                    assert await code_of(person, type, payload) == "room_closed", type
                answer = (await person.call("sync", {"rooms": {str(room): 0}}))["rooms"][str(room)]
                assert [m["content"] for m in answer["messages"]] == ["last words"] and answer["complete"]


async def test_commands_of_one_socket_take_effect_in_the_order_sent(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    say, leave, join = (
        ("message.send", {"room": room, "content": "x"}),
        ("room.leave", {"room": room}),
        ("room.join", {"room": room}),
    )
    async with bob.connect() as socket:
        burst = [say, say, leave, say, join, say, leave, say, join, say]
        replies = [await socket.start(type, payload) for type, payload in burst]
        results = [(await asyncio.wait_for(reply, 5)) for reply in replies]
        codes = [reply["ok"] or reply["error"]["code"] for reply in results]
        assert codes == [True, True, True, "not_participant", True, True, True, "not_participant", True, True]
        order = [line["ref"] for line in socket.lines if line.type == "reply"]
        assert order == [reply["ref"] for reply in results]
