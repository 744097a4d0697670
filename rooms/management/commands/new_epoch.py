from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from rooms import epochs


class Command(BaseCommand):
    help = (
        "Begins a new epoch: what clients hold counts for nothing, and they read anew. Run it after a backup was "
        "restored. Servers that run notice within seconds."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"The epoch is now {epochs.renew(timezone.now())}.")
