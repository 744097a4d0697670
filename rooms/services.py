"""Every write to rooms and participation: look up with permission, write, announce.

Whatever depends on who is in a room happens under the room's row lock. Locks are taken in one order, room, participant
rows, psychic; on SQLite the write transaction itself is the lock. Reading is in `lookups.py`, what moderators do in
`roles.py`, `invitations.py` and `restrictions.py`, the mind-link of two in `links.py`.
"""

from collections.abc import Collection, Set
from typing import Any

from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.database.transactions import write_transaction
from mindnet.realtime.shapes import RoomRemoval
from presence.models import Psychic
from rooms import announce, devices, house_rules, links, log
from rooms import invitations as inviting
from rooms.endings import room_ended
from rooms.fields import CHANGED_BY_EITHER, CHANGES, CREATABLE_KIND, checked_description, checked_name, checked_size
from rooms.lookups import (
    OWNING,
    get_room,
    participation,
    require_participant,
    room_closed,
)
from rooms.models import PUBLIC_KINDS, Kind, LogEntry, Role, Room, RoomParticipant
from rooms.places import end_participation, give_place, lock_room, lock_rows, put_away, revise, within_quota
from rooms.restrictions import come_back_allowed, refuse_banned
from rooms.shapes import everyones_row

# Making a room


def create_room(
    *,
    psychic: Psychic,
    name: str = "",
    description: str = "",
    kind: str = Kind.OPEN,
    max_participants: int | None = None,
    with_username: str | None = None,
) -> tuple[Room, bool]:
    """The room with `my_role`, and whether it is new: a private room is the one mind-link of two, and may be there
    already. `max_participants` is None for the default."""
    if not CREATABLE_KIND.fits(kind):
        raise invalid("kind", f"The kind is one of {', '.join(CREATABLE_KIND.of)}.")
    if kind == Kind.PRIVATE:
        return links.open_link(psychic, name, description, max_participants, with_username)
    if with_username is not None:
        raise invalid("with", "Only a private room is made with somebody.")
    fields = {
        "name": checked_name(name),
        "description": checked_description(description),
        "kind": kind,
        "max_participants": checked_size(max_participants),
    }
    rates.check("ROOM_RATE", psychic.pk)

    with write_transaction():
        me = within_quota(psychic)
        room = Room.objects.create(created_by=me, **fields)
        row = give_place(room, me, role=Role.OWNER)
        announce.came_quietly(room, row)
    room.my_role = row.role
    return room, True


# Coming and going


def join_room(*, psychic: Psychic, room_id: int, invitation: str | None = None) -> tuple[RoomParticipant, bool]:
    """The participant row, and whether they were not in before. A closed room wants an invitation: its code, or one
    that names this psychic."""
    rates.check("JOIN_RATE", psychic.pk)
    if not is_id(room_id):
        raise not_found()

    with write_transaction():
        room = lock_room(room_id)
        if room.kind == Kind.BROADCAST:
            return everyones_row(room, Psychic.objects.get(pk=psychic.pk)), False
        row = lock_rows(room, [psychic.pk]).get(psychic.pk)
        if row and row.is_active:
            if not room.is_active:
                raise room_closed()
            return row, False
        invitations = entitlement(room, psychic, row, invitation)
        given = inviting.valid_invitations(room, psychic, invitation) if invitations is None else invitations
        refuse_banned(room, psychic)
        me = within_quota(psychic, room)
        # A room in which nobody is left has no owner: the first to come in is.
        role = Role.PARTICIPANT if room.participant_rows.acting().exists() else Role.OWNER
        row = give_place(room, me, row, role=role)
        links.answer_question(room, psychic)
        if given:
            inviting.use_invitation(given)
        inviting.answered(room, psychic)
        announce.joined(room, row)
    return row, True


def entitlement(room: Room, psychic: Psychic, row: RoomParticipant | None, code: str | None) -> list[int] | None:
    """What lets a psychic who is not in come in: None where the room is free to them, otherwise their invitations.

    `not_found` where nothing does. Who has no invitation is not told of a ban either: for them there is no such room.
    """
    if not room.is_active:
        raise not_found()
    if room.kind in PUBLIC_KINDS:
        return None
    if room.kind == Kind.PRIVATE:
        if not links.is_one_of_the_two(room, psychic):
            raise not_found()
        return None
    if row and come_back_allowed(row):
        return None
    invitations = inviting.valid_invitations(room, psychic, code)
    if not invitations:
        raise not_found()
    return invitations


def leave_room(*, psychic: Psychic, room_id: int) -> None:
    """Out, also for who was in once. The last owner hands on to the longest-standing moderator, else participant.

    A room that has ended is put away: it is no longer there to read. Who was asked into a mind-link declines.
    """
    if not is_id(room_id):
        raise not_found()

    with write_transaction():
        room = lock_room(room_id)
        if room.kind == Kind.BROADCAST:
            raise DomainError("permission_denied", "Everyone's room has no way out.")
        has_declined = links.answer_question(room, psychic)
        row = participation(room, psychic)
        if row is None and not has_declined:
            raise not_in(room)
        if row is None or not row.is_active:
            return
        if room.is_active:
            end_participation(room, row, kind="left")
        else:
            put_away(row)


def leave_all_rooms(*, psychic: Psychic) -> None:
    """Places become free, ownership is handed on, and what was said stays. Of an account that goes or is closed."""
    rows = psychic.participant_rows.active().filter(room__is_active=True)
    for room_id in list(rows.values_list("room_id", flat=True)):
        leave_room(psychic=psychic, room_id=room_id)


def sweep() -> None:
    """Accounts that were closed past the services, or by a process that died before they were out of their rooms."""
    here = RoomParticipant.objects.active().filter(psychic=OuterRef("pk"), room__is_active=True)
    for psychic in Psychic.objects.filter(Exists(here), is_active=False):
        devices.forget_sealed(psychic.pk)
        leave_all_rooms(psychic=psychic)


def not_in(room: Room) -> DomainError:
    """What somebody who never was in a room is told when they want to leave it."""
    if room.kind in PUBLIC_KINDS and room.is_active:
        return DomainError("not_participant", "You are not in this room.")
    return not_found()


# Changing and ending


def changed_by(kind: str, names: Set[str]) -> Collection[str]:
    """The roles that change these of `CHANGES` in a room of this kind."""
    return Role.values if kind == Kind.PRIVATE and names <= CHANGED_BY_EITHER else OWNING


def update_room(*, psychic: Psychic, room_id: int, **fields: Any) -> Room:
    """Owners change what `CHANGES` names: a room's name, size, pace and house rules; what is not given stays. How long
    messages of a mind-link are kept, either of its two says.

    Raises validation_error with all that is wrong, and rate_limited above ROOM_CHANGE_RATE.
    """
    room = get_room(psychic=psychic, room_id=room_id)
    rates.check("ROOM_CHANGE_RATE", psychic.pk)

    with write_transaction():
        room = lock_for(psychic, room_id, changed_by(room.kind, fields.keys()))
        return change(room, fields, by=psychic)


def update_room_as_staff(*, by: Psychic, room_id: int, **fields: Any) -> Room:
    """The same from the admin, where the permission has been checked."""
    with write_transaction():
        return change(lock_for_staff(room_id), fields, by=by)


def change(room: Room, fields: dict[str, Any], *, by: Psychic) -> Room:
    changes = checked_changes(room, fields)
    if changes:
        log.record(room, LogEntry.Deed.CHANGE, by=by, reason=house_rules.from_what_to_what(room, changes))
        revise(room, **changes, **emptying(room, changes))
        for name, value in changes.items():
            setattr(room, name, value)
        announce.room_updated(room)
    return room


def emptying(room: Room, changes: dict[str, Any]) -> dict[str, Any]:
    """What goes with another retention of a locked room: it is looked at (messaging/retention.py) as soon as it has
    one."""
    if "retention_hours" not in changes:
        return {}
    looked = {"empties_at": timezone.now() if changes["retention_hours"] else None}
    return looked | ({"emptied_seq": room.last_seq} if keeps_before(room) else {})


def keeps_before(room: Room) -> bool:
    """Whether a first retention leaves alone what is there already: in a mind-link neither of the two deletes what the
    other has said before."""
    return room.kind == Kind.PRIVATE and not room.retention_hours


def checked_changes(room: Room, fields: dict[str, Any]) -> dict[str, Any]:
    """Those of the fields that would change something, as they would be stored. Raises validation_error with all that
    is wrong. For who asks before anything is written; `change` asks it again under the lock."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in fields.items():
        try:
            values[name] = CHANGES[name](room, value)
        except DomainError as refusal:
            errors |= refusal.errors or {name: [refusal.detail]}
    if errors:
        raise DomainError("validation_error", "The input is not valid.", errors=errors)
    return {name: value for name, value in values.items() if value != getattr(room, name)}


def end_room(*, psychic: Psychic, room_id: int) -> None:
    """Ends a room for all, by an owner; its participants keep it to read."""
    get_room(psychic=psychic, room_id=room_id)

    with write_transaction():
        end(lock_for(psychic, room_id, OWNING), by=psychic)


def end_room_as_staff(*, by: Psychic, room_id: int) -> None:
    """The same from the admin, where the permission has been checked."""
    with write_transaction():
        end(lock_for_staff(room_id), by=by)


def end(room: Room, *, by: Psychic) -> None:
    """Raises `room_closed` where it has ended already."""
    # The pair becomes free: these two may open a new link, into which the other is asked.
    if not Room.objects.filter(pk=room.pk, is_active=True).update(
        is_active=False, pair=None, revision=F("revision") + 1
    ):
        raise room_closed()
    room.refresh_from_db(fields=["revision"])
    log.record(room, LogEntry.Deed.END, by=by)
    # The rows stay active, for reading; `left_at` says when, to processes that miss the news.
    rows = room.participant_rows.active()
    inside = rows.select_for_update().order_by("psychic_id").values_list("psychic_id", "is_aside")
    told = [psychic_id for psychic_id, is_aside in inside if not is_aside]
    rows.update(left_at=timezone.now())
    room_ended.send(sender=Room, room=room)
    announce.removed(told, RoomRemoval(room.pk, "closed", None, None), room.revision)


def lock_for(psychic: Psychic, room_id: int, roles: Collection[str]) -> Room:
    """The room, locked, for changes by who has one of these roles in it."""
    lock_room(room_id)
    return require_participant(psychic=psychic, room_id=room_id, roles=roles)[0]


def lock_for_staff(room_id: int) -> Room:
    """The room, locked, for the same changes by staff; not everyone's."""
    room = lock_room(room_id)
    if room.kind == Kind.BROADCAST:
        raise DomainError("permission_denied", "Everyone's room stays as it is.")
    return room
