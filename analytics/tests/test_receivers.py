"""How what presence tells becomes lines of the connection log."""

import uuid

import pytest
from django.utils import timezone

from analytics.models import ConnectionLog
from presence.models import Psychic
from presence.signals import ConnectionEvent, connections_changed

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return Psychic.objects.create_user("ada", password="correct horse")


def event(**changes):
    values = {
        "action": "connected", "psychic_id": None, "connection_id": uuid.uuid4(), "address": "2001:db8::7",
        "user_agent": "a browser", "node": "north:7", "at": timezone.now(),
    }  # fmt: skip
    return ConnectionEvent(**values | changes)


def test_what_presence_tells_becomes_lines(ada, django_assert_num_queries):
    opened = event(psychic_id=ada.pk)
    closed = opened._replace(action="kicked", close_code=4503, reason="too loud", duration_seconds=12.5)
    refused = event(action="refused", connection_id=None, address=None, times=7)
    with django_assert_num_queries(2):  # the lines, and whether one of them sits in a session
        connections_changed.send(sender=None, entries=[opened, closed, refused])
    first, second, third = ConnectionLog.objects.order_by("pk")
    assert (first.psychic, first.action, first.ip_address) == (ada, "connected", "2001:db8::7")
    assert (first.timestamp, first.user_agent, first.node) == (opened.at, "a browser", "north:7")
    assert first.connection_id == second.connection_id == opened.connection_id
    assert (second.close_code, second.reason, second.duration_seconds) == (4503, "too loud", 12.5)
    assert (third.action, third.psychic, third.ip_address, third.connection_id) == ("refused", None, None, None)
    assert [line.times for line in (first, second, third)] == [1, 1, 7]


def test_what_a_client_makes_up_fits_the_columns():
    connections_changed.send(sender=None, entries=[event(user_agent="\x00x" * 999, reason="r" * 999, node="n" * 999)])
    line = ConnectionLog.objects.get()
    assert line.user_agent == "x" * 300 and len(line.reason) == 200 and len(line.node) == 100


def test_no_entries_write_nothing():
    connections_changed.send(sender=None, entries=[])
    assert not ConnectionLog.objects.exists()
