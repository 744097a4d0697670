"""A canary in a text, in a file's name and in a file, said plainly and sealed: where of a cluster it is found again."""

import asyncio
import contextlib

import pytest
import sealed_client
from PIL.PngImagePlugin import PngInfo
from sealed_server import Server

from mindnet.tests.support.canaries import (
    Canary,
    RedisTraffic,
    admin_pages,
    journal_now,
    journal_since,
    redis_values,
    tables_with,
)
from mindnet.tests.support.checks import room_of
from mindnet.tests.support.logins import sign_in
from mindnet.tests.support.people import PASSWORD
from presence.tests import images

# Of a room and of a message in it, to whoever may read them. {q} is a word that is looked for.
REST = [
    "/rooms", "/rooms/{room}", "/rooms/{room}/messages", "/rooms/{room}/attachments", "/rooms/{room}/log",
    "/messages/search?q={q}", "/mentions", "/reports", "/messages/{id}", "/messages/{id}/versions",
    "/messages/{id}/journey",
]  # fmt: skip
PAGES = [
    "/", "/room/{room}", "/room/{room}/files", "/missed", "/report/mine", "/room/{room}/message/{id}",
    "/room/{room}/message/{id}/versions", "/report?message={id}",
]  # fmt: skip
# What has a word of its own: a text, a correction, a file's name, what is in it, a picture's name.
WHAT = ("text", "edited", "name", "inside", "picture")
# Where what is said in the open is found. No log and no figure has it, and nobody hears of it who is not there.
IN_THE_OPEN = {
    "database", "journal", "Redis", "Bob's sockets", "Cleo's sockets", "REST as ada", "REST as bob", "pages", "admin",
}  # fmt: skip
IN_A_FILE = {"uploads", "REST as ada", "REST as bob"}


class Canaries:
    """One for each thing that can be said; the files to be sent lie in a folder."""

    def __init__(self, folder):
        self.text, self.edited, self.name, self.inside, self.picture = (Canary() for _ in WHAT)
        folder.mkdir()
        self.letter = folder / f"{self.name.word}.txt"
        self.letter.write_text(f"The word is {self.inside.word}.")
        self.aura = folder / f"{self.picture.word}.png"
        about = PngInfo()
        about.add_text("Comment", self.inside.word)
        self.aura.write_bytes(images.picture(pnginfo=about))

    def found(self, places):
        """By what was said, the places that have it."""
        return {what: places.having(getattr(self, what)) for what in WHAT}


class Plainly:
    """Ada in an ordinary room with Bob and Cleo."""

    def __init__(self, ada, room):
        self.ada, self.room = ada, room

    def say(self, canaries):
        self.ada.say(self.room, f"I say {canaries.text.word}")
        self.edited = self.ada.say(self.room, "Not what I mean")["id"]
        changed = self.ada.api().patch(f"/messages/{self.edited}", json={"content": f"But {canaries.edited.word}"})
        assert changed.status_code == 200, changed.text
        for path in (canaries.letter, canaries.aura):
            files = {"file": (path.name, path.read_bytes())}
            stored = self.ada.api().post(f"/rooms/{self.room}/attachments", files=files).raise_for_status().json()
            self.last = self.ada.say(self.room, "", message_type="file", attachments=[stored["id"]])["id"]


class Sealed:
    """The same in her mind-link with Bob, by a client that knows the format."""

    def __init__(self, conversation):
        self.conversation, self.room = conversation, conversation.room

    def say(self, canaries):
        self.do(f"I say {canaries.text.word}")
        message = self.do("Not what I mean")
        self.edited = message["id"]
        self.conversation.command(f"/edit {message['seq']} But {canaries.edited.word}")
        self.do(f"/file {canaries.letter}")
        message = self.do(f"/file {canaries.aura}")
        self.last = message["id"]
        self.conversation.command(f"/react {message['seq']} 👁")

    def do(self, line):
        message = self.conversation.command(line)
        self.conversation.show(message)
        return message


class Places:
    """Where something may have been left: a name, and what was there to be read."""

    def __init__(self, world):
        self.world = world
        self.whole = {}

    def take(self, name, *parts):
        whole = b"\n".join(part if isinstance(part, bytes) else part.encode() for part in parts)
        self.whole[name] = self.whole.get(name, b"") + whole

    def having(self, canary):
        found = {name for name, whole in self.whole.items() if canary.is_in(whole)}
        return found | ({"database"} if tables_with(canary, self.world.database_url) else set())

    def take_folder(self):
        """What the servers have written: uploads, and their logs."""
        for path in self.world.folder.rglob("*"):
            if path.is_file() and "static" not in path.parts:
                self.take("uploads" if "uploads" in path.parts else "log", path.read_bytes())

    def take_metrics(self):
        for process in range(len(self.world.processes)):
            self.take("metrics", self.world.open_client(process=process).get("/metrics").raise_for_status().text)

    def take_rest(self, person, side, canaries):
        client = person.api()
        addresses = [path.format(room=side.room, id=side.edited, q=canaries.text.word) for path in REST]
        answers = [client.get(address) for address in addresses]
        for one in client.get(f"/rooms/{side.room}/attachments").raise_for_status().json()["results"]:
            answers += [client.get(url) for url in (one["url"], one["thumbnail_url"]) if url]
        self.take(f"REST as {person.username.partition('-')[0]}", *contents(answers))

    def take_pages(self, person, side):
        client = self.world.open_client(headers={"Cookie": sign_in(self.world, person)})
        answers = [client.get(path.format(room=side.room, id=id)) for path in PAGES for id in (side.edited, side.last)]
        self.take("pages", *contents(answers))

    def take_admin(self, *sides):
        client = self.world.open_client(headers={"Cookie": sign_in(self.world, self.world.admin)})
        messages = [f"/admin/messaging/message/{id}/change/" for side in sides for id in (side.edited, side.last)]
        self.take("admin", *admin_pages(client, *messages, *(f"/admin/rooms/room/{one.room}/change/" for one in sides)))


def contents(answers):
    # How far a message has come is not for every reader of it.
    assert {answer.status_code for answer in answers} <= {200, 403}, [f"{one.status_code} {one.url}" for one in answers]
    return [answer.content for answer in answers]


@pytest.fixture
def talkers(cluster, tmp_path, monkeypatch):
    """Ada, Bob and Cleo, and Ada's side of a mind-link with Bob, in which both have a device."""
    monkeypatch.setenv("MINDNET_PASSWORD", PASSWORD)
    ada, bob, cleo = (cluster.person(name) for name in ("ada", "bob", "cleo"))
    words = {
        one: [cluster.url, "--user", one.username, "--plain", "--keys", str(tmp_path / one.username)]
        for one in (ada, bob)
    }
    for own in words.values():
        sealed_client.main([*own, "setup"])
    arguments = sealed_client.parser().parse_args([*words[ada], "talk", bob.username])
    keys = sealed_client.opened_keys(arguments)
    with Server(arguments.url, keys.token) as server:
        yield ada, bob, cleo, sealed_client.Client(arguments, keys, server).conversation()


async def test_what_is_sealed_is_nowhere_to_be_found(cluster, talkers, tmp_path):
    ada, bob, cleo, conversation = talkers
    plainly, sealed = Plainly(ada, await room_of(ada, bob, cleo)), Sealed(conversation)
    said, hidden = Canaries(tmp_path / "said"), Canaries(tmp_path / "hidden")
    places, began = Places(cluster), journal_now(cluster.database_url)
    listeners = {"Bob's sockets": bob, "Cleo's sockets": cleo, "sockets of staff": cluster.admin}
    with RedisTraffic(cluster.redis_url) as traffic:
        async with contextlib.AsyncExitStack() as stack:
            sockets = [
                (name, await stack.enter_async_context(one.connect(process)))
                for name, one in listeners.items()
                for process in range(len(cluster.processes))
            ]
            for side, canaries in ((plainly, said), (sealed, hidden)):
                await asyncio.to_thread(side.say, canaries)
            await sockets[0][1].event("message.updated", where=lambda event: event.payload["id"] == sealed.last)
            for side in (plainly, sealed):
                bob.api().post("/reports", json={"message": side.edited, "reason": "Look at it"}).raise_for_status()
        for name, socket in sockets:
            places.take(name, *(line.text for line in socket.lines))
    places.take("Redis", *traffic.texts, *redis_values(cluster.redis_url))
    places.take("journal", journal_since(began, cluster.database_url))
    places.take_folder()
    places.take_metrics()
    for side, canaries in ((plainly, said), (sealed, hidden)):
        for person in (ada, bob):
            places.take_rest(person, side, canaries)
        places.take_pages(bob, side)
    places.take_admin(plainly, sealed)

    assert all(places.whole.values())
    assert said.found(places) == {name: IN_A_FILE if name == "inside" else IN_THE_OPEN for name in WHAT}
    assert hidden.found(places) == {name: set() for name in WHAT}
