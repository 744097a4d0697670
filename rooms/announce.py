"""Telling of who came, went and changed. Lines are made at once, and published after the commit."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from mindnet.realtime import publish
from mindnet.realtime.events import event, room_event
from mindnet.realtime.shapes import Leaving, RoomRemoval
from presence.models import Connection, Psychic
from rooms.models import Room, RoomParticipant
from rooms.shapes import participant_out, room_entry, room_out


def room_updated(room: Room) -> None:
    line = room_event("room.updated", room.pk, room_out(room))
    transaction.on_commit(lambda: publish.to_room(room.pk, line))


def participant_updated(row: RoomParticipant) -> None:
    line = room_event("participant.updated", row.room_id, participant_out(row))
    transaction.on_commit(lambda: publish.to_room(row.room_id, line))


def room_added(room: Room, row: RoomParticipant) -> None:
    """Attaches the psychic's connections to a room they have come into."""
    line = event("room.added", room_entry(room, row))
    arguments = (row.psychic_id, room.pk, row.delivered_seq, room.last_seq, line)
    transaction.on_commit(lambda: publish.room_added(*arguments))


def joined(room: Room, row: RoomParticipant) -> None:
    """Attached first, so that who comes in sees themselves come in."""
    room_added(room, row)
    line = room_event("participant.joined", room.pk, participant_out(row))
    transaction.on_commit(lambda: publish.to_room(room.pk, line))


def left(row: RoomParticipant, *, kind: Leaving, reason: str | None = None, until: datetime | None = None) -> None:
    """Told to the room first, so that who goes out sees themselves go."""
    line = room_event("participant.left", row.room_id, participant_out(row))
    transaction.on_commit(lambda: publish.to_room(row.room_id, line))
    removed([row.psychic_id], RoomRemoval(row.room_id, kind, reason, until))


def removed(psychic_ids: Iterable[int], removal: RoomRemoval) -> None:
    """Detaches the connections of these psychics from a room they are out of."""
    line = event("room.removed", removal)

    def tell() -> None:
        for psychic_id in psychic_ids:
            publish.room_removed(psychic_id, removal.room, line)
        forget_looking(psychic_ids, removal.room)

    transaction.on_commit(tell)


def forget_looking(psychic_ids: Iterable[int], room_id: int) -> None:
    """Nobody looks at a room they are out of. After the commit, so that no lock on a psychic meets one on a room."""
    Connection.objects.filter(psychic__in=psychic_ids, room_id=room_id).update(room_id=None)
    Psychic.objects.filter(pk__in=psychic_ids, room_id=room_id).update(room_id=None)
