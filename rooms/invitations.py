"""Invitations: what lets people into a closed room, or says to somebody where to come."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.database.transactions import write_transaction
from presence.models import Block, Psychic
from rooms import log
from rooms.fields import INVITATION_HOURS, INVITATION_USES
from rooms.in_force import restriction_on
from rooms.lookups import MODERATING, participation, refuse_mind_link, refuse_role, require_participant, require_psychic
from rooms.models import (
    Invitation,
    InvitationQuerySet,
    Kind,
    LogEntry,
    Restriction,
    Room,
    RoomParticipant,
    RoomQuerySet,
)
from rooms.places import lock_room
from rooms.restrictions import refusal

INVITATION_HOURS_DEFAULT = 7 * 24
CODE_PATTERN = r"[A-Za-z0-9_-]{1,40}"

# By those who keep the room


def invite(
    *,
    psychic: Psychic,
    room_id: int,
    username: str | None = None,
    max_uses: int | None = None,
    hours: int | None = None,
) -> Invitation:
    """An invitation for one named psychic, or for the first `max_uses` (1) who hold its code, for some hours (a
    week), as long as its maker may invite. Who names the same psychic again has the same invitation, as if it were new.

    Raises conflict for who is in already, permission_denied for who has declined one of this maker's.
    """
    require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    guest = require_psychic(username) if username is not None else None
    max_uses = checked_uses(max_uses, is_named=guest is not None)
    hours = checked_hours(hours)
    rates.check("INVITATION_RATE", psychic.pk)

    with write_transaction():
        room = lock_for_inviting(psychic, room_id)
        expires_at = timezone.now() + timedelta(hours=hours)
        if guest:
            invitation = invite_by_name(room, psychic, guest, expires_at)
        else:
            invitation = Invitation.objects.create(
                room=room, max_uses=max_uses, created_by=psychic, expires_at=expires_at
            )
        log.record(room, LogEntry.Deed.INVITE, by=psychic, psychic=guest, reason=words(invitation), until=expires_at)
    return invitation


def checked_uses(max_uses: int | None, *, is_named: bool) -> int:
    if is_named and max_uses not in (None, 1):
        raise invalid("max_uses", "An invitation by name is for one use.")
    max_uses = 1 if max_uses is None else max_uses
    if not INVITATION_USES.fits(max_uses):
        raise invalid("max_uses", f"An invitation has from 1 to {INVITATION_USES.most} uses.")
    return max_uses


def checked_hours(hours: int | None) -> int:
    hours = INVITATION_HOURS_DEFAULT if hours is None else hours
    if not INVITATION_HOURS.fits(hours):
        raise invalid("hours", f"An invitation lasts from 1 to {INVITATION_HOURS.most} hours.")
    return hours


def lock_for_inviting(psychic: Psychic, room_id: int) -> Room:
    """The room, locked, of who may invite into it at this moment."""
    lock_room(room_id)
    return require_inviter(psychic, room_id)


def require_inviter(psychic: Psychic, room_id: int) -> Room:
    """The room of who may invite into it. Raises what inviting is refused with."""
    room, row = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    refuse_inviter(room, row.role, psychic)
    return room


def refuse_inviter(room: Room, role: str | None, psychic: Psychic) -> None:
    """Raises what inviting is refused with, for who has this role in a room (None: who is not in)."""
    refuse_role(room, role, MODERATING)
    refuse_mind_link(room, "A mind-link is for its two alone.")
    if mute := restriction_on(room.pk, psychic.pk, Restriction.Kind.MUTE):
        raise refusal(mute)


def invite_by_name(room: Room, psychic: Psychic, guest: Psychic, expires_at: datetime) -> Invitation:
    """Under the room's lock. That the guest blocks the psychic is not looked at here: it is told to nobody."""
    row = participation(room, guest)
    if row and row.is_active:
        raise DomainError("conflict", f"{guest.username} is in this room already.")
    mine = Invitation.objects.filter(psychic=guest, created_by=psychic)
    if mine.filter(declined_at__isnull=False).exists():
        sentence = f"{guest.username} has declined an invitation of yours, and gets no more of them by name."
        raise DomainError("permission_denied", sentence)
    # A conditional UPDATE, so that one that is answered at this moment is not revived.
    for open_one in mine.in_force().filter(room=room).order_by("-pk")[:1]:
        if mine.in_force().filter(pk=open_one.pk).update(created_at=timezone.now(), expires_at=expires_at):
            open_one.refresh_from_db()
            return open_one
    return Invitation.objects.create(room=room, psychic=guest, created_by=psychic, expires_at=expires_at)


def words(invitation: Invitation) -> str:
    """What the log says of an invitation that names nobody."""
    if invitation.psychic_id:
        return ""
    return "A link for one." if invitation.max_uses == 1 else f"A link for {invitation.max_uses}."


def list_invitations(*, psychic: Psychic, room_id: int) -> QuerySet[Invitation]:
    """Those that let somebody into this room, for its moderators."""
    room, _ = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    return room.invitations.in_force().select_related("psychic", "created_by")


def withdraw_invitation(*, psychic: Psychic, room_id: int, invitation_id: int) -> None:
    """Ends an invitation, whoever made it: from then on it lets nobody in."""
    require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    if not is_id(invitation_id):
        raise not_found()

    with write_transaction():
        lock_room(room_id)  # whoever comes in by it now is in before it ends
        room, _ = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
        open_ones = Invitation.objects.unexpired().filter(pk=invitation_id, room=room_id, declined_at=None)
        found = open_ones.select_related("psychic").first()
        if found is None or not open_ones.update(expires_at=timezone.now()):
            raise not_found()
        log.record(room, LogEntry.Deed.WITHDRAW, by=psychic, psychic=found.psychic, reason=words(found))


def rooms_to_invite_to(*, psychic: Psychic, guest_id: int) -> RoomQuerySet:
    """Where the psychic may invite and the guest is not in, by name."""
    rows = RoomParticipant.objects.active().filter(room=OuterRef("pk"))
    mine, theirs = rows.filter(psychic=psychic, role__in=MODERATING), rows.filter(psychic=guest_id)
    going_on = Room.objects.filter(Exists(mine), ~Exists(theirs), is_active=True)
    return going_on.exclude(kind__in=(Kind.PRIVATE, Kind.BROADCAST)).order_by("name", "pk")


# By the invited


def addressed_to(psychic: Psychic | int, now: datetime | None = None) -> InvitationQuerySet:
    """Invitations in force that name this psychic, without those of whom they block."""
    blocks = Block.objects.filter(blocker=psychic, blocked=OuterRef("created_by"))
    return Invitation.objects.in_force(now).filter(~Exists(blocks), psychic=psychic)


def own_invitations(*, psychic: Psychic | int, now: datetime | None = None) -> InvitationQuerySet:
    """Into which rooms the psychic is invited and not in yet. Mind-links ask in their own way (rooms/links.py)."""
    inside = RoomParticipant.objects.active().filter(room=OuterRef("room"), psychic=psychic)
    open_ones = addressed_to(psychic, now).filter(~Exists(inside)).exclude(room__kind=Kind.PRIVATE)
    return open_ones.select_related("room", "created_by", "psychic").order_by("-pk")


def decline(*, psychic: Psychic, invitation_id: int) -> None:
    """Says no to an invitation by name: it lets nobody in any more, and its maker names this psychic in none again.

    Raises not_found for what does not invite this psychic now. May be called within a transaction.
    """
    found = own_invitations(psychic=psychic).filter(pk=invitation_id).first() if is_id(invitation_id) else None
    if found is None:
        raise not_found()

    with write_transaction():
        lock_room(found.room_id)
        if not own_invitations(psychic=psychic).filter(pk=found.pk).update(declined_at=timezone.now()):
            raise not_found()


def decline_reported(invitation_id: int) -> None:
    """An invitation that its guest has reported lets nobody in, and its maker names them in none again. Within the
    reporter's transaction, which holds their row: a room is locked before a psychic, so no room is locked here."""
    now = timezone.now()
    Invitation.objects.filter(pk=invitation_id, declined_at=None).update(declined_at=now)
    Invitation.objects.unexpired().filter(pk=invitation_id).update(expires_at=now)


# By whoever holds a code


def look_up(*, code: str, address: str) -> Invitation:
    """The invitation of this code, with its room and maker. What lets nobody in is `not_found`, for whatever reason.
    Raises rate_limited above INVITATION_LOOK_RATE, by address."""
    rates.check("INVITATION_LOOK_RATE", address)
    if not re.fullmatch(CODE_PATTERN, code):
        raise not_found()
    valid = Invitation.objects.in_force().exclude(room__kind=Kind.PRIVATE).filter(code=code)
    found = valid.select_related("room", "created_by").first()
    if found is None:
        raise not_found()
    return found


def room_of_code(*, psychic: Psychic, code: str) -> int | None:
    """The room a psychic is in and that this code led to, also when it leads nobody there any more."""
    if not re.fullmatch(CODE_PATTERN, code):
        return None
    inside = RoomParticipant.objects.active().filter(room=OuterRef("room"), psychic=psychic)
    return Invitation.objects.filter(Exists(inside), code=code).values_list("room", flat=True).first()


# By joining


def valid_invitations(room: Room, psychic: Psychic, code: str | None) -> list[int]:
    """Ids of the invitations that let this psychic in, the one they gave first. Empty: none does."""
    mine = addressed_to(psychic).filter(room=room).exclude(room__kind=Kind.PRIVATE)
    given = Invitation.objects.none()
    # What can be no code is not asked of the database: NUL, for one, fits in no text there.
    if re.fullmatch(CODE_PATTERN, code or ""):
        by_link = Invitation.objects.in_force().filter(room=room, psychic=None)
        given = Invitation.objects.filter(Q(pk__in=by_link.values("pk")) | Q(pk__in=mine.values("pk")), code=code)
    return [*given.values_list("pk", flat=True), *mine.order_by("pk").values_list("pk", flat=True)]


def withdraw_invitation_as_staff(*, by: Psychic, invitation_id: int) -> None:
    """The same from the admin, where the permission has been checked."""
    found = Invitation.objects.select_related("psychic").filter(pk=invitation_id).first()
    if found is None:
        raise not_found()

    with write_transaction():
        room = lock_room(found.room_id)
        if not Invitation.objects.unexpired().filter(pk=found.pk).update(expires_at=timezone.now()):
            raise not_found()
        log.record(room, LogEntry.Deed.WITHDRAW, by=by, psychic=found.psychic)


def use_invitation(invitation_ids: Iterable[int]) -> None:
    """Uses up the first of these that still can be used; by conditional UPDATE, since others hold the code too."""
    for invitation_id in invitation_ids:
        if Invitation.objects.filter(pk=invitation_id, uses__lt=F("max_uses")).update(uses=F("uses") + 1):
            return
    raise not_found()


def answered(room: Room, psychic: Psychic) -> None:
    """Who has come in needs no other invitation that names them: several moderators may have sent one."""
    open_ones = Invitation.objects.unexpired().filter(room=room, psychic=psychic, uses=0, declined_at=None)
    if room.kind != Kind.PRIVATE:
        open_ones.update(uses=F("max_uses"))
