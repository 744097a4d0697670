"""One message has the same bytes at every door, and one refusal the same words."""

import asyncio
import uuid

from mindnet.tests.support.checks import embedded_and_cluster, error_bytes, error_of, reply_to, room_of
from mindnet.tests.support.sockets import raw_field

TEXT = "<b>é</b> \u2028 🜁 \"quoted\" \\ / \t\n \x7f e\u0301 & 'x'"
FIELDS = [
    "id", "room", "seq", "changed_seq", "sender", "message_type", "content", "timestamp", "edited_at", "deleted",
    "reply_to", "attachments", "reactions", "nonce", "urgent", "mentions",
]  # fmt: skip


def history(person, room):
    """The texts of a room's messages as REST lists them."""
    text = person.api().get(f"/rooms/{room}/messages").raise_for_status().text
    count = len(person.api().get(f"/rooms/{room}/messages").json()["results"])
    return [raw_field(text, "results", number) for number in range(count)]


async def synced(socket, room, seq):
    reply = await reply_to(socket, "sync", {"rooms": {str(room): seq}})
    count = len(reply["payload"]["rooms"][str(room)]["messages"])
    return [raw_field(reply.text, "payload", "rooms", str(room), "messages", number) for number in range(count)]


async def test_a_message_has_the_same_bytes_at_every_door(world):
    ada, bob = world.person("ada"), world.person("bob")
    last = len(world.processes) - 1
    room = await room_of(ada, bob)
    nonce = str(uuid.uuid4())
    body = {"content": TEXT, "nonce": nonce, "urgent": True}
    async with bob.connect(last) as socket, ada.connect() as sender:
        posted = ada.api().post(f"/rooms/{room}/messages", json=body)
        assert posted.status_code == 201 and list(posted.json()) == FIELDS
        id = posted.json()["id"]
        event = await socket.event("message.created", room=room)
        assert event.payload_text == posted.text and set(event) == {"type", "room", "seq", "payload"}
        assert posted.text == history(bob, room)[0] == (await synced(socket, room, 0))[0]
        retried = ada.api(last).post(f"/rooms/{room}/messages", json=body)
        assert (retried.status_code, retried.text) == (200, posted.text)

        async def everywhere(reply_text, process=last):
            """The message as it is now: in the reply, in the event, in history, sync, search and the queue."""
            event = await socket.event("message.updated", room=room)
            texts = {reply_text, event.payload_text, history(bob, room)[0], (await synced(socket, room, 0))[0]}
            texts.add(ada.api(process).post(f"/rooms/{room}/messages", json=body).text)
            async with bob.connect(process) as fresh:
                queued = await fresh.event("message.updated", room=room)
                texts.add(queued.payload_text)
            assert len(texts) == 1, texts
            return reply_text

        reply = await reply_to(sender, "message.edit", {"id": id, "content": TEXT + " edited"})
        await everywhere(raw_field(reply.text, "payload"))
        found = bob.api().get("/messages/search", params={"q": "edited", "room": room})
        assert raw_field(found.raise_for_status().text, "results", 0) == history(bob, room)[0]
        edited = ada.api(last).patch(f"/messages/{id}", json={"content": "by REST\r\n"})
        await everywhere(edited.raise_for_status().text)
        reply = await reply_to(socket, "message.react", {"id": id, "emoji": "👁", "on": True})
        await everywhere(raw_field(reply.text, "payload"))
        reacted = ada.api().put(f"/messages/{id}/reactions/🔮")
        assert '"reactions":{"👁":[' in await everywhere(reacted.raise_for_status().text)
        reply = await reply_to(sender, "message.delete", {"id": id})
        assert '"content":""' in await everywhere(raw_field(reply.text, "payload"))

        # What was sent by socket reads the same by REST.
        sent = await sender.call("message.send", {"room": room, "content": TEXT, "reply_to": id})
        event = await socket.event("message.created", room=room)
        assert event.payload_text == history(ada, room)[1] == (await synced(socket, room, 6))[0]
        assert event.payload["id"] == sent["id"] and list(event.payload) == FIELDS


async def test_times_are_utc_with_their_microseconds(embedded):
    ada = embedded.person("ada")
    room = await room_of(ada)
    async with ada.connect() as socket:
        sent = await socket.call("message.send", {"room": room, "content": "when"})
        edited = await socket.call("message.edit", {"id": sent["id"], "content": "then"})
        for text in (sent["timestamp"], edited["timestamp"], edited["edited_at"]):
            assert text.endswith("Z") and "T" in text and len(text) in (20, 27), text
        assert edited["timestamp"] == sent["timestamp"] < edited["edited_at"]
        assert ada.api().get(f"/rooms/{room}").json()["created_at"].endswith("Z")


@embedded_and_cluster
async def test_one_refusal_has_the_same_words_at_both_doors(world):
    ada, bob, mallory = world.person("ada"), world.person("bob"), world.person("mallory")
    closed, garden = await room_of(ada, bob, kind="closed"), await room_of(ada, bob)
    full = await room_of(ada, max_participants=1)
    secret = ada.say(closed, "secret")["id"]
    said = ada.say(garden, "hello")["id"]
    mute = {"username": bob.username, "kind": "mute", "reason": "Too loud.", "minutes": 5}
    ada.api().post(f"/rooms/{garden}/restrictions", json=mute).raise_for_status()
    ban = {"username": mallory.username, "kind": "ban", "reason": "Known.", "minutes": 5}
    ada.api().post(f"/rooms/{garden}/restrictions", json=ban).raise_for_status()
    nonce = str(uuid.uuid4())
    ada.say(garden, "one", nonce=nonce)
    say = {"content": "x"}
    cases = [
        (mallory, "message.send", {"room": closed} | say, "POST", f"/rooms/{closed}/messages", say, 404),
        (mallory, "message.send", {"room": 999999999} | say, "POST", "/rooms/999999999/messages", say, 404),
        (mallory, "message.edit", {"id": secret} | say, "PATCH", f"/messages/{secret}", say, 404),
        (mallory, "message.delete", {"id": secret}, "DELETE", f"/messages/{secret}", None, 404),
        (mallory, "broadcast.ack", {"id": secret}, "POST", f"/messages/{secret}/ack", None, 404),
        (mallory, "room.join", {"room": closed}, "POST", f"/rooms/{closed}/join", {}, 404),
        (mallory, "room.join", {"room": full}, "POST", f"/rooms/{full}/join", {}, 409),
        (mallory, "room.join", {"room": garden}, "POST", f"/rooms/{garden}/join", {}, 403),
        (mallory, "message.send", {"room": garden} | say, "POST", f"/rooms/{garden}/messages", say, 403),
        (mallory, "message.edit", {"id": said} | say, "PATCH", f"/messages/{said}", say, 403),
        (mallory, "room.leave", {"room": garden}, "DELETE", f"/rooms/{garden}/leave", None, 403),
        (bob, "message.send", {"room": garden} | say, "POST", f"/rooms/{garden}/messages", say, 403),
        (bob, "broadcast.send", say, "POST", "/messages/broadcast", say, 403),
        (ada, "message.send", {"room": garden, "nonce": nonce} | say, "POST", f"/rooms/{garden}/messages",
         {"nonce": nonce} | say, 409),
    ]  # fmt: skip
    for person, type, payload, method, path, body, status in cases:
        async with person.connect() as socket:
            error = await error_bytes(socket, type, payload)
        options = {} if body is None else {"json": body}
        answer = await asyncio.to_thread(person.api().request, method, path, **options)
        if type == "broadcast.send":  # refused before the service is asked
            assert answer.json()["code"] == raw_field(error, "code").strip('"')
            continue
        assert (answer.status_code, answer.text) == (status, error), (type, path)


async def test_one_validation_has_the_same_sentence_at_both_doors(embedded):
    ada = embedded.person("ada")
    room = await room_of(ada)
    async with ada.connect() as socket:
        for body in (
            {"content": ""},
            {"content": "x" * 4001},
            {"content": "a\u0001b"},
            {"content": "x", "reply_to": 0},
            {"content": "x", "message_type": "image"},
            {"content": "x", "message_type": "sealed"},
        ):
            error = await error_of(socket, "message.send", {"room": room} | body)
            answer = ada.api().post(f"/rooms/{room}/messages", json=body)
            assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
            assert error["code"] == "invalid_payload"
            [(field, [sentence])] = answer.json()["errors"].items()
            assert error["detail"] == f"{field}: {sentence}"
