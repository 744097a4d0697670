"""What a process believes of those who meditate or hide, whatever order it hears things in."""

import asyncio
import json
import uuid

import pytest

from messaging import sync
from mindnet.realtime.connection import Connection
from mindnet.realtime.hub import Hub
from presence.models import Psychic

pytestmark = pytest.mark.once
ROOM = 12


class Database:
    """Answers with what it read when it was asked, as late as it is told to."""

    def __init__(self):
        self.chosen, self.urgent = {}, []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def choices(self, psychic_ids):
        answer = dict(self.chosen), list(self.urgent)
        await self.may_answer.wait()
        return answer


class Socket:
    """A connection of psychic 7 in a room, and what it was sent."""

    def __init__(self, hub):
        self.sent = []
        self.connection = Connection(uuid.uuid4(), Psychic(pk=7, username="ada"), self.send, hub)
        hub.add(self.connection)
        hub.open(self.connection, '{"type": "hello"}', [])
        hub.attach(self.connection, ROOM, 0)

    async def send(self, message):
        self.sent += [json.loads(line)["type"] for line in message["text"].split("\n")]


@pytest.fixture
async def world():
    database = Database()
    hub = Hub(sync.Reader(), choices=database.choices)
    socket = Socket(hub)
    await asyncio.sleep(0.01)
    return database, hub, socket


def typing(on=True):
    return {"type": "typing", "room": ROOM, "psychic": 7, "username": "ada", "on": on}


def status(chosen):
    return {"type": "status", "psychic": 7, "status": chosen}


@pytest.mark.parametrize("chosen", ["invisible", "meditating"])
async def test_typing_that_arrives_late_is_not_told(world, chosen):
    """Typing travels by the room and choices by another way: they may overtake each other."""
    _, hub, _ = world
    hub.receive(typing())
    assert [one.id for one in hub.typing(ROOM)] == [7]
    hub.receive(status(chosen))
    hub.receive(typing())
    assert hub.typing(ROOM) == []
    hub.receive(status(""))
    hub.receive(typing())
    assert [one.id for one in hub.typing(ROOM)] == [7]
    hub.rooms[ROOM].stop()


async def test_what_was_not_heard_is_found_in_the_database(world):
    database, hub, socket = world
    database.chosen = {7: "meditating"}
    database.urgent = [(7, 91, '{"type": "message.urgent"}')]
    for _ in range(2):
        await hub.holding.check()
    assert socket.connection.is_held and socket.connection.chosen_status == "meditating"
    assert socket.sent == ["hello", "message.urgent"], "once, however often it is found"
    database.chosen, database.urgent = {}, []
    await hub.holding.check()
    assert not socket.connection.is_held and socket.connection.chosen_status == ""


async def test_an_answer_that_is_older_than_what_was_heard_changes_nothing(world):
    database, hub, socket = world
    hub.receive(status("meditating"))
    await asyncio.sleep(0.01)
    database.chosen = {7: "meditating"}
    database.may_answer.clear()
    asking = asyncio.create_task(hub.holding.check())
    await asyncio.sleep(0.01)
    hub.receive(status(""))
    database.may_answer.set()
    await asking
    assert not socket.connection.is_held, "the bell has rung meanwhile"
    database.chosen = {}
    await hub.holding.check()
    assert not socket.connection.is_held


async def test_an_urgent_message_is_for_who_is_held(world):
    _, hub, socket = world
    urgent = {"type": "urgent", "psychic": 7, "id": 91, "line": '{"type": "message.urgent"}'}
    hub.receive(urgent)
    assert socket.sent == ["hello"]
    hub.receive(status("meditating"))
    hub.receive(urgent)
    hub.receive(urgent)
    assert socket.sent == ["hello", "message.urgent"]
