"""Comings and goings that a process was not told of, because the channel layer was away: read from the table.

Nearly always it was told of all of them, so what has happened is read briefly, and only what the hub does not know at
length. It ignores what it has heard meanwhile, so telling it twice does no harm.
"""

from django.db.models import Q

from mindnet.realtime.events import event
from mindnet.realtime.shapes import RoomRemoval
from rooms.models import RoomParticipant
from rooms.shapes import room_entry


def recent_changes(since):
    """[(row's id, psychic's id, room's id, whether they are in)] of who has come into or gone out of a room after
    `since`."""
    changed = RoomParticipant.objects.filter(Q(joined_at__gt=since) | Q(left_at__gt=since))
    rows = changed.values_list("pk", "psychic_id", "room_id", "is_active", "room__is_active")
    return [(pk, psychic_id, room_id, is_active and goes_on) for pk, psychic_id, room_id, is_active, goes_on in rows]


def messages(row_ids):
    """What these rows say now, for the hub, in the shape of `publish.room_added` and `publish.room_removed`."""
    return [message(row) for row in RoomParticipant.objects.filter(pk__in=row_ids).select_related("room")]


def message(row):
    here = {"psychic": row.psychic_id, "room": row.room_id}
    if row.is_active and row.room.is_active:
        line = event("room.added", room_entry(row.room, row))
        return here | {"type": "attach", "last_seq": row.room.last_seq, "line": line}
    return here | {"type": "detach", "line": removal_line(row.room_id, "left" if row.room.is_active else "closed")}


def removal_line(room_id, kind):
    return event("room.removed", RoomRemoval(room_id, kind, None, None))
