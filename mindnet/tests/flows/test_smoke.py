"""Two people talk, in every world, over real sockets and servers."""

import json

from mindnet.tests.support.sockets import raw_field


async def test_two_people_exchange_messages(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = ada.create_room()["id"]
    bob.join(room)
    async with ada.connect() as from_ada, bob.connect(process=len(world.processes) - 1) as from_bob:
        assert (await from_ada.hello)["psychic"]["username"] == ada.username
        assert room in [entry["id"] for entry in (await from_bob.hello)["rooms"]]

        sent = await from_ada.call("message.send", {"room": room, "content": "Can you hear me? ✨"})
        heard = await from_bob.event("message.created", room=room)
        assert (heard.payload["id"], heard.seq) == (sent["id"], sent["seq"])
        assert heard.payload["content"] == "Can you hear me? ✨"
        assert heard.payload["sender"] == {"id": ada.id, "username": ada.username}

        answer = bob.say(room, "I can.")
        mine, other = [await socket.event("message.created", where=by(bob)) for socket in (from_ada, from_bob)]
        assert mine.payload["id"] == answer["id"]
        assert mine.text == other.text
        from_ada.assert_gap_free(room)
        from_bob.assert_gap_free(room)


async def test_a_message_has_the_same_bytes_on_both_doors(world):
    ada = world.person("ada")
    room = ada.create_room()["id"]
    async with ada.connect(process=len(world.processes) - 1) as socket:
        created = ada.api().post(f"/rooms/{room}/messages", json={"content": "naïve “quotes” </b> \u2028 🜁"})
        event = await socket.event("message.created", room=room)
        listed = ada.api().get(f"/rooms/{room}/messages")
        assert event.payload_text == created.text == raw_field(listed.text, "results", 0)
        assert json.loads(created.text)["content"] == "naïve “quotes” </b> \u2028 🜁"


async def test_who_was_away_has_missed_nothing(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = ada.create_room()["id"]
    bob.join(room)
    said = [ada.say(room, f"thought {number}")["id"] for number in range(5)]
    async with bob.connect() as socket:
        heard = [(await socket.event("message.created", room=room)).payload["id"] for _ in said]
        assert heard == said


async def test_an_outsider_sees_nothing(world):
    ada, mallory = world.person("ada"), world.person("mallory")
    room = ada.create_room(kind="closed")["id"]
    ada.say(room, "between us")
    async with ada.connect() as from_ada, mallory.connect() as from_mallory:
        await from_ada.call("message.send", {"room": room, "content": "still between us"})
        await from_ada.event("message.created", where=by(ada))
        await from_mallory.quiet()
        hidden = mallory.api().get(f"/rooms/{room}/messages")
        missing = mallory.api().get("/rooms/999999999/messages")
        assert (hidden.status_code, hidden.content) == (404, missing.content)


def test_an_administrator_exists_and_may_more_than_others(world):
    ada = world.person("ada")
    assert ada.api().get("/analytics/connections").status_code == 403
    assert world.admin.api().get("/analytics/connections").status_code == 200
    world.grant(ada, "analytics.view")
    assert ada.api().get("/analytics/connections").status_code == 200


def by(person):
    return lambda event: event.payload["sender"]["username"] == person.username
