"""Roles: who owns a room, and who keeps order in it."""

from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.database.transactions import write_transaction
from presence.accounts import psychic_named
from presence.models import Psychic
from rooms.fields import ROLE
from rooms.lookups import get_room, participation, require_participant
from rooms.models import Role, RoomParticipant
from rooms.places import change_role, lock_room


def set_role(*, psychic: Psychic, room_id: int, username: str, role: str) -> RoomParticipant:
    """Owners give roles. Gives the participant row."""
    get_room(psychic=psychic, room_id=room_id)
    if not ROLE.fits(role):
        raise invalid("role", f"The role is one of {', '.join(ROLE.of)}.")

    with write_transaction():
        lock_room(room_id)
        room, _ = require_participant(psychic=psychic, room_id=room_id, roles=(Role.OWNER,))
        target = psychic_named(username)
        row = participation(room, target) if target else None
        if row is None or not row.is_active:
            raise not_found()
        owners = room.participant_rows.acting().filter(role=Role.OWNER)
        if row.role == Role.OWNER and role != Role.OWNER and owners.count() == 1:
            raise DomainError("conflict", "A room needs an owner: make somebody else one first.")
        if row.role != role:
            change_role(room, row, role)
    return row
