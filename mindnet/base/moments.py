"""Moments, as they go over the wire."""

from datetime import datetime, timezone
from typing import overload


@overload
def utc(moment: datetime) -> datetime: ...
@overload
def utc(moment: datetime | None) -> datetime | None: ...
def utc(moment: datetime | None) -> datetime | None:
    """A time as it goes over the wire: UTC, so that it ends in Z."""
    return moment.astimezone(timezone.utc) if moment is not None else None
