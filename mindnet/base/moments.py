"""Moments, as they go over the wire."""

from datetime import datetime, timezone
from typing import overload

from django.utils.formats import date_format
from django.utils.timezone import now


@overload
def utc(moment: datetime) -> datetime: ...
@overload
def utc(moment: datetime | None) -> datetime | None: ...
def utc(moment: datetime | None) -> datetime | None:
    """A time as it goes over the wire: UTC, so that it ends in Z."""
    return moment.astimezone(timezone.utc) if moment is not None else None


def ago(moment: datetime | None) -> str:
    """How long a time lies back, as one says it; nothing of none."""
    if moment is None:
        return ""
    seconds = (now() - moment).total_seconds()
    if seconds > 30 * 86_400:
        return f"on {date_format(moment, 'j F Y')}"
    for unit_seconds, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        count = int(seconds // unit_seconds)
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "a moment ago"
