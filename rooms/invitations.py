"""Invitations: what lets people into a closed room."""

import re
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from mindnet.base.errors import invalid, not_found
from mindnet.base.ids import is_id
from mindnet.database.transactions import write_transaction
from presence.models import Psychic
from rooms import log
from rooms.fields import INVITATION_HOURS, INVITATION_USES
from rooms.lookups import MODERATING, require_participant, require_psychic
from rooms.models import Invitation, Kind, LogEntry, Room
from rooms.lookups import MODERATING, refuse_mind_link, require_participant, require_psychic
from rooms.models import Invitation, Room
from rooms.places import lock_room

INVITATION_HOURS_DEFAULT = 7 * 24
CODE_PATTERN = r"[A-Za-z0-9_-]{1,40}"


def invite(
    *,
    psychic: Psychic,
    room_id: int,
    username: str | None = None,
    max_uses: int | None = None,
    hours: int | None = None,
) -> Invitation:
    """An invitation for one named psychic, or for the first `max_uses` (1) who hold its code, for some hours (a
    week), as long as its maker may invite."""
    room, _ = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    refuse_mind_link(room, "A mind-link is for its two alone.")
    guest = require_psychic(username) if username is not None else None
    if guest and max_uses not in (None, 1):
        raise invalid("max_uses", "An invitation by name is for one use.")
    max_uses = 1 if max_uses is None else max_uses
    hours = INVITATION_HOURS_DEFAULT if hours is None else hours
    if not INVITATION_USES.fits(max_uses):
        raise invalid("max_uses", f"An invitation has from 1 to {INVITATION_USES.most} uses.")
    if not INVITATION_HOURS.fits(hours):
        raise invalid("hours", f"An invitation lasts from 1 to {INVITATION_HOURS.most} hours.")

    with write_transaction():
        return Invitation.objects.create(
            room=room,
            psychic=guest,
            max_uses=max_uses,
            expires_at=timezone.now() + timedelta(hours=hours),
            created_by=psychic,
        )


def valid_invitations(room: Room, psychic: Psychic, code: str | None) -> list[int]:
    """Ids of the invitations that let this psychic in, the one they gave first. Empty: none does."""
    valid = Invitation.objects.in_force().filter(room=room)
    mine = valid.filter(psychic=psychic).order_by("pk")
    # What can be no code is not asked of the database: NUL, for one, fits in no text there.
    given = valid.none()
    if re.fullmatch(CODE_PATTERN, code or ""):
        given = valid.filter(Q(psychic=None) | Q(psychic=psychic), code=code)
    return [*given.values_list("pk", flat=True), *mine.values_list("pk", flat=True)]


def list_invitations(*, psychic: Psychic, room_id: int) -> QuerySet[Invitation]:
    """Those that let somebody into this room, for its moderators."""
    room, _ = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    return room.invitations.in_force().select_related("psychic", "created_by")


def withdraw_invitation(*, psychic: Psychic, room_id: int, invitation_id: int) -> None:
    """Ends an invitation, whoever made it: from then on it lets nobody in."""
    require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)

    with write_transaction():
        lock_room(room_id)  # whoever comes in by it now is in before it ends
        require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
        found = Invitation.objects.unexpired().filter(pk=invitation_id, room=room_id)
        if not is_id(invitation_id) or not found.update(expires_at=timezone.now()):
            raise not_found()


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
