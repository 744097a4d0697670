"""Places in a room: given, taken back, handed on. Call these inside a transaction, under the room's lock."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from mindnet.base.errors import DomainError, not_found
from mindnet.realtime.shapes import Leaving
from presence.models import Psychic, Status
from rooms import announce, log
from rooms.models import Kind, Role, Room, RoomParticipant


def lock_room(room_id: int) -> Room:
    """The room's row, locked until the commit, as the message writer locks it too: nobody comes or goes meanwhile.

    NO KEY UPDATE lets others insert rows that refer to the room. SQLite knows no row locks: there the write
    transaction keeps everybody else from writing.
    """
    room = (
        Room.objects.select_for_update(no_key=True, of=("self",)).select_related("created_by").filter(pk=room_id)
    ).first()
    if room is None:
        raise not_found()
    return room


def give_place(
    room: Room,
    psychic: Psychic,
    row: RoomParticipant | None = None,
    *,
    role: str = Role.PARTICIPANT,
    is_aside: bool = False,
) -> RoomParticipant:
    """A participant row with both watermarks at the room's head; `row` is the one of who was in before.

    The place is taken by a conditional UPDATE, so that the limit holds whatever else goes on.
    """
    free = Room.objects.filter(pk=room.pk, is_active=True, participant_count__lt=F("max_participants"))
    if not free.update(participant_count=F("participant_count") + 1, revision=F("revision") + 1):
        raise DomainError("room_full", f"This room is full: {room.max_participants} participants.")
    room.refresh_from_db(fields=["participant_count", "last_seq", "revision"])
    shown = room.last_seq if psychic.chosen_status == Status.INVISIBLE else None
    values = {
        "role": role,
        "joined_at": timezone.now(),
        "left_at": None,
        "is_active": True,
        "is_aside": is_aside,
        "delivered_seq": room.last_seq,
        "read_seq": room.last_seq,
        "unread_from": None,
        "shown_delivered_seq": shown,
        "shown_read_seq": shown,
        "joined_revision": room.revision,
        "revision": room.revision,
    }
    if row is None:
        return RoomParticipant.objects.create(room=room, psychic=psychic, **values)
    row.room, row.psychic = room, psychic
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=values)
    return row


def within_quota(psychic: Psychic, room: Room | None = None) -> Psychic:
    """The psychic's fresh row, locked until the commit, so that several joins at once are counted one by one. `room` is
    the one they are coming into, None for a new one."""
    me = Psychic.objects.select_for_update(no_key=True).get(pk=psychic.pk)
    most = settings.LIMITS["ROOMS_PER_PSYCHIC"]
    if settings.LIMITS_ENFORCED:
        taken = rooms_taken(me, room)
        if taken >= most:
            raise DomainError("conflict", f"You are in {taken} rooms, and {most} is the most. Leave one first.")
    return me


def rooms_taken(psychic: Psychic, room: Room | None = None) -> int:
    """How many rooms the psychic is in that count together with this one (None: with a new one).

    Mind-links that others have opened count by themselves, or strangers could take all the places somebody has.
    """
    rows = RoomParticipant.objects.active().filter(psychic=psychic, room__is_active=True)
    of_others = Q(room__kind=Kind.PRIVATE) & ~Q(room__created_by=psychic)
    is_of_another = room is not None and room.kind == Kind.PRIVATE and room.created_by_id != psychic.pk
    return rows.filter(of_others if is_of_another else ~of_others).count()


def lock_rows(room: Room, psychic_ids: Iterable[int]) -> dict[int, RoomParticipant]:
    """The rows of these psychics in a room, by psychic, in or out, locked in the order in which watermarks are written
    too."""
    rows = room.participant_rows.select_for_update(of=("self",)).select_related("psychic")
    found = {row.psychic_id: row for row in rows.filter(psychic__in=psychic_ids).order_by("psychic_id")}
    for row in found.values():
        row.room = room
    return found


def end_participation(
    room: Room,
    row: RoomParticipant,
    *,
    kind: Leaving,
    reason: str | None = None,
    until: datetime | None = None,
    at: datetime | None = None,
) -> None:
    """Takes a place back and announces it; `kind` as in `room.removed`. The last owner's role is handed on."""
    heir = find_heir(room, row) if row.role == Role.OWNER else None
    rows = lock_rows(room, [row.psychic_id, heir] if heir else [row.psychic_id])
    row = rows[row.psychic_id]
    row.revision = revise(room, participant_count=F("participant_count") - 1)
    row.is_active = False
    row.left_at = at or timezone.now()
    row.save(update_fields=["is_active", "left_at", "revision"])
    announce.left(row, kind=kind, reason=reason, until=until)
    if heir:
        change_role(room, rows[heir], Role.OWNER, by=None)


def put_away(row: RoomParticipant) -> None:
    """Takes an ended room out of the sight of one who was in it. Nobody is there any more to be told."""
    if RoomParticipant.objects.active().filter(pk=row.pk).update(is_active=False):
        Room.objects.filter(pk=row.room_id).update(participant_count=F("participant_count") - 1)


def find_heir(room: Room, owner: RoomParticipant) -> int | None:
    """The psychic who owns the room after its last owner: the longest-standing moderator, else participant."""
    others = room.participant_rows.acting().exclude(pk=owner.pk)
    if others.filter(role=Role.OWNER).exists():
        return None
    rank = Case(When(role=Role.MODERATOR, then=Value(0)), default=Value(1))
    return others.order_by(rank, "joined_at", "pk").values_list("psychic_id", flat=True).first()


def change_role(room: Room, row: RoomParticipant, role: str, *, by: Psychic | None) -> None:
    """`by` is None where the room goes to whoever comes next."""
    was = row.get_role_display()
    row.role = role
    row.revision = revise(room)
    row.save(update_fields=["role", "revision"])
    log.record(room, f"make_{role}", by=by, psychic=row.psychic, reason=f"{was} before")
    announce.participant_updated(row)


def look_again(room: Room, row: RoomParticipant) -> None:
    """Tells that what holds for a participant has changed, though nothing that their row shows: whoever it concerns
    asks what they may do now."""
    row.revision = revise(room)
    row.save(update_fields=["revision"])
    announce.participant_updated(row)


def revise(room: Room, **changes: Any) -> int:
    """Writes changes to a room, and counts them or what goes with them: the room's new revision."""
    Room.objects.filter(pk=room.pk).update(revision=F("revision") + 1, **changes)
    room.refresh_from_db(fields=["revision"])
    return room.revision
