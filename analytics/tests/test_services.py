"""How the connection log is written and pruned, and what Prometheus is told."""

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from analytics import metrics, services
from analytics.models import ConnectionLog
from presence.models import Connection, Node, Psychic
from presence.signals import ConnectionEvent, connections_changed
from rooms import services as rooms

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


# Writing


def test_what_presence_tells_becomes_lines(ada, django_assert_num_queries):
    opened = event(psychic_id=ada.pk)
    closed = opened._replace(action="kicked", close_code=4503, reason="too loud", duration_seconds=12.5)
    refused = event(action="refused", connection_id=None, address=None)
    with django_assert_num_queries(2):  # the lines, and whether one of them sits in a session
        connections_changed.send(sender=None, entries=[opened, closed, refused])
    first, second, third = ConnectionLog.objects.order_by("pk")
    assert (first.psychic, first.action, first.ip_address) == (ada, "connected", "2001:db8::7")
    assert (first.timestamp, first.user_agent, first.node) == (opened.at, "a browser", "north:7")
    assert first.connection_id == second.connection_id == opened.connection_id
    assert (second.close_code, second.reason, second.duration_seconds) == (4503, "too loud", 12.5)
    assert (third.action, third.psychic, third.ip_address, third.connection_id) == ("refused", None, None, None)


def test_what_a_client_makes_up_fits_the_columns():
    connections_changed.send(sender=None, entries=[event(user_agent="\x00x" * 999, reason="r" * 999, node="n" * 999)])
    line = ConnectionLog.objects.get()
    assert line.user_agent == "x" * 300 and len(line.reason) == 200 and len(line.node) == 100


def test_no_entries_write_nothing():
    connections_changed.send(sender=None, entries=[])
    assert not ConnectionLog.objects.exists()


# Pruning


def lines(*ages_in_days):
    now = timezone.now()
    ConnectionLog.objects.bulk_create(
        ConnectionLog(action="connected", timestamp=now - timedelta(days=age)) for age in ages_in_days
    )


def test_old_lines_go_and_the_others_stay(settings, capsys):
    lines(0, 29.9, 30.1, 31, 400)
    call_command("prune_logs")
    assert capsys.readouterr().out == "3 lines older than 30 days deleted.\n"
    assert ConnectionLog.objects.count() == 2
    call_command("prune_logs")
    assert capsys.readouterr().out == "0 lines older than 30 days deleted.\n"
    settings.LIMITS = settings.LIMITS | {"LOG_DAYS": 7}
    call_command("prune_logs")
    assert ConnectionLog.objects.count() == 1


def test_pruning_goes_in_chunks(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(services, "CHUNK_ROWS", 10)
    lines(*[40] * 25)
    with django_assert_num_queries(7):  # three times ids and their deletion, and the look that finds none
        assert services.prune_logs(timezone.now() - timedelta(days=30)) == 25


def test_days_by_hand():
    lines(1, 3)
    call_command("prune_logs", "--days", "2", stdout=StringIO())
    assert ConnectionLog.objects.count() == 1
    with pytest.raises(CommandError):
        call_command("prune_logs", "--days", "0")
    assert ConnectionLog.objects.count() == 1


# Prometheus


def samples():
    text = metrics.render().decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_prometheus_is_told_what_all_processes_share(ada):
    before = samples()
    north, south = Node.objects.create(host="north", pid=7), Node.objects.create(host='so"uth\n', pid=8)
    for node in (north, north, south):
        Connection.objects.create(psychic=ada, node=node)
    Connection.objects.create(psychic=ada, node=north, closed_at=timezone.now())
    rooms.create_room(psychic=ada, name="the open field")
    after = samples()
    assert after["mindnet_connections", "north:7"] == 2 and after["mindnet_connections", 'so"uth\n:8'] == 1
    assert after["mindnet_nodes",] == 2
    assert after["mindnet_psychics",] == 1 and after["mindnet_psychics_online",] == 1
    assert after["mindnet_rooms", "open"] == 1 + before.get(("mindnet_rooms", "open"), 0)
    assert after["mindnet_messages_total",] == 0 and after["mindnet_room_changes_total",] == 0
    assert "process_cpu_seconds_total" in {name for name, *_ in after}


def test_scraping_costs_the_same_however_much_there_is(ada, django_assert_num_queries):
    for number in range(5):
        node = Node.objects.create(host="north", pid=number)
        Connection.objects.create(psychic=ada, node=node)
    with django_assert_num_queries(7):
        metrics.render()
