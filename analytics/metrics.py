"""Prometheus figures: those of this process, and of the whole system from the database at each scrape.

`render()` is the body of `GET /metrics`. Every query here stays cheap with millions of rows: tables that grow are not
counted, what counts them is read instead.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Max, Sum
from django.utils import timezone
from prometheus_client import REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from messaging import reports
from messaging.models import Message
from presence.models import NODE_LEASE_SECONDS, Connection, Node, Psychic
from rooms.models import Room

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class DatabaseCollector:
    """What all processes share, so the same whichever of them is asked."""

    def collect(self) -> Iterator[Metric]:
        yield connections()
        yield nodes()
        yield GaugeMetricFamily("mindnet_psychics_online", "Psychics with a live connection.", live_psychics())
        yield GaugeMetricFamily("mindnet_psychics", "Accounts that are not closed.", Psychic.objects.active().count())
        yield from rooms()
        yield GaugeMetricFamily("mindnet_reports_open", "Reports that wait for an operator.", reports.count_open())
        # Ids are given without reuse, so the highest one counts; the few that were given and rolled back count too.
        yield CounterMetricFamily("mindnet_messages", "Messages stored, by the highest id given.", highest_message())


def connections() -> Metric:
    family = GaugeMetricFamily("mindnet_connections", "Live connections by process.", labels=["node"])
    live = Connection.objects.live().order_by().values_list("node__host", "node__pid").annotate(Count("pk"))
    for host, pid, count in live:
        family.add_metric([f"{host}:{pid}"], count)
    return family


def nodes() -> Metric:
    fresh = timezone.now() - timedelta(seconds=NODE_LEASE_SECONDS)
    count = Node.objects.filter(stopped_at=None, heartbeat_at__gt=fresh).count()
    return GaugeMetricFamily("mindnet_nodes", "Server processes with a fresh heartbeat.", count)


def live_psychics() -> int:
    count: int = Connection.objects.live().aggregate(count=Count("psychic", distinct=True))["count"]
    return count


def rooms() -> tuple[Metric, Metric]:
    family = GaugeMetricFamily("mindnet_rooms", "Rooms that go on, by kind.", labels=["kind"])
    for kind, count in Room.objects.filter(is_active=True).order_by().values_list("kind").annotate(Count("pk")):
        family.add_metric([kind], count)
    changes = Room.objects.aggregate(total=Sum("last_seq"))["total"] or 0
    return family, CounterMetricFamily("mindnet_room_changes", "Numbers given in all rooms.", changes)


def highest_message() -> int:
    return Message.objects.aggregate(highest=Max("pk"))["highest"] or 0


registry = CollectorRegistry(auto_describe=False)
registry.register(DatabaseCollector())


def render() -> bytes:
    """The text of both: what this process knows of itself, then what the database says."""
    return generate_latest(REGISTRY) + generate_latest(registry)
