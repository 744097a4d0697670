"""Whatever Ada does while she is invisible, everything that Bob and Mallory can see stays as it is, byte for byte."""

import asyncio
import re

from mindnet.tests.support.checks import private_room, room_of
from mindnet.tests.support.people import PASSWORD

# What differs from page to page without saying anything: nonces, CSRF tokens, how long ago something is.
CHANCE = re.compile(r'nonce="[^"]*"|name="nonce" value="[^"]*"|value="[A-Za-z0-9]{64}"|>[^<]*</time>')
SETTLED_SECONDS = 2.5  # a second of grace, the sweep, a second of gathering


def sign_in_to_pages(person, process):
    browser = person.world.open_client(process=process, follow_redirects=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get("/accounts/login/").text)[1]
    form = {"login": person.username, "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = browser.post("/accounts/login/", data=form, headers={"Referer": str(browser.base_url)})
    assert answer.status_code == 200 and "Lobby" in answer.text
    return browser


class Watcher:
    """Somebody who looks at everything there is to see of Ada, again and again."""

    def __init__(self, person, ada, rooms, messages, process):
        self.api, self.pages = person.api(process), sign_in_to_pages(person, process)
        name = ada.username
        self.paths = ["/presence/online?limit=100", "/rooms?limit=100", f"/psychics/{name}", "/psychics?limit=100"]
        self.paths += [f"/messages/search?q=hear&from={name}", f"/messages/search?q=hear&from={person.username}"]
        parts = ("", "/participants?limit=100", "/messages")
        self.paths += [f"/rooms/{room}{part}" for room in rooms for part in parts]
        self.paths += [f"/messages/{id}/journey" for id in messages]
        self.shown = ["/", "/people", f"/psychic/{name}", *(f"/room/{room}" for room in rooms)]

    def sees(self):
        seen = {path: self.api.get(path).text for path in self.paths}
        return seen | {path: CHANCE.sub("", self.pages.get(path).text) for path in self.shown}


async def both_see(watchers):
    return [await asyncio.to_thread(watcher.sees) for watcher in watchers]


def assert_same(before, after):
    for one, other in zip(before, after, strict=True):
        changed = {path: first_difference(one[path], text) for path, text in other.items() if text != one[path]}
        assert not changed, changed


def first_difference(before, after):
    """What stands there before and after, with some of what is around it."""
    at = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    return before[max(0, at - 150) : at + 100], after[max(0, at - 150) : at + 100]


async def act_in(socket, room, seq):
    """What a page does in a room, and more of it."""
    await socket.call("room.enter", {"room": room})
    await socket.call("typing", {"room": room, "on": True})
    await socket.call("message.delivered", {"room": room, "seq": max(1, seq - 1)})
    await socket.call("message.read", {"room": room, "seq": seq})
    await socket.call("typing", {"room": room, "on": False})
    await socket.call("sync", {"rooms": {str(room): 0}})


def is_last_of(person):
    """Whether an event tells that this person is offline."""

    def matches(event):
        return any((one["id"], one["status"]) == (person.id, "offline") for one in event.payload["changes"])

    return matches


def heard(*sockets):
    """What came since they were asked last."""
    return [event.text for socket in sockets for event in socket.taken()]


async def test_nothing_tells_that_an_invisible_psychic_is_here(make_world):
    world = make_world("cluster", MINDNET_OFFLINE_GRACE_SECONDS="1")
    ada, bob, mallory = world.person("ada"), world.person("bob"), world.person("mallory")
    world.grant(bob, "messaging.broadcast")
    room, private = await room_of(bob, ada), private_room(bob, ada)
    garden = await room_of(bob)
    async with bob.connect(0) as watching, bob.connect(1) as linked, mallory.connect(1) as stranger:
        everyones = next(e["id"] for e in (await watching.hello)["rooms"] if e["kind"] == "broadcast")
        sent = [bob.say(number, f"do you hear me {turn}?")["id"] for number in (room, private) for turn in range(3)]
        for _ in range(2):
            told = bob.api().post("/messages/broadcast", json={"content": "hear, hear"}).raise_for_status().json()
        sent.append(told["messages"][0]["id"])
        rooms = [room, private, everyones]
        watchers = [Watcher(bob, ada, [*rooms, garden], sent, 0), Watcher(mallory, ada, [everyones, garden], [], 1)]
        await watching.call("room.enter", {"room": room})
        await linked.call("room.enter", {"room": private})
        await stranger.call("room.enter", {"room": everyones})

        async with ada.connect(0) as hidden:
            await hidden.call("presence.set", {"status": "away", "note": "soon gone"})
            await hidden.call("message.delivered", {"room": room, "seq": 1})
            await hidden.call("presence.set", {"status": "invisible"})
            for socket, number in ((watching, room), (linked, private), (stranger, everyones)):
                await socket.event("presence.changed", room=number, where=is_last_of(ada), timeout=15)
            await asyncio.sleep(SETTLED_SECONDS)
            before = await both_see(watchers)
            assert '"status":"offline","note":""' in before[0][f"/psychics/{ada.username}"]
            assert ada.username not in before[0]["/presence/online?limit=100"]
            for socket in (watching, linked, stranger):
                socket.taken()

            # She comes on a second device, reads everything, types, goes; and once more.
            for _ in range(2):
                async with ada.connect(1) as again:
                    for socket in (hidden, again):
                        for number in rooms:
                            await act_in(socket, number, 3)
                    await again.call("presence.set", {"status": "invisible", "note": "still here"})
                    ada.api(1).patch("/presence/me", json={"note": "and here"}).raise_for_status()
            await asyncio.sleep(SETTLED_SECONDS)
            assert heard(watching, linked, stranger) == []
            assert_same(before, await both_see(watchers))
            entered = await linked.call("room.enter", {"room": private})
            assert entered["typing"] == []
            reply = await watching.call("message.send", {"room": private, "content": "are you here?", "urgent": True})
            assert reply["held_for"] == []
            await hidden.event("message.created", room=private, where=lambda e: e.payload["id"] == reply["id"])

            # Joining is seen, as that of somebody who is not here: like everything else that she does openly.
            await hidden.call("room.join", {"room": garden})
            joined = (await watching.event("participant.joined", room=garden)).payload
            last_online = ada.api().get("/presence/me").json()["last_online"]
            assert joined["psychic"] == {
                "id": ada.id, "username": ada.username, "status": "offline", "note": "", "until": None,
                "last_online": last_online,
            }  # fmt: skip
            bob_says = bob.say(garden, "welcome")
            await act_in(hidden, garden, bob_says["seq"])
            [row] = [row for row in watchers[0].api.get(f"/rooms/{garden}/participants").json()["results"]
                     if row["psychic"]["id"] == ada.id]  # fmt: skip
            assert (row["delivered_seq"], row["read_seq"]) == (0, 0)
            assert await asyncio.to_thread(journey, bob, bob_says["id"]) == (0, 0)
            before = await both_see(watchers)
            for socket in (watching, linked, stranger):
                socket.taken()

        # Gone, and no longer invisible, without ever having been seen.
        await asyncio.sleep(SETTLED_SECONDS)
        ada.api().patch("/presence/me", json={"status": "online", "note": ""}).raise_for_status()
        await asyncio.sleep(SETTLED_SECONDS)
        assert heard(watching, linked, stranger) == []
        assert_same(before, await both_see(watchers))

        # Only when she is seen again her watermarks are, too.
        async with ada.connect(1):
            change = await watching.event("presence.changed", room=room)
            assert [c["status"] for c in change.payload["changes"] if c["id"] == ada.id] == ["online"]
            assert await asyncio.to_thread(journey, bob, bob_says["id"]) == (1, 1)
            everyone = watchers[1].api.get(f"/rooms/{everyones}/participants?limit=100").json()["results"]
            assert [row["read_seq"] for row in everyone if row["psychic"]["id"] == ada.id] == [2]


def journey(person, message_id):
    answer = person.api().get(f"/messages/{message_id}/journey").raise_for_status().json()
    return answer["delivered"], answer["read"]
