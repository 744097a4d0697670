"""Messages to a busy room of many sockets wait for each other; nobody else waits."""

import uuid

import pytest

from mindnet.realtime.connection import Connection
from mindnet.realtime.hub import Hub
from mindnet.realtime.pace import PAUSE_SECONDS_MOST, Pace
from presence.models import Psychic

pytestmark = pytest.mark.once

PAUSE = PAUSE_SECONDS_MOST


def waits(sockets, moments):
    pace = Pace()
    return [pytest.approx(pace.wait(sockets, 1000 + moment)) for moment in moments]


def test_the_first_message_after_a_quiet_time_never_waits():
    assert waits(200, [0, PAUSE * 1.5, 60]) == [0, 0, 0]


def test_a_message_soon_after_another_waits_for_the_rest_of_the_pause():
    assert waits(200, [0, 0.010, 0.030]) == [0, PAUSE - 0.010, PAUSE - 0.030]


def test_what_comes_after_those_who_waited_waits_for_the_next_step():
    assert waits(200, [0, 0.010, PAUSE + 0.004]) == [0, PAUSE - 0.010, PAUSE - 0.004]


def test_steps_end_with_the_messages():
    """Two pauses after somebody waited it is quiet again."""
    assert waits(200, [0, 0.010, 2 * PAUSE + 0.001]) == [0, PAUSE - 0.010, 0]


def test_the_pause_grows_with_the_sockets_up_to_a_limit():
    assert [waits(sockets, [0, 0.001])[1] for sockets in (0, 1, 20)] == [0, 0, 0]
    assert waits(100, [0, 0.001])[1] == PAUSE / 2 - 0.001
    assert waits(10_000, [0, 0.001])[1] == PAUSE - 0.001


async def send(message):
    """Where a connection of these tests sends to."""


async def test_only_the_live_connections_of_a_room_set_its_pace():
    hub = Hub(reader=None)
    connections = [Connection(uuid.uuid4(), Psychic(pk=n), send, hub) for n in range(1, 221)]
    for connection in connections:
        hub.add(connection)
        hub.attach(connection, 24, 0)
        if len(hub.rooms[24].live) < 10:
            hub.attach(connection, 25, 0)
    assert hub.pace(24) == 0
    assert 0 < max(hub.pace(24) for _ in range(5)) <= PAUSE  # several, should this machine pause for as long itself
    assert hub.pace(25) == 0 == hub.pace(25)
    assert hub.pace(26) == 0 == hub.pace(26)
    for connection in connections[20:]:
        hub.hold(connection, True)
    assert hub.pace(24) == 0 == hub.pace(24)
