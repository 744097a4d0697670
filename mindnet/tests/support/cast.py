"""The five who stand in every test of what may be done in a room."""

from dataclasses import dataclass

from presence.models import Psychic
from rooms import invitations, restrictions, roles, services
from rooms.models import Kind, Room


@dataclass
class Cast:
    """A room and those around it. The restricted one is in it, and muted without an end."""

    room: Room
    owner: Psychic
    moderator: Psychic
    participant: Psychic
    restricted: Psychic
    outsider: Psychic

    def everybody(self) -> dict[str, Psychic]:
        """{part: psychic}, for tests that ask the same of each."""
        return {part: value for part, value in vars(self).items() if isinstance(value, Psychic)}


def make_cast(kind: str = Kind.OPEN) -> Cast:
    """Olga owns the room, Mona moderates it, Paul takes part, Rita is muted, Otto is not in it."""
    names = ("olga", "mona", "paul", "rita", "otto")
    olga, mona, paul, rita, otto = (Psychic.objects.create_user(name, password="open the third eye") for name in names)
    room, _ = services.create_room(psychic=olga, name="The garden", kind=kind)
    for guest in (mona, paul, rita):
        code = invitations.invite(psychic=olga, room_id=room.pk).code if kind == Kind.CLOSED else None
        services.join_room(psychic=guest, room_id=room.pk, invitation=code)
    roles.set_role(psychic=olga, room_id=room.pk, username="mona", role="moderator")
    restrictions.restrict(psychic=olga, room_id=room.pk, username="rita", kind="mute", reason="Too loud.")
    return Cast(room, olga, mona, paul, rita, otto)
