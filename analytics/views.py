"""Figures for operators. No answer here holds an address."""

from datetime import timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from analytics import selectors
from analytics.shapes import FiguresOut
from mindnet.base import rules
from mindnet.base.errors import invalid
from mindnet.rest.access import HasPermission
from mindnet.rest.schema import in_query
from mindnet.rest.viewsets import View

DEFAULT_RANGE = timedelta(days=1)
DEFAULT_INTERVAL = "hour"
MOMENT = rules.Text(format="date-time", example="2030-01-31T18:00:00Z")


def moment(request, name, default):
    """A query parameter that is a time with its zone."""
    text = request.query_params.get(name)
    if not text:
        return default
    try:
        value = parse_datetime(text)
        if value is not None and value.tzinfo is not None:
            # Raises OverflowError at the ends of the calendar, where another zone's year does not exist.
            return value.astimezone(timezone.get_default_timezone())
    except (ValueError, OverflowError):
        pass
    raise invalid(name, "Give a time with its zone, as in 2030-01-31T18:00:00Z (a plus sign is written %2B).")


RANGE = [
    in_query("from", MOMENT, description="24 hours before `to` by default."),
    in_query("to", MOMENT, description="Now by default."),
    in_query(
        "interval",
        rules.choice(selectors.INTERVAL_SECONDS),
        default=DEFAULT_INTERVAL,
        description=f"At most {selectors.MOST_INTERVALS} intervals in one answer.",
    ),
]


class ConnectionStatisticsViewSet(View):
    permission_classes = [HasPermission("analytics.view")]

    @extend_schema(
        operation_id="getConnectionStatistics",
        summary="Connections over time",
        parameters=RANGE,
        responses=FiguresOut,
    )
    def retrieve(self, request):
        """How many came, went, were refused or lost, and how many were open at once. Permission `analytics.view`.

        Openings include resumed connections. The range is the last 24 hours unless given, `from` included and `to` not;
        intervals begin on full minutes, hours or days of UTC.
        """
        end = moment(request, "to", timezone.now())
        start = moment(request, "from", None)
        if start is None:
            start = day_before(end)
        interval = request.query_params.get("interval") or DEFAULT_INTERVAL
        return Response(selectors.connection_statistics(start, end, interval))


def day_before(end):
    try:
        return end - DEFAULT_RANGE
    except OverflowError:
        raise invalid("to", "This time is too early.") from None
