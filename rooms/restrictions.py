"""Restrictions: what moderators put on somebody in a room, and how it ends."""

from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.base.moments import utc
from mindnet.base.text import check_name
from mindnet.database.transactions import write_transaction
from presence.models import Psychic
from presence.operators import check_reach
from rooms import announce, log
from rooms.fields import RESTRICTION_KIND, RESTRICTION_MINUTES, RESTRICTION_REASON, RESTRICTION_SECONDS
from rooms.in_force import restriction_on
from rooms.lookups import (
    MODERATING,
    get_room,
    participation,
    refuse_mind_link,
    require_participant,
    require_psychic,
    room_closed,
)
from rooms.models import Kind, LogEntry, Restriction, RestrictionQuerySet, Role, Room, RoomParticipant
from rooms.places import end_participation, lock_room, look_again

# Kinds that put somebody out.
EXCLUDING = (Restriction.Kind.KICK, Restriction.Kind.BAN)


def restrict(
    *,
    psychic: Psychic,
    room_id: int,
    username: str,
    kind: str,
    minutes: int | None = None,
    seconds: int | None = None,
    reason: str = "",
) -> Restriction:
    """Kick, mute, ban, or slow down to one message in so many `seconds`. A newer one takes the place of an older of its
    kind."""
    get_room(psychic=psychic, room_id=room_id)
    asked = checked(kind, minutes, seconds, reason)
    rates.check("ORDER_RATE", psychic.pk)

    with write_transaction():
        lock_room(room_id)
        room, mine = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
        target = require_psychic(username)
        row = participation(room, target)
        row = row if row and row.is_active else None
        require_authority(room, mine, target, row)
        return put_on(room, target, row, by=mine.psychic, asked=asked)


def restrict_as_staff(
    *,
    by: Psychic,
    room_id: int,
    username: str,
    kind: str,
    minutes: int | None = None,
    seconds: int | None = None,
    reason: str = "",
) -> Restriction:
    """The same from the admin, where the permission has been checked; owners too, but not in mind-links."""
    asked = checked(kind, minutes, seconds, reason)

    with write_transaction():
        room = lock_room(room_id)
        if not room.is_active:
            raise room_closed()
        if room.kind in (Kind.PRIVATE, Kind.BROADCAST):
            raise DomainError("permission_denied", "Nobody is restricted in a room of this kind.")
        target = require_psychic(username)
        if target.pk == by.pk:
            raise invalid("username", "You cannot restrict yourself.")
        check_reach(by, target, "Only a superuser restricts a superuser.")
        row = participation(room, target)
        return put_on(room, target, row if row and row.is_active else None, by=by, asked=asked)


class Asked(NamedTuple):
    """A restriction as it was asked for, checked."""

    kind: str
    minutes: int | None
    seconds: int | None
    reason: str


def checked(kind: str, minutes: int | None, seconds: int | None, reason: str) -> Asked:
    """Raises validation_error."""
    if not RESTRICTION_KIND.fits(kind):
        raise invalid("kind", f"The kind is one of {', '.join(RESTRICTION_KIND.of)}.")
    return Asked(kind, checked_minutes(kind, minutes), checked_seconds(kind, seconds), checked_reason(reason))


def put_on(room: Room, target: Psychic, row: RoomParticipant | None, *, by: Psychic, asked: Asked) -> Restriction:
    """Writes a restriction and its deed, and does what it says. `row` is the target's, None where they are not in."""
    if asked.kind == Restriction.Kind.KICK and row is None:
        raise invalid("username", "This psychic is not in the room.")
    restriction = write_restriction(room, target, by, asked)
    log.record(
        room,
        asked.kind,
        by=by,
        psychic=target,
        reason=asked.reason,
        until=None if asked.kind == Restriction.Kind.KICK else restriction.until,
        restriction=restriction,
    )
    if row is None:
        return restriction
    if asked.kind == Restriction.Kind.KICK:
        end_participation(room, row, kind="kick", reason=asked.reason, at=restriction.created_at)
    elif asked.kind == Restriction.Kind.BAN:
        until = utc(restriction.until)
        end_participation(room, row, kind="ban", reason=asked.reason, until=until, at=restriction.created_at)
    else:
        if asked.kind == Restriction.Kind.MUTE:
            announce.muted(room.pk, target.pk)
        look_again(room, row)
    return restriction


def require_authority(room: Room, mine: RoomParticipant, target: Psychic, row: RoomParticipant | None) -> None:
    """Raises permission_denied where the moderator of row `mine` does not stand above the target, validation_error for
    oneself."""
    refuse_mind_link(room, "In a mind-link nobody is restricted: leave it.")
    if target.pk == mine.psychic_id:
        raise invalid("username", "You cannot restrict yourself.")
    if row and stands_as_high(row.role, mine.role):
        raise DomainError("permission_denied", "Moderators restrict participants, owners also moderators.")


def stands_as_high(role: str, of_moderator: str) -> bool:
    """Whether somebody of this role is beyond the reach of a moderator, or owner, of a room."""
    return role == Role.OWNER or (role == Role.MODERATOR and of_moderator != Role.OWNER)


def write_restriction(room: Room, target: Psychic, by: Psychic, asked: Asked) -> Restriction:
    now = timezone.now()
    is_kick = asked.kind == Restriction.Kind.KICK
    # A kick is over as it is done.
    until = now if is_kick else now + timedelta(minutes=asked.minutes) if asked.minutes else None
    if not is_kick:
        older = Restriction.objects.in_force().filter(room=room, psychic=target, kind=asked.kind)
        older.update(lifted_at=now, lifted_by=by)
    return Restriction.objects.create(
        room=room,
        psychic=target,
        kind=asked.kind,
        seconds=asked.seconds,
        reason=asked.reason,
        created_by=by,
        created_at=now,
        until=until,
    )


def lift(*, psychic: Psychic, room_id: int, restriction_id: int) -> None:
    """Ends a restriction before its time, by a moderator. Nobody lifts their own. What has put somebody out does not
    bring them back: they may come back."""
    require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    rates.check("ORDER_RATE", psychic.pk)

    with write_transaction():
        lock_room(room_id)
        room, mine = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
        end_restriction(room, restriction_id, by=mine.psychic)


def lift_as_staff(*, by: Psychic, room_id: int, restriction_id: int) -> None:
    """The same from the admin, where the permission has been checked."""
    with write_transaction():
        end_restriction(lock_room(room_id), restriction_id, by=by)


def end_restriction(room: Room, restriction_id: int, *, by: Psychic) -> None:
    found = Restriction.objects.filter(pk=restriction_id, room=room, lifted_at=None).select_related("psychic")
    restriction = found.first() if is_id(restriction_id) else None
    if restriction is None:
        raise not_found()
    if restriction.psychic_id == by.pk:
        raise DomainError("permission_denied", "You cannot lift what was put on yourself.")
    now = timezone.now()
    found.update(lifted_at=now, lifted_by=by)
    LogEntry.objects.filter(restriction=restriction, undone_at=None).update(undone_at=now)
    reason = f"{restriction.get_kind_display()}: {restriction.reason}"
    log.record(room, LogEntry.Deed.LIFT, by=by, psychic=restriction.psychic, reason=reason)
    row = participation(room, restriction.psychic)
    if row and row.is_active and room.is_active:
        look_again(room, row)


def list_restrictions(*, psychic: Psychic, room_id: int) -> RestrictionQuerySet:
    """What was put on psychics in this room and not lifted, also what is over, for moderators."""
    return all_restrictions(psychic=psychic, room_id=room_id).filter(lifted_at=None)


def all_restrictions(*, psychic: Psychic, room_id: int) -> RestrictionQuerySet:
    """The same with what was lifted."""
    room, _ = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    rows = Restriction.objects.filter(room=room)
    return rows.select_related("psychic", "created_by", "lifted_by")


def ban_on(room: Room, psychic: Psychic) -> Restriction | None:
    """The ban that keeps this psychic out of a room, if one is in force."""
    return restriction_on(room.pk, psychic.pk, Restriction.Kind.BAN)


def refuse_banned(room: Room, psychic: Psychic) -> None:
    """Raises `banned`."""
    if ban := ban_on(room, psychic):
        raise refusal(ban)


def refusal(restriction: Restriction) -> DomainError:
    """What the restricted psychic is told when they act against a mute or ban: with reason and end."""
    if restriction.kind == Restriction.Kind.BAN:
        code, detail = "banned", "You are banned from this room."
    else:
        code, detail = "muted", "You may read, but not write here."
    until = utc(restriction.until)
    return DomainError(code, detail, rule=str(restriction.kind), reason=restriction.reason, until=until)


def come_back_allowed(row: RoomParticipant) -> bool:
    """Was this participation of a closed room ended by a kick or ban? Then what let them in lets them in again."""
    put_out = Restriction.objects.filter(room=row.room_id, psychic=row.psychic_id, kind__in=EXCLUDING)
    return row.left_at is not None and put_out.filter(created_at=row.left_at).exists()


def checked_reason(reason: str) -> str:
    """The reason as it is kept. Raises validation_error."""
    reason = reason.strip()
    if not RESTRICTION_REASON.fits(reason):
        most = RESTRICTION_REASON.most
        raise invalid("reason", f"Give a reason of 1 to {most} characters: who is restricted will read it.")
    check_name(reason, field="reason")
    return reason


def checked_seconds(kind: str, seconds: int | None) -> int | None:
    """How long somebody slowed waits between messages. Raises validation_error."""
    if kind != Restriction.Kind.SLOW:
        if seconds is not None:
            raise invalid("seconds", "Only who is slowed down waits for seconds.")
        return None
    if seconds is None or not RESTRICTION_SECONDS.fits(seconds):
        raise invalid("seconds", f"Say how long they wait between messages: 1 to {RESTRICTION_SECONDS.most} seconds.")
    return seconds


def checked_minutes(kind: str, minutes: int | None) -> int | None:
    """How long a restriction of this kind lasts. Raises validation_error."""
    if minutes is None:
        return None
    if kind == Restriction.Kind.KICK:
        raise invalid("minutes", "A kick has no length; a ban has.")
    if not RESTRICTION_MINUTES.fits(minutes):
        raise invalid("minutes", f"A restriction lasts from 1 to {RESTRICTION_MINUTES.most} minutes.")
    return minutes
