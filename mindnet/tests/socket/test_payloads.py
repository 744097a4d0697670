"""Payloads that no client of good will sends: each is refused with the documented error."""

import json

from mindnet.tests.support.checks import (
    code_of,
    embedded_and_cluster,
    error_of,
    reply_to,
    room_of,
    still_answers,
)

# One room stands for all: what is wrong here is wrong before anything is looked up.
REFUSED = [
    ("ping", '{"x": 1}'),
    ("ping", "null"),
    ("ping", "[]"),
    ("ping", '"x"'),
    ("ping", "1"),
    ("room.join", "{}"),
    ("room.join", '{"room": "1"}'),
    ("room.join", '{"room": 1.5}'),
    ("room.join", '{"room": true}'),
    ("room.join", '{"room": null}'),
    ("room.join", '{"room": [1]}'),
    ("room.join", '{"room": 1e999}'),
    ("room.join", '{"room": 1, "invitation": 5}'),
    ("room.join", '{"room": 1, "role": "owner"}'),
    ("room.leave", '{"room": 1, "psychic": 1}'),
    ("room.enter", "{}"),
    ("message.send", '{"room": 1}'),
    ("message.send", '{"content": "x"}'),
    ("message.send", '{"room": 1, "content": 5}'),
    ("message.send", '{"room": 1, "content": null}'),
    ("message.send", '{"room": 1, "content": ["x"]}'),
    ("message.send", '{"room": 1, "content": "x", "sender": 1}'),
    ("message.send", '{"room": 1, "content": "x", "seq": 1}'),
    ("message.send", '{"room": 1, "content": "x", "is_staff": true}'),
    ("message.send", '{"room": 1, "content": "x", "timestamp": "2026-01-01T00:00:00Z"}'),
    ("message.send", '{"room": 1, "content": "x", "message_type": "system"}'),
    ("message.send", '{"room": 1, "content": "x", "message_type": "broadcast"}'),
    ("message.send", '{"room": 1, "content": "x", "message_type": "Text"}'),
    ("message.send", '{"room": 1, "content": "x", "message_type": null}'),
    ("message.send", '{"room": 1, "content": "x", "nonce": "1"}'),
    ("message.send", '{"room": 1, "content": "x", "nonce": 7}'),
    ("message.send", '{"room": 1, "content": "x", "nonce": ""}'),
    ("message.send", '{"room": 1, "content": "x", "reply_to": "1"}'),
    ("message.send", '{"room": 1, "content": "x", "urgent": 1}'),
    ("message.send", '{"room": 1, "content": "x", "attachments": "a"}'),
    ("message.send", '{"room": 1, "content": "x", "attachments": ["a"]}'),
    ("message.edit", '{"id": 1}'),
    ("message.edit", '{"id": 1, "content": "x", "room": 1}'),
    ("message.delete", '{"id": "1"}'),
    ("message.react", '{"id": 1, "emoji": "👁"}'),
    ("message.react", '{"id": 1, "emoji": "👁", "on": "yes"}'),
    ("message.react", '{"id": 1, "emoji": "👁", "on": 1}'),
    ("message.delivered", '{"room": 1}'),
    ("message.delivered", '{"room": 1, "seq": "1"}'),
    ("message.delivered", '{"room": 1, "seq": -1}'),
    ("message.read", '{"room": 1, "seq": 1.5}'),
    ("message.read", '{"room": 1, "seq": null}'),
    ("sync", "{}"),
    ("sync", '{"rooms": []}'),
    ("sync", '{"rooms": {"x": 1}}'),
    ("sync", '{"rooms": {"": 1}}'),
    ("sync", '{"rooms": {"1.0": 1}}'),
    ("sync", '{"rooms": {"1": "1"}}'),
    ("sync", '{"rooms": {"1": -1}}'),
    ("sync", '{"rooms": {"1": null}}'),
    ("sync", json.dumps({"rooms": {"9" * 5000: 1}})),
    ("sync", json.dumps({"rooms": {str(n): 0 for n in range(1, 302)}})),
    ("typing", '{"room": 1}'),
    ("typing", '{"room": 1, "on": "true"}'),
    ("presence.set", "{}"),
    ("presence.set", '{"status": "offline"}'),
    ("presence.set", '{"status": "Online"}'),
    ("presence.set", '{"status": null}'),
    ("presence.set", '{"status": "online", "note": 5}'),
    ("presence.set", json.dumps({"status": "online", "note": "n" * 141})),
    ("presence.set", '{"status": "online", "note": "a\\u0000b"}'),
    ("presence.set", '{"status": "meditating", "until": "soon"}'),
    ("presence.set", '{"status": "meditating", "until": 5}'),
    ("presence.set", '{"status": "meditating", "until": "2020-01-01T00:00:00Z"}'),
    ("presence.set", '{"status": "meditating", "until": "9999-01-01T00:00:00Z"}'),
    ("presence.set", '{"status": "meditating", "until": "2030-01-01T00:00:00"}'),
    ("presence.set", '{"status": "meditating", "until": "0001-01-01T00:00:00+14:00"}'),
    ("presence.set", '{"status": "meditating", "until": "9999-12-31T23:59:59-14:00"}'),
    ("broadcast.send", "{}"),
    ("broadcast.send", '{"content": "x", "room": 1}'),
    ("broadcast.send", '{"content": "x", "rooms": "1"}'),
    ("broadcast.ack", "{}"),
    ("broadcast.ack", '{"id": null}'),
]


@embedded_and_cluster
async def test_payloads_of_the_wrong_shape_are_invalid(world):
    ada = world.person("ada")
    async with ada.connect() as socket:
        wrong = []
        for type, payload in REFUSED:
            reply = await reply_to(socket, type, payload)
            if reply["ok"] or reply["error"]["code"] != "invalid_payload" or len(reply["error"]["detail"]) > 500:
                wrong.append((type, payload[:100], reply.text[:200]))
        # Whether there is a room 1 does not matter: the shape is looked at first.
        assert wrong == []
        assert await socket.call("ping")
        assert [event.type for event in socket.events] == []
    await still_answers(world)


async def test_a_lone_surrogate_in_a_text_is_an_invalid_payload(embedded):
    """JSON.stringify makes it of half an emoji: the command is still one, and its sender waits for the reply."""
    ada = embedded.person("ada")
    room = await room_of(ada)
    async with ada.connect() as socket:
        for text in ("\\ud83d", "a\\udc00", "\\udc00\\ud800", "\\ud83dx"):
            for type, payload in (
                ("message.send", f'{{"room": {room}, "content": "{text}"}}'),
                ("presence.set", f'{{"status": "online", "note": "{text}"}}'),
            ):
                assert await code_of(socket, type, payload) == "invalid_payload"
        assert await socket.call("message.send", {"room": room, "content": "\U0001f441"})  # a whole pair


@embedded_and_cluster
async def test_huge_numbers_name_nothing(world):
    ada = world.person("ada")
    room = await room_of(ada)
    huge = [2**63, 2**64, 2**64 + 1, 10**30, -(10**30)]
    async with ada.connect() as socket:
        for number in huge:
            for type, payload in (
                ("room.join", {"room": number}),
                ("room.leave", {"room": number}),
                ("room.enter", {"room": number}),
                ("message.send", {"room": number, "content": "x"}),
                ("message.edit", {"id": number, "content": "x"}),
                ("message.delete", {"id": number}),
                ("message.react", {"id": number, "emoji": "👁", "on": True}),
                ("message.delivered", {"room": number, "seq": 1}),
                ("message.read", {"room": number, "seq": 1}),
                ("typing", {"room": number, "on": True}),
                ("broadcast.ack", {"id": number}),
            ):
                assert await code_of(socket, type, payload) == "not_found", (type, number)
            assert await code_of(socket, "message.send", {"room": room, "content": "x", "reply_to": number}) == (
                "invalid_payload"
            )
        assert await code_of(socket, "sync", {"rooms": {str(10**30): 1}}) == "not_found"
        assert (await socket.call("sync", {"rooms": {str(room): 10**30}}))["rooms"][str(room)]["reset"] is True
        await socket.call("message.send", {"room": room, "content": "x"})
        for number in (2**63, 10**30):
            reply = await reply_to(socket, "message.read", {"room": room, "seq": number})
            assert reply["ok"] or reply["error"]["code"] == "invalid_payload"
        # More digits than Python turns into a number, and a number written as a float.
        for text in ("9" * 5000, "1e30", "1e999", "1.0e0", "-0"):
            error = await error_of(socket, "room.enter", f'{{"room": {text}}}')
            assert error["code"] in ("invalid_payload", "not_found"), text
        assert await socket.call("ping")
    await still_answers(world)


async def test_of_duplicate_keys_one_counts_and_nothing_breaks(embedded):
    ada = embedded.person("ada")
    room = await room_of(ada)
    async with ada.connect() as socket:
        text = f'{{"room": 0, "content": "first", "content": "second", "room": {room}}}'
        reply = await reply_to(socket, "message.send", text)
        assert reply["ok"] or reply["error"]["code"] == "invalid_payload"
        if reply["ok"]:
            assert (await socket.event("message.created", room=room)).payload["content"] == "second"
        assert await socket.call("ping")
