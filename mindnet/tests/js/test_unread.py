"""What a page counts as unread, and what `hello` says: the same, whatever has happened."""

import asyncio
import contextlib
import json
import random
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from mindnet.tests.support import tools
from mindnet.tests.support.fixtures import need

READER = Path(__file__).with_name("reader.mjs")
NAMES = "last_seq", "read_seq", "unread", "mentions", "unread_from"
STEPS = 40


class Reader:
    """Bob's page, in Node; `reader.mjs`."""

    def __init__(self, process):
        self.process = process

    async def do(self, deed, argument=True):
        self.process.stdin.write(json.dumps({deed: argument}).encode() + b"\n")
        line = await asyncio.wait_for(self.process.stdout.readline(), 20)
        assert line, (await self.process.stderr.read()).decode()
        return {int(room): entry for room, entry in json.loads(line).items()}


@contextlib.asynccontextmanager
async def open_page(world, person, room):
    node = need(lambda: tools.find("node"))
    command = [node.path, "--experimental-websocket", READER, world.url, person.token, str(room)]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield Reader(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def told(person):
    """What `hello` says of each room."""
    async with person.connect() as socket:
        hello = await socket.hello
    return {entry["id"]: {name: entry[name] for name in NAMES} for entry in hello["rooms"]}


async def agree(page, person, within=15):
    """Waits until the page knows what the server would say now."""
    for _ in range(within * 5):
        server, seen = await told(person), await page.do("report")
        if seen == server:
            return server
        await asyncio.sleep(0.2)
    raise AssertionError(f"the page counts {seen}, the server {server}")


class History:
    """Something happens in two rooms, of which Bob's page has one open."""

    def __init__(self, seed, ada, bob, rooms, page, phone):
        self.random = random.Random(seed)
        self.ada, self.bob, self.rooms = ada, bob, rooms
        self.page, self.phone = page, phone
        self.messages = {room: [] for room in rooms}
        self.is_meditating = False

    async def step(self):
        deed = self.random.choice(
            [self.say] * 6
            + [self.delete, self.edit, self.react] * 3
            + [self.read_here, self.read_on_the_phone, self.mark, self.unmark, self.drop, self.meditate]
        )
        await deed(self.random.choice(self.rooms))

    async def say(self, room):
        for _ in range(self.random.choice([1, 1, 1, 12])):
            who = self.random.choice([self.ada, self.ada, self.bob])
            self.messages[room].append((who, who.say(room, self.words())["id"]))

    def words(self):
        return f"a thought {self.random.random()}{self.random.choice([f' for @{self.bob.username}', ''])}"

    async def change(self, room, path, method, **options):
        if self.messages[room]:
            who, number = self.random.choice(self.messages[room])
            answer = who.api().request(method, f"/messages/{number}{path}", **options)
            assert answer.status_code in (200, 204, 409), answer.text  # 409: it was deleted

    async def delete(self, room):
        await self.change(room, "", "DELETE")

    async def edit(self, room):
        await self.change(room, "", "PATCH", json={"content": self.words()})

    async def react(self, room):
        await self.change(room, "/reactions/👁", self.random.choice(["PUT", "DELETE"]))

    def somewhere(self, room):
        head = self.ada.api().get(f"/rooms/{room}").raise_for_status().json()["last_seq"]
        return self.random.choice([head, self.random.randint(0, head)])

    async def read_here(self, room):
        if not self.is_meditating:
            await self.page.do("read", {"room": room, "seq": self.somewhere(room)})

    async def read_on_the_phone(self, room):
        await self.phone.call("message.read", {"room": room, "seq": self.somewhere(room)})

    async def mark(self, room):
        seq = self.somewhere(room)
        answer = self.bob.api().put(f"/rooms/{room}/unread", json={"seq": seq})
        assert answer.status_code == (204 if seq else 400), answer.text

    async def unmark(self, room):
        self.bob.api().delete(f"/rooms/{room}/unread").raise_for_status()

    async def drop(self, _):
        await self.page.do("drop")

    async def meditate(self, _):
        if self.is_meditating:
            await self.bell()
        else:
            await self.page.do("meditate")
            self.is_meditating = True

    async def bell(self):
        if self.is_meditating:
            self.bob.api().patch("/presence/me", json={"status": "online"}).raise_for_status()
            self.is_meditating = False


def meet(world):
    ada, bob = world.person("ada"), world.person("bob")
    rooms = [ada.create_room()["id"] for _ in range(2)]
    for room in rooms:
        bob.join(room)
    return ada, bob, rooms


@pytest.mark.parametrize("seed", range(2))
async def test_the_page_counts_what_hello_says(embedded, seed):
    ada, bob, rooms = meet(embedded)
    async with bob.connect() as phone, open_page(embedded, bob, rooms[0]) as page:
        await agree(page, bob)
        history = History(seed, ada, bob, rooms, page, phone)
        for number in range(STEPS):
            await history.step()
            if number % 8 == 7:
                await history.bell()
                await agree(page, bob)


async def test_what_was_held_during_meditation_is_counted_at_the_bell_whatever_became_of_it(embedded):
    ada, bob, rooms = meet(embedded)
    async with open_page(embedded, bob, rooms[0]) as page:
        await agree(page, bob)
        await page.do("meditate")
        for room in rooms:
            said = [ada.say(room, f"held {number}")["id"] for number in range(12)]
            ada.api().patch(f"/messages/{said[3]}", json={"content": "corrected"}).raise_for_status()
            ada.api().delete(f"/messages/{said[5]}").raise_for_status()
            ada.api().put(f"/messages/{said[7]}/reactions/👁").raise_for_status()
        bob.api().patch("/presence/me", json={"status": "online"}).raise_for_status()
        assert [entry["unread"] for entry in (await agree(page, bob)).values() if entry["last_seq"]] == [11, 11]


async def test_a_queue_longer_than_what_is_pushed_is_counted(embedded):
    ada, bob, rooms = meet(embedded)
    for room in rooms:
        for number in range(120):
            ada.say(room, f"thought {number}")
    async with bob.connect() as phone, open_page(embedded, bob, rooms[0]) as page:
        await agree(page, bob)
        for room in rooms:
            await phone.call("message.read", {"room": room, "seq": 50})
        assert {(await agree(page, bob))[room]["unread"] for room in rooms} == {70}


async def test_a_deletion_is_counted_once(embedded):
    ada, bob, rooms = meet(embedded)
    async with open_page(embedded, bob, rooms[0]) as page:
        await agree(page, bob)
        for room in rooms:
            said = [ada.say(room, f"thought {number}")["id"] for number in range(3)]
            ada.api().delete(f"/messages/{said[1]}").raise_for_status()
        assert {(await agree(page, bob))[room]["unread"] for room in rooms} == {2}


async def test_reading_on_the_phone_below_reactions_takes_nothing_else_along(embedded):
    ada, bob, rooms = meet(embedded)
    async with bob.connect() as phone, open_page(embedded, bob, rooms[0]) as page:
        await agree(page, bob)
        for room in rooms:
            said = [ada.say(room, f"thought {number}")["id"] for number in range(5)]
            for emoji in "👁🌙⭐":
                ada.api().put(f"/messages/{said[0]}/reactions/{emoji}").raise_for_status()
            await phone.call("message.read", {"room": room, "seq": 5})
        assert {(await agree(page, bob))[room]["unread"] for room in rooms} == {0}
