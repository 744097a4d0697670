"""Every command by the owner, by a participant and by who must see nothing, and every refusal of the contract."""

import asyncio
import json
import uuid

from mindnet.tests.support.checks import (
    code_of,
    embedded_and_cluster,
    error_bytes,
    error_of,
    private_room,
    reply_to,
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


async def test_the_sender_edits_moderators_delete_and_participants_react(cluster):
    ada, bob, cleo, dion = (cluster.person(name) for name in ("ada", "bob", "cleo", "dion"))
    room = await room_of(ada, bob, cleo, dion)
    ada.api().patch(f"/rooms/{room}/participants/{cleo.username}", json={"role": "moderator"}).raise_for_status()
    async with ada.connect() as owner, bob.connect() as sender, cleo.connect() as moderator, dion.connect() as other:
        sent = [await sender.call("message.send", {"room": room, "content": f"thought {n}"}) for n in range(3)]
        ids = [reply["id"] for reply in sent]
        for person in (owner, moderator, other):
            assert await code_of(person, "message.edit", {"id": ids[0], "content": "not mine"}) == "permission_denied"
        assert await code_of(other, "message.delete", {"id": ids[0]}) == "permission_denied"

        edited = await sender.call("message.edit", {"id": ids[0], "content": "on reflection"})
        assert (edited["content"], edited["seq"], edited["changed_seq"]) == ("on reflection", 1, 4)
        assert edited["edited_at"].endswith("Z") and edited["deleted"] is False
        unchanged = await sender.call("message.edit", {"id": ids[0], "content": "on reflection"})
        assert unchanged == edited

        reacted = await other.call("message.react", {"id": ids[0], "emoji": "👁", "on": True})
        reacted = await owner.call("message.react", {"id": ids[0], "emoji": "👁", "on": True})
        assert reacted["reactions"] == {"👁": [dion.id, ada.id]} and reacted["changed_seq"] == 6
        reacted = await other.call("message.react", {"id": ids[0], "emoji": "👁", "on": False})
        assert reacted["reactions"] == {"👁": [ada.id]}
        for emoji in ("", "x", "👁 👁", "👁" * 17, "\n", "<b>", "\u0000"):
            assert await code_of(other, "message.react", {"id": ids[0], "emoji": emoji, "on": True}) == (
                "invalid_payload"
            ), emoji

        for person, message in zip((sender, moderator, owner), ids, strict=True):
            gone = await person.call("message.delete", {"id": message})
            assert (gone["deleted"], gone["content"], gone["reactions"]) == (True, "", {})
            assert await person.call("message.delete", {"id": message}) == gone
        assert await code_of(sender, "message.edit", {"id": ids[0], "content": "back"}) == "invalid_payload"
        assert await code_of(other, "message.react", {"id": ids[0], "emoji": "👁", "on": True}) == "invalid_payload"
        answer = (await other.call("sync", {"rooms": {str(room): 0}}))["rooms"][str(room)]
        assert [(m["content"], m["deleted"]) for m in answer["messages"]] == [("", True)] * 3


@embedded_and_cluster
async def test_a_message_has_from_1_to_4000_code_points_of_allowed_text(world):
    ada = world.person("ada")
    room = await room_of(ada)
    taken = {
        "x": "x",
        "🜁" * 4000: "🜁" * 4000,
        "a\r\nb\r\n": "a\nb\n",
        " \t\n ": " \t\n ",
        "tab\tand\nnewline": "tab\tand\nnewline",
        "\u202eright to left\u202c \u200b\u2028\u0085\x7f\x9f": "\u202eright to left\u202c \u200b\u2028\u0085\x7f\x9f",
        "<script>alert(1)</script> {{7*7}} %s ${x} \\u0000 \\": "<script>alert(1)</script> {{7*7}} %s ${x} \\u0000 \\",
        "e\u0301 stays decomposed, ﬁ stays a ligature": "e\u0301 stays decomposed, ﬁ stays a ligature",
    }
    async with ada.connect() as socket:
        for text, stored in taken.items():
            sent = await socket.call("message.send", {"room": room, "content": text})
            event = await socket.event("message.created", room=room)
            assert event.payload["content"] == stored and event.payload["id"] == sent["id"]
        for text in ["", "\r\n" * 0, "x" * 4001, "🜁" * 4001, "\r", "a\rb", "\r\r\n", "\0", "nul\0nul"] + [
            f"c0 {chr(code)}" for code in range(32) if chr(code) not in "\t\n"
        ]:
            assert await code_of(socket, "message.send", {"room": room, "content": text}) == "invalid_payload", text[:9]
            assert await code_of(socket, "message.edit", {"id": sent["id"], "content": text}) == "invalid_payload"
        edited = await socket.call("message.edit", {"id": sent["id"], "content": "a\r\nb"})
        assert edited["content"] == "a\nb"
        await socket.event("message.updated", room=room)
        await socket.quiet(0.2, type="message.created")


async def test_sealed_messages_belong_into_a_private_room_and_may_be_longer(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room, private = await room_of(ada, bob), private_room(ada, bob)
    async with ada.connect() as socket, bob.connect() as other:
        sealed = {"content": "s" * 32 * 1024, "message_type": "sealed"}
        assert await code_of(socket, "message.send", sealed | {"room": room}) == "invalid_payload"
        sent = await socket.call("message.send", sealed | {"room": private})
        event = await other.event("message.created", room=private)
        assert event.payload["message_type"] == "sealed" and len(event.payload["content"]) == 32 * 1024
        assert event.payload["id"] == sent["id"]
        for content in ("s" * (32 * 1024 + 1), "é" * (16 * 1024 + 1)):
            longer = {"room": private, "content": content, "message_type": "sealed"}
            text = json.dumps(longer, ensure_ascii=False)
            assert await code_of(socket, "message.send", text) == "invalid_payload"
        for kind in ("image", "file"):
            payload = {"room": room, "content": "x", "message_type": kind}
            assert await code_of(socket, "message.send", payload) == "invalid_payload"
        # Clients may set text; what is left out is text too.
        await socket.call("message.send", {"room": room, "content": "x", "message_type": "text"})
        assert (await other.event("message.created", room=room)).payload["message_type"] == "text"


async def test_a_reply_names_a_message_of_the_same_room(embedded):
    ada = embedded.person("ada")
    room, elsewhere = await room_of(ada), await room_of(ada)
    async with ada.connect() as socket:
        first = await socket.call("message.send", {"room": room, "content": "question"})
        other = await socket.call("message.send", {"room": elsewhere, "content": "elsewhere"})
        await socket.event("message.created", room=room)
        sent = await socket.call("message.send", {"room": room, "content": "answer", "reply_to": first["id"]})
        event = await socket.event("message.created", room=room)
        assert event.payload["reply_to"] == first["id"]
        assert sent == {"id": event.payload["id"], "seq": 2, "timestamp": event.payload["timestamp"],
                        "nonce": event.payload["nonce"], "duplicate": False, "held_for": []}  # fmt: skip
        for id in (other["id"], 0, -1, MISSING):
            payload = {"room": room, "content": "answer", "reply_to": id}
            assert await code_of(socket, "message.send", payload) == "invalid_payload"
        await socket.call("message.delete", {"id": first["id"]})
        still = await socket.call("message.send", {"room": room, "content": "to what is gone", "reply_to": first["id"]})
        assert still["seq"] == 4


async def test_who_is_muted_reads_and_is_told_why_and_how_long(cluster):
    ada, bob = cluster.person("ada"), cluster.person("bob")
    room = await room_of(ada, bob)
    async with bob.connect(len(cluster.processes) - 1) as socket:
        sent = await socket.call("message.send", {"room": room, "content": "loud"})
        for minutes in (5, None):
            mute = {"username": bob.username, "kind": "mute", "reason": "Too loud."}
            mute |= {"minutes": minutes} if minutes else {}
            answer = ada.api().post(f"/rooms/{room}/restrictions", json=mute).raise_for_status().json()
            for type, payload in (
                ("message.send", {"room": room, "content": "louder"}),
                ("message.edit", {"id": sent["id"], "content": "louder"}),
            ):
                error = await error_of(socket, type, payload)
                assert error == {"code": "muted", "detail": error["detail"], "reason": "Too loud.",
                                 "until": answer["until"]}  # fmt: skip
                assert (error["until"] is None) == (minutes is None)
        assert (await socket.call("room.enter", {"room": room}))["room"]["id"] == room
        assert await socket.call("message.read", {"room": room, "seq": 1}) == {}
        ada.api().delete(f"/rooms/{room}/restrictions/{answer['id']}").raise_for_status()
        assert (await socket.call("message.send", {"room": room, "content": "softly"}))["seq"] == 2


@embedded_and_cluster
async def test_who_is_banned_is_out_and_told_why_and_who_was_kicked_may_come_back(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    last = len(world.processes) - 1
    async with bob.connect() as first, bob.connect(last) as second, ada.connect() as owner:
        kick = {"username": bob.username, "kind": "kick", "reason": "Take a walk."}
        ada.api().post(f"/rooms/{room}/restrictions", json=kick).raise_for_status()
        for socket in (first, second):
            removed = await socket.event("room.removed")
            assert removed.payload == {"room": room, "kind": "kick", "reason": "Take a walk.", "until": None}
            assert await code_of(socket, "message.send", {"room": room, "content": "x"}) == "not_participant"
        await owner.call("message.send", {"room": room, "content": "he does not hear this"})
        await first.call("room.join", {"room": room})
        for socket in (first, second):
            assert (await socket.event("room.added")).payload["id"] == room

        ban = {"username": bob.username, "kind": "ban", "reason": "Once too often.", "minutes": 60}
        until = ada.api().post(f"/rooms/{room}/restrictions", json=ban).raise_for_status().json()["until"]
        for socket in (first, second):
            removed = await socket.event("room.removed")
            assert removed.payload == {"room": room, "kind": "ban", "reason": "Once too often.", "until": until}
            error = await error_of(socket, "room.join", {"room": room})
            assert error == {"code": "banned", "detail": error["detail"], "reason": "Once too often.", "until": until}
            assert await code_of(socket, "message.send", {"room": room, "content": "x"}) in (
                "banned", "not_participant")  # fmt: skip
            assert await code_of(socket, "room.enter", {"room": room}) in ("banned", "not_participant")
        await owner.call("message.send", {"room": room, "content": "nor this"})
        await asyncio.sleep(0.3)
        for socket in (first, second):
            assert not [event for event in socket.events if event.type == "message.created"]


async def test_a_full_room_takes_nobody(embedded):
    ada, bob, cleo = embedded.person("ada"), embedded.person("bob"), embedded.person("cleo")
    room = await room_of(ada, bob, max_participants=2)
    async with cleo.connect() as socket, bob.connect() as inside:
        assert await code_of(socket, "room.join", {"room": room}) == "room_full"
        assert (await inside.call("room.join", {"room": room}))["psychic"]["username"] == bob.username
        await inside.call("room.leave", {"room": room})
        assert (await socket.call("room.join", {"room": room}))["role"] == "participant"
        assert await code_of(inside, "room.join", {"room": room}) == "room_full"


@embedded_and_cluster
async def test_twelve_joins_at_once_into_four_places_give_four(world):
    ada = world.person("ada")
    people = [world.person("guest") for _ in range(12)]
    room = await room_of(ada, max_participants=5)

    async def join(person, process):
        async with person.connect(process) as socket:
            reply = await reply_to(socket, "room.join", {"room": room})
            return reply["ok"] or reply["error"]["code"]

    joins = [join(person, number % len(world.processes)) for number, person in enumerate(people)]
    results = await asyncio.gather(*joins)
    assert sorted(results, key=str) == [True] * 4 + ["room_full"] * 8
    assert ada.api().get(f"/rooms/{room}").json()["participants"] == 5


@embedded_and_cluster
async def test_a_closed_room_opens_by_invitation(world):
    ada, bob, mallory = world.person("ada"), world.person("bob"), world.person("mallory")
    room = await room_of(ada, kind="closed")
    code = ada.api().post(f"/rooms/{room}/invitations", json={"max_uses": 1, "hours": 1}).json()["code"]
    async with bob.connect() as socket, mallory.connect() as other:
        for invitation in ("", "wrong", "\u0000", "%", code.swapcase(), code + "x", "c" * 5000):
            payload = {"room": room, "invitation": invitation}
            assert await error_bytes(socket, "room.join", payload) == NOT_FOUND, invitation[:9]
        assert await error_bytes(socket, "room.join", {"room": MISSING, "invitation": code}) == NOT_FOUND
        assert (await socket.call("room.join", {"room": room, "invitation": code}))["role"] == "participant"
        assert await error_bytes(other, "room.join", {"room": room, "invitation": code}) == NOT_FOUND


async def test_the_last_owner_hands_on_and_in_a_room_one_owner_is_left(embedded):
    ada, bob, cleo = embedded.person("ada"), embedded.person("bob"), embedded.person("cleo")
    room = await room_of(ada, bob, cleo)
    ada.api().patch(f"/rooms/{room}/participants/{cleo.username}", json={"role": "moderator"}).raise_for_status()
    async with ada.connect() as owner, cleo.connect() as heir:
        await owner.call("room.leave", {"room": room})
        left = await heir.event("participant.left", room=room)
        assert left.payload["psychic"]["username"] == ada.username
        updated = await heir.event("participant.updated", room=room)
        assert (updated.payload["psychic"]["username"], updated.payload["role"]) == (cleo.username, "owner")
        assert cleo.api().get(f"/rooms/{room}").json()["my_role"] == "owner"


async def test_a_nonce_is_for_one_message(embedded):
    """The rest of the rule, retries and restarts, stands in test_delivery.py."""
    ada = embedded.person("ada")
    room = await room_of(ada)
    nonce = str(uuid.uuid4())
    async with ada.connect() as socket:
        first = await socket.call("message.send", {"room": room, "content": "one", "nonce": nonce})
        assert first["nonce"] == nonce and first["duplicate"] is False
        assert await code_of(socket, "message.send", {"room": room, "content": "two", "nonce": nonce}) == "nonce_reused"
        again = await socket.call("message.send", {"room": room, "content": "one", "nonce": nonce.upper()})
        assert again == first | {"duplicate": True}
        made = await socket.call("message.send", {"room": room, "content": "without", "nonce": None})
        assert uuid.UUID(made["nonce"]) and made["nonce"] != nonce


async def test_everyones_room_has_no_way_out_and_no_voice(cluster):
    ada = cluster.person("ada")
    async with ada.connect() as socket:
        hello = await socket.hello
        [everyones] = [entry for entry in hello["rooms"] if entry["kind"] == "broadcast"]
        room = everyones["id"]
        assert everyones["role"] == "participant"
        assert (await socket.call("room.join", {"room": room}))["room"] == room
        assert await code_of(socket, "room.leave", {"room": room}) == "permission_denied"
        assert await code_of(socket, "message.send", {"room": room, "content": "hear me"}) == "permission_denied"
        assert await code_of(socket, "broadcast.send", {"content": "hear me"}) == "permission_denied"
        for rooms in ([room], [MISSING], [0], []):
            payload = {"content": "hear me", "rooms": rooms}
            assert await code_of(socket, "broadcast.send", payload) == "permission_denied"
        assert (await socket.call("room.enter", {"room": room}))["room"]["kind"] == "broadcast"


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
