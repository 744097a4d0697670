"""No frame of the server is larger than it says, whatever has gathered; nothing is lost or out of order for that."""

import asyncio
import json
import uuid

import pytest

from mindnet.realtime import frames
from mindnet.realtime.connection import Connection
from mindnet.realtime.gather import CHANGES_MOST, Presences
from mindnet.realtime.hub import Hub
from presence.models import Psychic

pytestmark = pytest.mark.once
MOST = 1000
ROOM = 24


@pytest.fixture(autouse=True)
def small_frames(settings):
    settings.LIMITS = settings.LIMITS | {"SERVER_FRAME_BYTES": MOST}


class Client:
    """A live connection to the room and the frames it was sent. `is_slow`: each frame takes a moment."""

    def __init__(self, hub, is_slow=False):
        self.frames = []
        self.is_slow = is_slow
        self.connection = Connection(uuid.uuid4(), Psychic(pk=7, username="ada"), self.send, hub)
        hub.add(self.connection)
        hub.open(self.connection, '{"type": "hello"}', [])

    async def send(self, message):
        if self.is_slow:
            await asyncio.sleep(0.001)
        self.frames.append(message["text"])

    def lines(self, type):
        found = [json.loads(line) for frame in self.frames for line in frame.split("\n")]
        return [line for line in found if line["type"] == type]


def line(number, size=300):
    return json.dumps(
        {"type": "message.created", "room": ROOM, "seq": number, "x": "🜁" * (size // 4)}, ensure_ascii=False
    )


def test_lines_fill_frames_and_a_long_one_has_its_own():
    lines = ["é" * 10, "x" * 5, "y" * 30, "z" * 4, "z" * 4]  # 20, 5, 30, 4 and 4 bytes
    assert list(frames.fitting(lines, 27)) == [["é" * 10, "x" * 5], ["y" * 30], ["z" * 4, "z" * 4]]
    assert frames.parts("\n".join(lines), 26) == ["é" * 10, "x" * 5, "y" * 30, "zzzz\nzzzz"]
    assert frames.parts("\n".join(lines), 1000) == ["\n".join(lines)]


@pytest.mark.parametrize("is_slow", [False, True])
async def test_what_many_said_at_once_goes_out_in_several_frames(is_slow):
    hub = Hub(reader=None)
    client = Client(hub, is_slow)
    attach = {"type": "attach", "psychic": 7, "room": ROOM, "last_seq": 0, "line": '{"type": "room.added"}'}
    hub.receive(attach)
    hub.receive({"type": "numbered", "room": ROOM, "first": 1, "last": 20, "lines": [line(n) for n in range(1, 21)]})
    client.connection.push("\n".join(line(n) for n in range(21, 31)))
    async with asyncio.timeout(5):
        while client.connection.writer is not None:
            await asyncio.sleep(0.01)
    assert [one["seq"] for one in client.lines("message.created")] == list(range(1, 31))
    assert max(map(frames.bytes_of, client.frames)) <= MOST and len(client.frames) < 20
    hub.remove(client.connection)


async def test_who_falls_behind_in_the_middle_goes_on_from_there(settings):
    """Of what went out in several frames, the connection has had some: they must not come again."""
    settings.LIMITS = settings.LIMITS | {"OUTBOX_EVENTS": 6}
    hub = Hub(reader=None)
    client = Client(hub, is_slow=True)
    hub.receive({"type": "attach", "psychic": 7, "room": ROOM, "last_seq": 0, "line": '{"type": "room.added"}'})
    hub.receive({"type": "numbered", "room": ROOM, "first": 1, "last": 40, "lines": [line(n) for n in range(1, 41)]})
    assert 0 < client.connection.cursors[ROOM] < 40
    async with asyncio.timeout(5):
        while client.connection.writer is not None:
            await asyncio.sleep(0.01)
    assert [one["seq"] for one in client.lines("message.created")] == list(range(1, 41))
    assert max(map(frames.bytes_of, client.frames)) <= MOST
    hub.remove(client.connection)


async def test_many_changes_of_presence_are_several_events():
    presences = Presences(ROOM, set(), None)
    presences.changes = {id: json.dumps({"id": id}) for id in range(2 * CHANGES_MOST + 1)}
    told = [json.loads(text)["payload"]["changes"] for text in presences.line().split("\n")]
    assert [len(changes) for changes in told] == [CHANGES_MOST, CHANGES_MOST, 1]
    assert [change["id"] for changes in told for change in changes] == list(range(2 * CHANGES_MOST + 1))
