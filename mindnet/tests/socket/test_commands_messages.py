"""Commands about messages: what may stand in one, who may change it, and every refusal."""

import json
import uuid

from mindnet.tests.support.checks import (
    code_of,
    embedded_and_cluster,
    error_of,
    private_room,
    room_of,
)
from mindnet.tests.support.sealed import Keys, Mind, envelope
from presence.models import Psychic

MISSING = 999_999_999


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
        for text in [
            "",
            "\r\n" * 0,
            "x" * 4001,
            "🜁" * 4001,
            "\r",
            "a\rb",
            "\r\r\n",
            "\0",
            "nul\0nul",
            " \t\n ",
            "\u200b\u2060",
        ] + [f"c0 {chr(code)}" for code in range(32) if chr(code) not in "\t\n"]:
            assert await code_of(socket, "message.send", {"room": room, "content": text}) == "invalid_payload", text[:9]
            assert await code_of(socket, "message.edit", {"id": sent["id"], "content": text}) == "invalid_payload"
        edited = await socket.call("message.edit", {"id": sent["id"], "content": "a\r\nb"})
        assert edited["content"] == "a\nb"
        await socket.event("message.updated", room=room)
        await socket.quiet(0.2, type="message.created")


def far_mind(person):
    """Somebody with a device, by REST."""
    mind = Mind(Psychic(pk=person.id))
    device = Keys(mind.psychic)
    entry = mind.entry("root", device, device)
    person.api().post("/devices", json=device.offer | {"entry": entry}).raise_for_status()
    mind.keep(entry, came=device)
    return mind


def as_json(sealed):
    return sealed | {"nonce": str(sealed["nonce"])}


async def test_who_seals_for_other_devices_is_told_those_of_now(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    private = private_room(ada, bob)
    async with ada.connect() as socket:
        minds = [far_mind(ada)]
        event = await socket.event("devices.changed")
        assert event.payload == {"psychic": {"id": ada.id, "username": ada.username}, "head": minds[0].head}
        await socket.call("message.send", {"room": private, "content": "plainly"})
        minds.append(far_mind(bob))
        assert (await socket.event("devices.changed")).payload["head"] == minds[1].head
        sealed = as_json(envelope(private, *minds, to=minds[0].live)) | {"room": private}
        error = await error_of(socket, "message.send", sealed)
        assert error["code"] == "device_list_changed"
        assert error["lists"] == [bob.api().get(f"/psychics/{one.username}/devices").json() for one in (ada, bob)]
        assert await code_of(socket, "message.send", {"room": private, "content": "plainly"}) == "sealed_required"
        again = as_json(envelope(private, *minds, nonce=uuid.UUID(sealed["nonce"])))
        await socket.call("message.send", again | {"room": private})


async def test_sealed_messages_belong_into_a_private_room_and_may_be_longer(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room, private = await room_of(ada, bob), private_room(ada, bob)
    async with ada.connect() as socket, bob.connect() as other:
        minds = [far_mind(ada), far_mind(bob)]
        sealed = as_json(envelope(private, *minds))
        sealed["content"] += " " * (32 * 1024 - len(sealed["content"]))
        assert await code_of(socket, "message.send", sealed | {"room": room}) == "invalid_payload"
        elsewhere = as_json(envelope(room, *minds))
        assert await code_of(socket, "message.send", elsewhere | {"room": room}) == "invalid_payload"
        sent = await socket.call("message.send", sealed | {"room": private})
        event = await other.event("message.created", room=private)
        assert event.payload["message_type"] == "sealed" and event.payload["content"] == sealed["content"]
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
