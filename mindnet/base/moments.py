"""Moments, as they go over the wire."""

from datetime import timezone


def utc(moment):
    """A time as it goes over the wire: UTC, so that it ends in Z."""
    return moment.astimezone(timezone.utc) if moment is not None else None
