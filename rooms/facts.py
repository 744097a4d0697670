"""How a room and its people are, for who missed the news of it (`mindnet.realtime.facts`)."""

from mindnet.realtime.events import room_event
from mindnet.realtime.readers import FactsPage
from rooms.models import Room, RoomParticipant
from rooms.shapes import participant_out, room_out


def lines(room_id: int, after: int, limit: int) -> FactsPage:
    """Events for what has changed above the revision `after`: the room, then at most `limit` participants in the order
    of their changes. Empty for a room that is no more."""
    room = Room.objects.select_related("created_by").filter(pk=room_id).first()  # before its rows
    if room is None or room.revision <= after:
        return FactsPage([], after, True)
    changed = room.participant_rows.filter(revision__gt=after, revision__lte=room.revision).select_related("psychic")
    rows = list(changed.order_by("revision")[: limit + 1])
    is_all, rows = len(rows) <= limit, rows[:limit]
    found = [room_event("room.updated", room_id, room_out(room))]
    found += [room_event(happened(row, after), room_id, participant_out(row)) for row in rows]
    return FactsPage(found, room.revision if is_all else rows[-1].revision, is_all)


def happened(row: RoomParticipant, after: int) -> str:
    """What to call the change of a participant for somebody who knows the room as it was at `after`."""
    if not row.is_active:
        return "participant.left"
    return "participant.joined" if row.joined_revision > after else "participant.updated"
