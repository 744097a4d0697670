"""The log of a room's deeds: who did what to whom, when and why."""

from datetime import datetime

from presence.models import Psychic
from rooms.models import LogEntry, Restriction, Room


def record(
    room: Room,
    deed: str,
    *,
    by: Psychic | None,
    psychic: Psychic | None = None,
    reason: str = "",
    until: datetime | None = None,
    restriction: Restriction | None = None,
) -> LogEntry:
    """Writes a deed down, in the transaction that does it. `by` is None where the server acts by itself.

    A reason that was composed out of longer texts is cut at the column's 500 characters.
    """
    most = LogEntry._meta.get_field("reason").max_length or 0
    cut = reason if len(reason) <= most else f"{reason[: most - 1]}…"
    return LogEntry.objects.create(
        room=room, deed=deed, by=by, psychic=psychic, reason=cut, until=until, restriction=restriction
    )
