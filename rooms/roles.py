"""Roles: who owns a room, and who keeps order in it."""

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.database.transactions import write_transaction
from presence.accounts import psychic_named
from presence.models import Psychic
from rooms.fields import ROLE
from rooms.lookups import get_room, participation, require_participant, require_psychic
from rooms.models import Kind, Role, Room, RoomParticipant
from rooms.places import change_role, lock_room


def set_role(*, psychic: Psychic, room_id: int, username: str, role: str) -> RoomParticipant:
    """Owners give roles. Gives the participant row."""
    get_room(psychic=psychic, room_id=room_id)
    if not ROLE.fits(role):
        raise invalid("role", f"The role is one of {', '.join(ROLE.of)}.")
    rates.check("ORDER_RATE", psychic.pk)

    with write_transaction():
        lock_room(room_id)
        room, mine = require_participant(psychic=psychic, room_id=room_id, roles=(Role.OWNER,))
        target = psychic_named(username)
        row = participation(room, target) if target else None
        if row is None or not row.is_active:
            raise not_found()
        owners = room.participant_rows.acting().filter(role=Role.OWNER)
        if row.role == Role.OWNER and role != Role.OWNER and owners.count() == 1:
            raise DomainError("conflict", "A room needs an owner: make somebody else one first.")
        give(room, row, role, by=mine.psychic)
    return row


def hand_over(*, psychic: Psychic, room_id: int, username: str) -> RoomParticipant:
    """An owner makes somebody in the room its owner in their place, and stays as a moderator. Gives the new owner's
    row."""
    get_room(psychic=psychic, room_id=room_id)
    rates.check("ORDER_RATE", psychic.pk)

    with write_transaction():
        lock_room(room_id)
        room, mine = require_participant(psychic=psychic, room_id=room_id, roles=(Role.OWNER,))
        if room.kind == Kind.PRIVATE:
            raise DomainError("permission_denied", "In a mind-link nobody is above the other.")
        heir = require_psychic(username)
        if heir.pk == psychic.pk:
            raise invalid("username", "You own this room already.")
        row = participation(room, heir)
        if row is None or not row.is_active:
            raise not_found()
        give(room, row, Role.OWNER, by=mine.psychic)
        give(room, mine, Role.MODERATOR, by=mine.psychic)
    return row


def give(room: Room, row: RoomParticipant, role: str, *, by: Psychic) -> None:
    """Where it is another one."""
    if row.role != role:
        change_role(room, row, role, by=by)
