"""What Prometheus is told."""

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from analytics import metrics
from messaging import reports
from presence.models import Connection, Node, Psychic
from rooms import services as rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return Psychic.objects.create_user("ada", password="correct horse")


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
    room, _ = rooms.create_room(psychic=ada, name="the open field")
    reports.report(psychic=ada, room=room.pk, reason="It is too open.")
    after = samples()
    assert after["mindnet_connections", "north:7"] == 2 and after["mindnet_connections", 'so"uth\n:8'] == 1
    assert after["mindnet_nodes",] == 2
    assert after["mindnet_psychics",] == 1 and after["mindnet_psychics_online",] == 1
    assert after["mindnet_rooms", "open"] == 1 + before.get(("mindnet_rooms", "open"), 0)
    assert before["mindnet_reports_open",] == 0 and after["mindnet_reports_open",] == 1
    assert after["mindnet_messages_total",] == 0 and after["mindnet_room_changes_total",] == 0
    assert "process_cpu_seconds_total" in {name for name, *_ in after}


def test_scraping_costs_the_same_however_much_there_is(ada, django_assert_num_queries):
    for number in range(5):
        node = Node.objects.create(host="north", pid=number)
        Connection.objects.create(psychic=ada, node=node)
    with django_assert_num_queries(8):
        metrics.render()
