"""Comings and goings that a process hears of, against what it reads of them in the table a moment later."""

import json
import uuid

import pytest

from mindnet.realtime.connection import Connection
from mindnet.realtime.hub import Hub
from presence.models import Psychic

pytestmark = pytest.mark.once

ROOM, ADA = 24, 7


class Told:
    """A connection and what it was sent."""

    def __init__(self, hub):
        self.lines = []
        self.connection = Connection(uuid.uuid4(), Psychic(pk=ADA, username="ada"), self.send, hub)
        hub.add(self.connection)
        hub.open(self.connection, '{"type": "hello"}', [])

    async def send(self, message):
        self.lines += [json.loads(text) for text in message["text"].split("\n")]

    @property
    def types(self):
        return [line["type"] for line in self.lines]


def came(last_seq, **more):
    line = '{"type": "room.added"}'
    return {"type": "attach", "psychic": ADA, "room": ROOM, "last_seq": last_seq, "line": line} | more


def went(**more):
    return {"type": "detach", "psychic": ADA, "room": ROOM, "line": '{"type": "room.removed"}'} | more


def said(seq):
    line = json.dumps({"type": "message.created", "room": ROOM, "seq": seq})
    return {"type": "numbered", "room": ROOM, "first": seq, "last": seq, "lines": [line]}


async def test_what_was_read_before_somebody_left_does_not_bring_them_back():
    hub = Hub(reader=None)
    ada = Told(hub)
    hub.receive(came(0))
    hub.receive(said(1))
    read_at = hub.loop.time()  # now the table is looked at: she is in the room, which is at 0
    hub.receive(went())
    hub.receive(came(0, read_at=read_at))
    hub.receive(said(1))
    assert ada.types == ["hello", "room.added", "message.created", "room.removed"]
    assert not ada.connection.rooms and not hub.rooms


async def test_what_was_read_before_somebody_came_does_not_put_them_out():
    hub = Hub(reader=None)
    ada = Told(hub)
    read_at = hub.loop.time()
    hub.receive(came(3))
    hub.receive(went(read_at=read_at))
    assert ada.types == ["hello", "room.added"] and ada.connection.rooms == {ROOM}


async def test_what_nobody_told_is_taken_from_the_table():
    hub = Hub(reader=None)
    ada = Told(hub)
    hub.receive(came(3, read_at=hub.loop.time()))
    hub.receive(went(read_at=hub.loop.time()))
    assert ada.types == ["hello", "room.added", "room.removed"]


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


async def test_moves_are_forgotten(monkeypatch):
    hub = Hub(reader=None)
    hub.receive(went())
    hub.moves.forget()
    assert hub.moves.heard_at
    monkeypatch.setattr("mindnet.realtime.moves.KEPT_SECONDS", 0)
    hub.moves.forget()
    assert not hub.moves.heard_at
