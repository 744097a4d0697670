"""The connection log, to look at. It is written by presence's signals and pruned by `prune_logs`."""

import ipaddress
import uuid
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.utils import timezone

from analytics.models import ConnectionLog
from presence.admin_lists import ReadOnlyAdmin
from presence.models import Psychic

DAYS_LISTED = 60


def parsed(kind, text):
    try:
        return kind(text)
    except ValueError:
        return None


class DayFilter(admin.SimpleListFilter):
    """The days that are kept, newest first. The admin's own date hierarchy would read every line to find them."""

    title = "day"
    parameter_name = "day"

    def lookups(self, request, model_admin):
        today = timezone.now().date()
        days = (today - timedelta(days=back) for back in range(min(DAYS_LISTED, settings.LIMITS["LOG_DAYS"]) + 1))
        return [(day.isoformat(), day.isoformat()) for day in days]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        if self.value() not in dict(self.lookup_choices):
            return queryset.none()
        start = datetime.fromisoformat(self.value()).replace(tzinfo=UTC)
        return queryset.filter(timestamp__gte=start, timestamp__lt=start + timedelta(days=1))


@admin.register(ConnectionLog)
class ConnectionLogAdmin(ReadOnlyAdmin):
    list_display = [
        "timestamp", "action", "psychic", "ip_address", "node", "close_code", "reason", "times", "duration_seconds",
        "user_agent",
    ]  # fmt: skip
    list_filter = ["action", DayFilter, "timestamp"]
    list_select_related = ["psychic"]
    search_fields = ["psychic__username"]  # shows the search field; get_search_results says what it does
    search_help_text = "A whole username, an address, or a connection's id."
    ordering = ["-timestamp"]

    def get_search_results(self, request, queryset, search_term):
        """Whole values only: they are found by index, and parts of an address mean little."""
        term = search_term.replace("\x00", "").strip()
        if not term:
            return queryset, False
        wanted = Q(psychic__in=Psychic.objects.named(term).values("pk"))
        if address := parsed(ipaddress.ip_address, term):
            wanted |= Q(ip_address=str(address))
        if connection_id := parsed(uuid.UUID, term):
            wanted |= Q(connection_id=connection_id)
        return queryset.filter(wanted), False
