"""What leaving a room would mean, for who is asked before they do it. Reads only: `services.leave_room` acts."""

from dataclasses import dataclass

from presence.models import Psychic
from rooms.models import Kind, Role, Room
from rooms.places import find_heir


@dataclass(frozen=True)
class Meaning:
    """What would follow, as the room is now."""

    kind: str
    has_ended: bool
    is_alone: bool  # nobody is in the room afterwards
    heir: str | None  # who owns it afterwards in their place, by username

    @property
    def is_final(self) -> bool:
        """Gone for good: whoever comes back into a closed room is let in by somebody inside."""
        return self.kind == Kind.CLOSED and self.is_alone and not self.has_ended

    @property
    def key(self) -> str:
        """Names what somebody agrees to, so that they are asked anew once it has become something else."""
        if self.has_ended:
            return "ended"
        return f"{self.kind}:{'alone' if self.is_alone else self.heir or 'others'}"


def meaning_of(room: Room, psychic: Psychic) -> Meaning | None:
    """`room` has `my_role`. None where there is nothing to leave: not in, or everyone's."""
    if not room.my_role or room.kind == Kind.BROADCAST:
        return None
    row = room.participant_rows.active().filter(psychic=psychic).first()
    if row is None:
        return None
    heir_id = find_heir(room, row) if row.role == Role.OWNER and room.is_active else None
    heir = Psychic.objects.filter(pk=heir_id).values_list("username", flat=True).first() if heir_id else None
    is_alone = not room.participant_rows.active().exclude(pk=row.pk).exists()
    return Meaning(kind=room.kind, has_ended=not room.is_active, is_alone=is_alone, heir=heir)
