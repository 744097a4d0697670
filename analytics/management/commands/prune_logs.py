from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from analytics.models import ConnectionLog

# Rows in one transaction: on SQLite everybody else's writing waits for it.
CHUNK_ROWS = 2000


class Command(BaseCommand):
    help = "Deletes lines of the connection log that are older than LOG_DAYS (MINDNET_LOG_DAYS). Run it once a day."

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, help="keep this many days instead of LOG_DAYS")

    def handle(self, *args, days=None, **options):
        days = settings.LIMITS["LOG_DAYS"] if days is None else days
        if not 0 < days < 100_000:
            raise CommandError("--days must be from 1 to 99999.")
        deleted = prune(timezone.now() - timedelta(days=days))
        self.stdout.write(f"{deleted} lines older than {days} days deleted.")


def prune(before):
    """Deletes in chunks, oldest first, so that it can be stopped and run again at any time. Gives how many."""
    deleted = 0
    old = ConnectionLog.objects.filter(timestamp__lt=before).order_by("timestamp")
    while ids := list(old.values_list("pk", flat=True)[:CHUNK_ROWS]):
        # _raw_delete spares reading the rows: nothing refers to them, and nobody listens to their deletion.
        deleted += ConnectionLog.objects.filter(pk__in=ids)._raw_delete("default")
    return deleted
