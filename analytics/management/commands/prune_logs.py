from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from analytics.services import prune_logs


class Command(BaseCommand):
    help = "Deletes lines of the connection log that are older than LOG_DAYS (MINDNET_LOG_DAYS). Run it once a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, help="keep this many days instead of LOG_DAYS")

    def handle(self, *args: Any, days: int | None = None, **options: Any) -> None:
        days = settings.LIMITS["LOG_DAYS"] if days is None else days
        if not 0 < days < 100_000:
            raise CommandError("--days must be from 1 to 99999.")
        deleted = prune_logs(timezone.now() - timedelta(days=days))
        self.stdout.write(f"{deleted} lines older than {days} days deleted.")
