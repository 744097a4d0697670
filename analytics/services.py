"""Writing to the log what is not part of a connection's own transaction: taking out what is old."""

from datetime import datetime

from analytics.models import ConnectionLog

# Rows in one transaction: on SQLite everybody else's writing waits for it.
CHUNK_ROWS = 2000


def prune_logs(before: datetime) -> int:
    """Deletes in chunks, oldest first, so that it can be stopped and run again at any time. Gives how many."""
    deleted = 0
    old = ConnectionLog.objects.filter(timestamp__lt=before).order_by("timestamp")
    while ids := list(old.values_list("pk", flat=True)[:CHUNK_ROWS]):
        # _raw_delete spares reading the rows: nothing refers to them, and nobody listens to their deletion.
        deleted += ConnectionLog.objects.filter(pk__in=ids)._raw_delete("default")
    return deleted
