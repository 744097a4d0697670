"""Lines of the connection log, made by hand around one noon."""

import uuid
from datetime import UTC, datetime, timedelta

from analytics.models import ConnectionLog

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def log(action, minutes, **columns):
    return ConnectionLog.objects.create(action=action, timestamp=at(minutes), connection_id=uuid.uuid4(), **columns)
