"""Comings and goings that a process hears of, against what it hears late or reads in the table."""

import json
import uuid

import pytest

from mindnet.realtime.connection import Connection
from mindnet.realtime.hub import Hub
from mindnet.realtime.readers import Place
from mindnet.realtime.shapes import RoomEntry
from presence.models import Psychic

pytestmark = pytest.mark.once

ROOM, ADA = 24, 7


class Told:
    """A connection and what it was sent."""

    def __init__(self, hub, *, places=(), early=()):
        self.lines = []
        self.connection = Connection(uuid.uuid4(), Psychic(pk=ADA, username="ada"), self.send, hub)
        hub.add(self.connection)
        for message in early:
            hub.receive(message)
        hub.open(self.connection, '{"type": "hello"}', places)

    async def send(self, message):
        self.lines += [json.loads(text) for text in message["text"].split("\n")]

    @property
    def types(self):
        return [line["type"] for line in self.lines]


def place(*, last_seq, revision):
    entry = RoomEntry(
        id=ROOM, name="The garden", kind="open", role="participant", last_seq=last_seq, delivered_seq=last_seq,
        read_seq=last_seq, unread=0, mentions=0, unread_from=None,
    )  # fmt: skip
    return Place(entry, revision, 0)


def came(last_seq, **more):
    line = '{"type": "room.added"}'
    return {"type": "attach", "psychic": ADA, "room": ROOM, "last_seq": last_seq, "line": line} | more


def went(**more):
    return {"type": "detach", "psychic": ADA, "room": ROOM, "line": '{"type": "room.removed"}'} | more


def said(seq):
    line = json.dumps({"type": "message.created", "room": ROOM, "seq": seq})
    return {"type": "numbered", "room": ROOM, "first": seq, "last": seq, "lines": [line]}


async def test_word_that_was_long_under_way_does_not_bring_back_who_has_left():
    hub = Hub(reader=None)
    ada = Told(hub)
    hub.receive(came(0, version=2))  # as read in the table
    hub.receive(said(1))
    hub.receive(went(version=3))
    hub.receive(came(0, version=2))  # as another process says, which the layer kept waiting
    hub.receive(said(1))
    assert ada.types == ["hello", "room.added", "message.created", "room.removed"]
    assert not ada.connection.rooms and not hub.rooms
    hub.receive(came(1, version=4))
    assert ada.connection.rooms == {ROOM: 4}


async def test_word_that_was_long_under_way_does_not_put_out_who_has_come_back():
    hub = Hub(reader=None)
    ada = Told(hub)
    hub.receive(came(3, version=4))
    hub.receive(went(version=3))
    assert ada.types == ["hello", "room.added"] and ada.connection.rooms == {ROOM: 4}


async def test_what_a_connection_has_read_at_its_opening_is_newer_than_word_of_before():
    """Of who went and came back while word of it was under way, and came here since."""
    hub = Hub(reader=None)
    ada = Told(hub, places=[place(last_seq=0, revision=6)])
    hub.receive(said(1))
    hub.receive(went(version=4))
    hub.receive(came(0, version=5))
    hub.receive(said(1))
    assert ada.types == ["hello", "message.created"] and ada.connection.rooms == {ROOM: 6}
    hub.receive(went(version=7))
    assert ada.types[2:] == ["room.removed"]


async def test_word_that_came_during_the_opening_is_held_against_what_it_read():
    hub = Hub(reader=None)
    ada = Told(hub, places=[place(last_seq=0, revision=6)], early=[went(version=4), came(0, version=5)])
    assert ada.types == ["hello"] and ada.connection.rooms == {ROOM: 6}


async def test_the_same_twice_is_told_once():
    hub = Hub(reader=None)
    ada = Told(hub)
    for message in (came(3, version=4), came(3, version=4), went(version=5), went(version=5)):
        hub.receive(message)
    assert ada.types == ["hello", "room.added", "room.removed"]


async def test_nobody_is_brought_back_into_a_room_that_has_ended():
    hub = Hub(reader=None)
    ada = Told(hub, places=[place(last_seq=0, revision=6)])
    hub.healing.end_room(hub.rooms[ROOM])
    hub.receive(came(0, version=5))
    assert ada.types == ["hello", "room.removed"] and not hub.rooms


async def test_a_process_of_an_older_release_is_believed():
    hub = Hub(reader=None)
    ada = Told(hub)
    for message in (came(3), went(), came(3, version=4), went(), came(3)):
        hub.receive(message)
    assert ada.types == ["hello", *["room.added", "room.removed"] * 2, "room.added"]
    hub.receive(came(0, version=3))
    assert hub.moves.versions[ADA, ROOM][0] == 4


async def test_only_what_a_connection_does_not_know_is_missed():
    hub = Hub(reader=None)
    assert not hub.is_missed(ADA, ROOM, True), "nobody is here to be told"
    ada = Told(hub)
    assert hub.is_missed(ADA, ROOM, True) and not hub.is_missed(ADA, ROOM, False)
    hub.receive(came(0))
    assert hub.is_missed(ADA, ROOM, False) and not hub.is_missed(ADA, ROOM, True)
    Told(hub)  # a second connection, which has not heard of it
    assert hub.is_missed(ADA, ROOM, True)
    ada.connection.is_open = False
    assert hub.is_missed(ADA, ROOM, False), "one that is still opening may have read either"


async def test_moves_of_who_is_not_here_are_forgotten(monkeypatch):
    hub = Hub(reader=None)
    ada = Told(hub)
    hub.receive(went(version=3))
    hub.remove(ada.connection)
    hub.moves.forget(hub.by_psychic)
    assert hub.moves.versions, "too early"
    monkeypatch.setattr("mindnet.realtime.moves.KEPT_SECONDS", 0)
    back = Told(hub)
    hub.moves.forget(hub.by_psychic)
    assert hub.moves.versions, "she is here"
    hub.remove(back.connection)
    hub.moves.forget(hub.by_psychic)
    assert not hub.moves.versions
