from typing import Any

from django.core.management.base import BaseCommand

from messaging import search_index

# Faster than what a server does beside its work, and still so short that messages get in between.
BATCH = 2_000


class Command(BaseCommand):
    help = (
        "Enters into the index of searches what it has not followed yet. A server that runs does so by itself, more "
        "slowly; both at once do no harm, and it may be stopped at any time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        left = search_index.left()
        self.stdout.write(f"{left} changes to follow.")
        done = 0
        while entered := search_index.index_next(BATCH):
            done += entered
            if done % (10 * BATCH) < entered:
                self.stdout.write(f"{done} of {max(left, done)}")
        while search_index.merging.go_on():
            pass
        self.stdout.write(f"Done: {done} messages read, {search_index.left()} changes left.")
