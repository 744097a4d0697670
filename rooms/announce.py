"""Telling of who came, went and changed. Lines are made at once, and published after the commit."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from mindnet.realtime import publish
from mindnet.realtime.events import event, room_event
from mindnet.realtime.readers import Head
from mindnet.realtime.shapes import DevicesChange, Leaving, RoomRemoval
from presence.models import Connection, Psychic
from presence.shapes import psychic_out
from rooms.models import Kind, Room, RoomParticipant, RoomReceipts
from rooms.shapes import participant_out, room_entry, room_out


def room_updated(room: Room) -> None:
    line = room_event("room.updated", room.pk, room_out(room))
    revision = room.revision
    transaction.on_commit(lambda: publish.fact(room.pk, revision, line))


def participant_updated(row: RoomParticipant) -> None:
    line = room_event("participant.updated", row.room_id, participant_out(row))
    fact(row, line)


def fact(row: RoomParticipant, line: str) -> None:
    """What has changed about a participant, at the revision of their row."""
    room_id, revision = row.room_id, row.revision
    transaction.on_commit(lambda: publish.fact(room_id, revision, line))


def room_added(room: Room, row: RoomParticipant) -> None:
    """Attaches the psychic's connections to a room they have come into, as it was before."""
    attach(room, row, row.revision - 1, event("room.added", room_entry(room, row)))


def came_to_light(room: Room, row: RoomParticipant) -> None:
    """Attaches them to a room that they were in aside, as it is now. All that was said there is new to them."""
    unread = max(0, room.last_seq - row.read_seq)
    attach(room, row, room.revision, event("room.added", room_entry(room, row, unread=unread)))


def attach(room: Room, row: RoomParticipant, revision: int, line: str) -> None:
    receipts = RoomReceipts.objects.filter(pk=room.pk).values_list("count", flat=True).first() or 0
    head = Head(room.last_seq, revision, receipts)
    arguments = (row.psychic_id, room.pk, row.delivered_seq, head, line, row.revision)
    transaction.on_commit(lambda: publish.room_added(*arguments))


def joined(room: Room, row: RoomParticipant) -> None:
    """Attached first, so that who comes in sees themselves come in."""
    room_added(room, row)
    fact(row, room_event("participant.joined", room.pk, participant_out(row)))


def came_quietly(room: Room, row: RoomParticipant) -> None:
    """Into a room that is new: nobody was there to be told."""
    room_added(room, row)
    fact(row, "")


def came_aside(row: RoomParticipant) -> None:
    """As `came_quietly`, but whose row it is hears nothing of it."""
    fact(row, "")


def left(row: RoomParticipant, *, kind: Leaving, reason: str | None = None, until: datetime | None = None) -> None:
    """Told to the room first, so that who goes out sees themselves go."""
    fact(row, room_event("participant.left", row.room_id, participant_out(row)))
    removed([row.psychic_id], RoomRemoval(row.room_id, kind, reason, until), row.revision)


def muted(room_id: int, psychic_id: int) -> None:
    """Nobody waits for what they type."""
    transaction.on_commit(lambda: publish.typing(room_id, psychic_id, "", False, is_final=True))


def removed(psychic_ids: Iterable[int], removal: RoomRemoval, version: int) -> None:
    """Detaches the connections of these psychics from a room they are out of. `version` is the room's revision with
    that."""
    line = event("room.removed", removal)

    def tell() -> None:
        for psychic_id in psychic_ids:
            publish.room_removed(psychic_id, removal.room, line, version)
        forget_looking(psychic_ids, removal.room)

    transaction.on_commit(tell)


def forget_looking(psychic_ids: Iterable[int], room_id: int) -> None:
    """Nobody looks at a room they are out of. After the commit, so that no lock on a psychic meets one on a room."""
    Connection.objects.filter(psychic__in=psychic_ids, room_id=room_id).update(room_id=None)
    Psychic.objects.filter(pk__in=psychic_ids, room_id=room_id).update(room_id=None)


def devices_changed(psychic: Psychic, head: str) -> None:
    """The psychic's device log has another head: told to themselves and to the other of each of their mind-links."""
    links = RoomParticipant.objects.active().filter(psychic=psychic, room__kind=Kind.PRIVATE, room__is_active=True)
    others = RoomParticipant.objects.shown().filter(room__in=links.values("room")).exclude(psychic=psychic)
    tell_of_devices([psychic.pk, *others.order_by("psychic_id").values_list("psychic_id", flat=True)], psychic, head)


def own_devices_changed(psychic: Psychic, head: str) -> None:
    """A device waits for one of the psychic's own to endorse it, or has been handed keys. The head is as it was, so
    nobody else is told."""
    tell_of_devices([psychic.pk], psychic, head)


def tell_of_devices(psychic_ids: list[int], psychic: Psychic, head: str) -> None:
    line = event("devices.changed", DevicesChange(psychic_out(psychic), head))
    transaction.on_commit(lambda: publish.to_psychics(psychic_ids, line))
