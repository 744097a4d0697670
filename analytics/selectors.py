"""What the connection log and the live connections add up to. The only selectors module: only here a read spans apps.

An opening is a connection that came up, whether new or `resumed` within the offline grace; a closing is one that
ended, in whatever way. What was open at a moment is openings minus closings up to then. Logs are kept for LOG_DAYS, so
connections older than the first line left are found by their closing, which knows how long they lasted, or among
those still open.
"""

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import (
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Max,
    Min,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Substr, Trunc
from django.utils import timezone

from analytics.models import Action, ConnectionLog
from analytics.shapes import DurationsOut, FiguresOut, IntervalFiguresOut, NodeConnectionsOut
from mindnet.base.errors import invalid
from presence.models import NODE_LEASE_SECONDS, Connection

OPENINGS = (Action.CONNECTED, Action.RESUMED)
CLOSINGS = (Action.DISCONNECTED, Action.LOST, Action.KICKED)

INTERVAL_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
SQLITE_LENGTH = {"minute": len("2030-01-31 18:00"), "hour": len("2030-01-31 18"), "day": len("2030-01-31")}
MOST_INTERVALS = 1500  # in one answer: a day of minutes, two months of hours
# A closing's duration is measured apart from its times; closer than this to the first line is not before it.
CLOCK_TOLERANCE = timedelta(seconds=1)

Logs = QuerySet[ConnectionLog]

STEP = Case(When(action__in=OPENINGS, then=1), When(action__in=CLOSINGS, then=-1), default=0)


def connection_statistics(start: datetime, end: datetime, interval: str) -> FiguresOut:
    """The figures of `GET /analytics/connections` for start <= time < end, both with a zone. Holds no addresses."""
    moments = interval_starts(start, end, interval)
    logs = ConnectionLog.objects.filter(timestamp__gte=start, timestamp__lt=end)
    counts = dict(logs.order_by().values_list("action").annotate(Sum("times")))
    closings = logs.filter(action__in=CLOSINGS)
    online_now = Connection.objects.live().count()
    open_at_start = open_at(start)
    peak = max(open_at_start, highest(logs, open_at_start))
    if start <= timezone.now() <= end + timedelta(seconds=NODE_LEASE_SECONDS):
        peak = max(peak, online_now)
    return FiguresOut(
        start=start.astimezone(UTC),
        end=end.astimezone(UTC),
        interval=interval,
        online_now=online_now,
        peak_online=peak,
        opened=sum(counts.get(action, 0) for action in OPENINGS),
        closed=sum(counts.get(action, 0) for action in CLOSINGS),
        resumed=counts.get(Action.RESUMED, 0),
        refused=counts.get(Action.REFUSED, 0),
        lost=counts.get(Action.LOST, 0),
        duration_seconds=durations(closings),
        by_code=by_code(closings),
        by_node=by_node(),
        series=series(logs, moments, interval, open_at_start),
    )


def interval_starts(start: datetime, end: datetime, interval: str) -> list[datetime]:
    """The starts of the intervals that touch the range, in UTC. Raises where the range makes no sense."""
    if interval not in INTERVAL_SECONDS:
        raise invalid("interval", "The interval is one of minute, hour, day.")
    if start > end:
        raise invalid("from", "The range ends before it begins.")
    step = INTERVAL_SECONDS[interval]
    first = int(start.timestamp() // step) * step
    count = int(-((first - end.timestamp()) // step))
    if count > MOST_INTERVALS:
        raise invalid("interval", f"This range has more than {MOST_INTERVALS} intervals. Take longer ones.")
    return [datetime.fromtimestamp(first + step * index, UTC) for index in range(count)]


def open_at(moment: datetime) -> int:
    """How many connections were open just before `moment`."""
    first = ConnectionLog.objects.aggregate(first=Min("timestamp"))["first"]
    if first is None:
        return Connection.objects.open().filter(opened_at__lt=moment).count()
    # Counted apart, since the index on action and time answers each without reading a row.
    earlier = ConnectionLog.objects.filter(timestamp__lt=moment)
    opened, closed = (earlier.filter(action__in=actions).count() for actions in (OPENINGS, CLOSINGS))
    return max(0, opened - closed + open_before_the_log(first))


def open_before_the_log(first: datetime) -> int:
    """Connections that were open before the first line left: closed since, or open still."""
    closings = ConnectionLog.objects.filter(action__in=CLOSINGS, duration_seconds__isnull=False)
    longest = closings.aggregate(longest=Max("duration_seconds"))["longest"] or 0
    since_first = ExpressionWrapper(F("timestamp") - Value(first), output_field=DurationField())
    lasted = ExpressionWrapper(F("duration_seconds") * Value(timedelta(seconds=1)), output_field=DurationField())
    young = closings.filter(timestamp__lt=first + timedelta(seconds=longest))
    closed_since = young.annotate(since_first=since_first, lasted=lasted).filter(
        lasted__gt=F("since_first") + Value(CLOCK_TOLERANCE)
    )
    still_open = Connection.objects.open().filter(opened_at__lt=first - CLOCK_TOLERANCE)
    return closed_since.count() + still_open.count()


def highest(logs: Logs, open_at_start: int) -> int:
    """The most connections open at once after a change in `logs`."""
    running = Window(Sum(STEP), order_by=[F("timestamp").asc(), F("id").asc()])
    return open_at_start + (logs.annotate(running=running).aggregate(most=Max("running"))["most"] or 0)


def durations(closings: Logs) -> DurationsOut:
    """Of those closings that know how long the connection lasted."""
    lasting = closings.filter(duration_seconds__isnull=False).order_by("duration_seconds")
    count = lasting.count()
    return DurationsOut(median=quantile(lasting, count, 0.5), p95=quantile(lasting, count, 0.95))


def quantile(lasting: Logs, count: int, share: float) -> float | None:
    """Between the two nearest values where no value lies exactly there; None without any."""
    if not count:
        return None
    place = (count - 1) * share
    below = int(place)
    two = lasting.values_list("duration_seconds", flat=True)[below : below + 2]
    values = [value for value in two if value is not None]
    return round(values[0] + (values[-1] - values[0]) * (place - below), 3)


def by_code(closings: Logs) -> dict[str, int]:
    """How many connections were closed with each code."""
    coded = closings.filter(close_code__isnull=False).order_by().values_list("close_code").annotate(Count("pk"))
    return {str(code): count for code, count in sorted(coded)}


def by_node() -> list[NodeConnectionsOut]:
    """Live connections by process, as host:pid."""
    live = Connection.objects.live().order_by("node__host", "node__pid").values_list("node__host", "node__pid")
    return [NodeConnectionsOut(f"{host}:{pid}", count) for host, pid, count in live.annotate(Count("pk"))]


def interval_start(interval: str) -> Substr | Trunc:
    """The interval that a line falls into, as the database says it fastest.

    SQLite keeps times as text in UTC, whose beginning is the interval; Django's Trunc would call Python for each row.
    """
    if connection.vendor == "sqlite":
        return Substr("timestamp", 1, SQLITE_LENGTH[interval])
    return Trunc("timestamp", interval, tzinfo=UTC)


def in_utc(start: datetime | str) -> datetime:
    return datetime.fromisoformat(start).replace(tzinfo=UTC) if isinstance(start, str) else start.astimezone(UTC)


def series(logs: Logs, moments: list[datetime], interval: str, online: int) -> list[IntervalFiguresOut]:
    """What was opened and closed in each interval, and what was open at its end."""
    rows = (
        logs.order_by()
        .values(at=interval_start(interval))
        .annotate(opened=Count("pk", filter=Q(action__in=OPENINGS)), closed=Count("pk", filter=Q(action__in=CLOSINGS)))
    )
    changes = {in_utc(row["at"]): (row["opened"], row["closed"]) for row in rows}
    points = []
    for at in moments:
        opened, closed = changes.get(at, (0, 0))
        online = max(0, online + opened - closed)
        points.append(IntervalFiguresOut(at, opened, closed, online))
    return points
