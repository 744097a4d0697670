"""Restrictions: what moderators put on somebody in a room, and how it ends."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.base.moments import utc
from mindnet.base.text import check_name
from mindnet.database.transactions import write_transaction
from presence.models import Psychic
from rooms import announce
from rooms.fields import RESTRICTION_KIND, RESTRICTION_MINUTES, RESTRICTION_REASON
from rooms.lookups import MODERATING, get_room, participation, require_participant, require_psychic
from rooms.models import Kind, Restriction, Role, Room, RoomParticipant
from rooms.places import end_participation, lock_room

# Kinds that put somebody out.
EXCLUDING = (Restriction.Kind.KICK, Restriction.Kind.BAN)


def restrict(
    *, psychic: Psychic, room_id: int, username: str, kind: str, minutes: int | None = None, reason: str = ""
) -> Restriction:
    """Kick, mute or ban. A newer mute or ban takes the place of an older one."""
    get_room(psychic=psychic, room_id=room_id)
    if not RESTRICTION_KIND.fits(kind):
        raise invalid("kind", f"The kind is one of {', '.join(RESTRICTION_KIND.of)}.")
    reason = checked_reason(reason)
    minutes = checked_minutes(kind, minutes)

    with write_transaction():
        lock_room(room_id)
        room, mine = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
        target = require_psychic(username)
        row = participation(room, target)
        row = row if row and row.is_active else None
        require_authority(room, mine, target, row)
        if kind == Restriction.Kind.KICK and row is None:
            raise invalid("username", "This psychic is not in the room.")
        restriction = write_restriction(room, target, mine.psychic, kind, minutes, reason)
        at = restriction.created_at
        if kind == Restriction.Kind.KICK and row:
            end_participation(room, row, kind="kick", reason=reason, at=at)
        elif kind == Restriction.Kind.BAN and row:
            end_participation(room, row, kind="ban", reason=reason, until=utc(restriction.until), at=at)
        elif kind == Restriction.Kind.MUTE:
            announce.muted(room.pk, target.pk)
    return restriction


def require_authority(room: Room, mine: RoomParticipant, target: Psychic, row: RoomParticipant | None) -> None:
    """Raises permission_denied where the moderator of row `mine` does not stand above the target, validation_error for
    oneself."""
    if room.kind == Kind.PRIVATE:
        raise DomainError("permission_denied", "In a mind-link nobody is restricted: leave it.")
    if target.pk == mine.psychic_id:
        raise invalid("username", "You cannot restrict yourself.")
    above = row is not None and (row.role == Role.OWNER or (row.role == Role.MODERATOR and mine.role != Role.OWNER))
    if above:
        raise DomainError("permission_denied", "Moderators restrict participants, owners also moderators.")


def write_restriction(
    room: Room, target: Psychic, by: Psychic, kind: str, minutes: int | None, reason: str
) -> Restriction:
    now = timezone.now()
    # A kick is over as it is done.
    until = now if kind == Restriction.Kind.KICK else now + timedelta(minutes=minutes) if minutes else None
    if kind != Restriction.Kind.KICK:
        Restriction.objects.in_force().filter(room=room, psychic=target, kind=kind).update(lifted_at=now)
    return Restriction.objects.create(
        room=room, psychic=target, kind=kind, reason=reason, created_by=by, created_at=now, until=until
    )


def lift(*, psychic: Psychic, room_id: int, restriction_id: int) -> None:
    """Ends a restriction before its time, by a moderator. Nobody lifts their own."""
    require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    own = Restriction.objects.filter(pk=restriction_id, room=room_id, lifted_at=None, psychic=psychic)

    with write_transaction():
        if is_id(restriction_id) and own.exists():
            raise DomainError("permission_denied", "You cannot lift what was put on yourself.")
        end_restriction(room_id, restriction_id)


def lift_as_staff(*, room_id: int, restriction_id: int) -> None:
    """The same from the admin, where the permission has been checked."""
    with write_transaction():
        end_restriction(room_id, restriction_id)


def end_restriction(room_id: int, restriction_id: int) -> None:
    found = Restriction.objects.filter(pk=restriction_id, room=room_id, lifted_at=None)
    if not is_id(restriction_id) or not found.update(lifted_at=timezone.now()):
        raise not_found()


def list_restrictions(*, psychic: Psychic, room_id: int) -> QuerySet[Restriction]:
    """What was put on psychics in this room and not lifted, also what is over, for moderators."""
    room, _ = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    return room.restrictions.filter(lifted_at=None).select_related("psychic", "created_by")


def ban_on(room: Room, psychic: Psychic) -> Restriction | None:
    """The ban that keeps this psychic out of a room, if one is in force."""
    return Restriction.objects.in_force().filter(room=room, psychic=psychic, kind=Restriction.Kind.BAN).first()


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
    return DomainError(code, detail, reason=restriction.reason, until=utc(restriction.until))


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


def checked_minutes(kind: str, minutes: int | None) -> int | None:
    """How long a restriction of this kind lasts. Raises validation_error."""
    if minutes is None:
        return None
    if kind == Restriction.Kind.KICK:
        raise invalid("minutes", "A kick has no length; a ban has.")
    if not RESTRICTION_MINUTES.fits(minutes):
        raise invalid("minutes", f"A restriction lasts from 1 to {RESTRICTION_MINUTES.most} minutes.")
    return minutes
