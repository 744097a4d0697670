"""Counted events that come late, out of order, twice or not at all, against a database that has them."""

import asyncio
import json
import uuid

import pytest

from mindnet.realtime import facts
from mindnet.realtime.connection import Connection
from mindnet.realtime.hub import Hub
from mindnet.realtime.readers import FactsPage, Head, Place, ReceiptLine, ReceiptsPage
from mindnet.realtime.shapes import RoomEntry
from presence.models import Psychic

pytestmark = pytest.mark.once
ROOM = 12


class Room:
    """Has counted up to `revision` and `receipts`, as a reader tells the hub."""

    def __init__(self):
        self.revision = self.receipts_told = 0
        self.asked = []

    async def heads(self, room_ids):
        return {ROOM: Head(0, self.revision, self.receipts_told)}

    async def facts(self, room_id, after, limit):
        self.asked.append(("facts", after))
        return FactsPage([json.dumps({"type": "now", "n": self.revision})], self.revision, True)

    async def receipts(self, room_id):
        self.asked.append(("receipts", self.receipts_told))
        lines = [ReceiptLine(7, True, '{"type": "hidden"}'), ReceiptLine(8, False, '{"type": "shown"}')]
        return ReceiptsPage(lines, self.receipts_told)


class Socket:
    def __init__(self, hub, psychic_id, revision, receipts, status=""):
        self.sent = []
        psychic = Psychic(pk=psychic_id, username=f"p{psychic_id}", chosen_status=status)
        self.connection = Connection(uuid.uuid4(), psychic, self.send, hub)
        hub.add(self.connection)
        entry = RoomEntry(ROOM, "Attic", "open", "participant", 0, 0, 0, 0, 0, None)
        hub.open(self.connection, '{"type": "hello"}', [Place(entry, revision, receipts)])

    async def send(self, message):
        for line in message["text"].split("\n"):
            event = json.loads(line)
            self.sent.append(event["n"] if event["type"] == "now" else event["type"])


def fact(n):
    line = json.dumps({"type": "now", "n": n})
    return {"type": "room", "room": ROOM, "line": line, "viewers_only": False, "revision": n}


def receipt(n):
    return {"type": "room", "room": ROOM, "line": f'{{"type": "r{n}"}}', "viewers_only": False, "receipts": n}


@pytest.fixture
async def room(monkeypatch):
    monkeypatch.setattr(facts, "HOLE_SECONDS", 0.01)
    return Room()


@pytest.fixture
async def hub(room):
    return Hub(room)


async def settle():
    await asyncio.sleep(0.05)


async def test_each_is_told_once_in_order(room, hub):
    socket = Socket(hub, 7, 3, 0)
    for n in (4, 5, 5, 3, 6):
        hub.receive(fact(n))
    assert socket.sent == ["hello", 4, 5, 6] and not room.asked


async def test_a_hole_is_read(room, hub):
    socket = Socket(hub, 7, 3, 0)
    room.revision = 6
    hub.receive(fact(6))
    assert socket.sent == ["hello"]
    await settle()
    hub.receive(fact(5))
    assert socket.sent == ["hello", 6] and room.asked == [("facts", 3)]


async def test_a_hole_that_closes_by_itself_is_not_read(room, hub):
    socket = Socket(hub, 7, 3, 3)
    for n in (6, 5, 4):
        hub.receive(receipt(n))
    assert socket.sent == ["hello", "r6", "r5", "r4"]
    await settle()
    assert not room.asked


async def test_what_nobody_tells_the_head_check_finds(room, hub):
    seven, eight = Socket(hub, 7, 3, 1), Socket(hub, 8, 3, 1)
    room.revision, room.receipts_told = 4, 2
    await hub.healing.check_heads([ROOM])
    await settle()
    assert seven.sent == ["hello", 4, "hidden", "shown"] and eight.sent == ["hello", 4, "shown"]
    await hub.healing.check_heads([ROOM])
    await settle()
    assert len(room.asked) == 2


async def test_who_knows_less_than_the_hub_is_told_alone(room, hub):
    first = Socket(hub, 7, 3, 0)
    room.revision = 4
    hub.receive(fact(4))
    late = Socket(hub, 8, 3, 0)  # its hello was read before
    await settle()
    assert (first.sent, late.sent) == (["hello", 4], ["hello", 4])


async def test_who_knows_more_than_the_hub_hears_it_again(room, hub):
    first, early = Socket(hub, 7, 3, 0), Socket(hub, 8, 4, 0)
    hub.receive(fact(4))
    assert (first.sent, early.sent) == (["hello", 4], ["hello", 4])


async def test_a_meditator_is_told_at_the_bell(room, hub):
    socket, still = Socket(hub, 7, 3, 0), Socket(hub, 8, 3, 0, status="meditating")
    hub.hold(socket.connection, True)
    room.revision, room.receipts_told = 5, 1
    for message in (fact(4), fact(5), receipt(1)):
        hub.receive(message)
    await settle()
    assert (socket.sent, still.sent, room.asked) == (["hello"], ["hello"], [])
    for one in (socket, still):
        hub.hold(one.connection, False)
    await settle()
    assert (socket.sent, still.sent) == (["hello", 5, "hidden", "shown"], ["hello", 5, "shown"])


async def test_after_a_quiet_meditation_nothing_is_read(room, hub):
    socket = Socket(hub, 7, 3, 0)
    hub.hold(socket.connection, True)
    hub.hold(socket.connection, False)
    await settle()
    assert socket.sent == ["hello"] and not room.asked and not socket.connection.missed


async def test_events_of_a_process_that_does_not_count_are_told(room, hub):
    socket = Socket(hub, 7, 3, 0)
    hub.receive({"type": "room", "room": ROOM, "line": '{"type": "old"}', "viewers_only": False})
    hub.receive({"type": "attach", "psychic": 8, "room": ROOM, "last_seq": 0, "line": '{"type": "room.added"}'})
    assert socket.sent == ["hello", "old"]


async def test_reading_that_fails_is_tried_again(room, hub, caplog):
    socket = Socket(hub, 7, 3, 0)
    answers, room.facts = room.facts, None
    room.revision = 4
    await hub.healing.check_heads([ROOM])
    await settle()
    room.facts = answers
    await hub.healing.check_heads([ROOM])
    await settle()
    assert socket.sent == ["hello", 4]


async def test_a_database_that_was_put_back_is_not_asked_without_end(room, hub):
    first = Socket(hub, 7, 3, 3)
    hub.receive(fact(4))
    late = Socket(hub, 8, 3, 3)
    for message in (fact(6), receipt(6)):  # there was a 5, which nobody remembers any more
        hub.receive(message)
    room.revision = room.receipts_told = 2
    await settle()
    asked = len(room.asked)
    await settle()
    assert len(room.asked) == asked <= 4 and not late.connection.missed and hub.rooms[ROOM].facts.is_complete
    assert first.sent[:2] == ["hello", 4]
