"""Comings and goings that a process was not told of, because the channel layer was away: read from the table.

The hub ignores what it knows already, so telling it twice does no harm.
"""

from django.db.models import Q

from mindnet.realtime.protocol import RoomRemoval, event
from rooms.models import RoomParticipant
from rooms.shapes import room_entry


def recent_changes(since, psychic_ids):
    """Messages for the hub, in the shape of `publish.room_added` and `publish.room_removed`.

    For everybody of `psychic_ids` (a set) who has come into or gone out of a room after `since`.
    """
    changed = RoomParticipant.objects.filter(Q(joined_at__gt=since) | Q(left_at__gt=since)).select_related("room")
    return [message(row) for row in changed if row.psychic_id in psychic_ids]


def message(row):
    here = {"psychic": row.psychic_id, "room": row.room_id}
    if row.is_active and row.room.is_active:
        line = event("room.added", room_entry(row.room, row))
        return here | {"type": "attach", "last_seq": row.room.last_seq, "line": line}
    return here | {"type": "detach", "line": removal_line(row.room_id, "left" if row.room.is_active else "closed")}


def removal_line(room_id, kind):
    return event("room.removed", RoomRemoval(room_id, kind, None, None))
