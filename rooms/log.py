"""The log of a room's deeds: who did what to whom, when and why."""

from datetime import datetime

from django.db.models import QuerySet

from mindnet.base.errors import DomainError
from presence.models import Psychic
from rooms.lookups import get_room
from rooms.models import LogEntry, Restriction, Room


def list_entries(*, psychic: Psychic, room_id: int) -> QuerySet[LogEntry]:
    """What was done in a room, for those who are in it, also once it has ended. Raises not_found, and in an open room
    not_participant."""
    room = get_room(psychic=psychic, room_id=room_id)
    if room.my_role is None:
        raise DomainError("not_participant", "Join this room first.")
    return room.log.select_related("by", "psychic", "restriction__lifted_by").order_by("-pk")


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
