"""Comings and goings that a process was not told of, because the channel layer was away: read from the table.

Nearly always it was told of all of them, so what has happened is read briefly, and only what the hub does not know at
length. It knows by the version what is older than what it has heard meanwhile, so telling it twice does no harm.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from mindnet.realtime.events import event
from mindnet.realtime.messages import Move
from mindnet.realtime.shapes import RoomRemoval
from rooms.models import RoomParticipant
from rooms.shapes import room_entry


class Change(NamedTuple):
    """What a row of `room_participants` says now."""

    row_id: int
    psychic_id: int
    room_id: int
    is_in: bool


def recent_changes(since: datetime) -> list[Change]:
    """Who has come into or gone out of a room after `since`."""
    changed = RoomParticipant.objects.filter(Q(joined_at__gt=since) | Q(left_at__gt=since))
    rows = changed.filter(is_aside=False).values_list("pk", "psychic_id", "room_id", "is_active", "room__is_active")
    return [Change(pk, psychic_id, room_id, is_in and goes_on) for pk, psychic_id, room_id, is_in, goes_on in rows]


def messages(row_ids: Iterable[int]) -> list[Move]:
    """What these rows say now, for the hub, in the shape of `publish.room_added` and `publish.room_removed`."""
    return [message(row) for row in RoomParticipant.objects.filter(pk__in=row_ids).select_related("room")]


def message(row: RoomParticipant) -> Move:
    psychic_id, room = row.psychic_id, row.room
    if row.is_active and room.is_active:
        line = event("room.added", room_entry(room, row))
        return {
            "type": "attach",
            "psychic": psychic_id,
            "room": room.pk,
            "last_seq": room.last_seq,
            "revision": room.revision,
            "line": line,
            "version": row.revision,
        }
    line = event("room.removed", RoomRemoval(room.pk, "left" if room.is_active else "closed", None, None))
    version = row.revision if room.is_active else room.revision
    return {"type": "detach", "psychic": psychic_id, "room": room.pk, "line": line, "version": version}
