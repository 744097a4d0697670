"""Figures for operators. No answer here holds an address."""

from datetime import timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import selectors
from mindnet.base.errors import invalid
from mindnet.rest.access import HasPermission

DEFAULT_RANGE = timedelta(days=1)
DEFAULT_INTERVAL = "hour"


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


class Figures(serializers.Serializer):
    """The answer, for the OpenAPI document."""

    to = serializers.DateTimeField()
    interval = serializers.ChoiceField(list(selectors.INTERVAL_SECONDS))
    online_now = serializers.IntegerField(help_text="Live connections.")
    peak_online = serializers.IntegerField(help_text="The most connections open at once within the range.")
    opened = serializers.IntegerField(help_text="Connections that came up: new and resumed ones.")
    closed = serializers.IntegerField(help_text="Connections that ended: disconnected, lost and kicked ones.")
    resumed = serializers.IntegerField(help_text="Those of `opened` that came back within the offline grace.")
    refused = serializers.IntegerField(help_text="Turned away at the handshake.")
    lost = serializers.IntegerField(help_text="Those of `closed` whose process died or whose link went silent.")
    duration_seconds = inline_serializer(
        "Durations",
        {"median": serializers.FloatField(allow_null=True), "p95": serializers.FloatField(allow_null=True)},
        help_text="How long the connections closed within the range had lasted; null where there were none.",
    )
    by_code = serializers.DictField(child=serializers.IntegerField(), help_text="Closings by close code.")
    by_node = inline_serializer(
        "NodeConnections",
        {"node": serializers.CharField(), "online": serializers.IntegerField()},
        many=True,
        help_text="Live connections by process.",
    )
    series = inline_serializer(
        "IntervalFigures",
        {
            "at": serializers.DateTimeField(help_text="When the interval begins, in UTC."),
            "opened": serializers.IntegerField(),
            "closed": serializers.IntegerField(),
            "online": serializers.IntegerField(help_text="What was open when the interval ended."),
        },
        many=True,
    )

    def get_fields(self):
        return {"from": serializers.DateTimeField(), **super().get_fields()}


class ConnectionStatisticsView(APIView):
    """Connections over time: how many came, went, were refused or lost, and how many were open at once.

    Permission `analytics.view`. Openings include resumed connections. The range is the last 24 hours unless given,
    `from` included and `to` not; intervals begin on full minutes, hours or days of UTC.
    """

    permission_classes = [HasPermission("analytics.view")]

    @extend_schema(
        summary="Connections over time",
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATETIME, description="24 hours before `to` by default."),
            OpenApiParameter("to", OpenApiTypes.DATETIME, description="Now by default."),
            OpenApiParameter(
                "interval",
                enum=list(selectors.INTERVAL_SECONDS),
                default=DEFAULT_INTERVAL,
                description=f"At most {selectors.MOST_INTERVALS} intervals in one answer.",
            ),
        ],
        responses=Figures,
    )
    def get(self, request):
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
