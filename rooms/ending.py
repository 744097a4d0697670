"""What ending a room would mean, for who is asked before they do it. Reads only: `services.end_room` acts."""

from dataclasses import dataclass

from presence.models import Psychic
from rooms.lookups import require_participant
from rooms.models import Role, Room

# More of those inside are a number.
NAMED = 5


@dataclass(frozen=True)
class Meaning:
    """What would follow, as the room is now."""

    room: Room
    others: int  # who is in besides who asks
    names: list[str]  # of the longest-standing of them
    invitations: int  # that let somebody in until then
    has_session: bool  # one that runs, and would be broken off

    @property
    def unnamed(self) -> int:
        return self.others - len(self.names)

    @property
    def key(self) -> str:
        """Names what somebody agrees to, so that they are asked anew once it has become something else."""
        return f"{self.others}:{self.invitations}:{'session' if self.has_session else ''}"


def meaning_of(*, psychic: Psychic, room_id: int) -> Meaning:
    """Raises what `services.end_room` would refuse them with."""
    room, _ = require_participant(psychic=psychic, room_id=room_id, roles=(Role.OWNER,))
    others = room.participant_rows.active().exclude(psychic=psychic)
    names = others.order_by("joined_at", "pk").values_list("psychic__username", flat=True)
    return Meaning(
        room=room,
        others=others.count(),
        names=list(names[:NAMED]),
        invitations=room.invitations.in_force().count(),
        has_session=room.session_id is not None,
    )
