"""Those who stand in the tests of a room: a cast of five for what may be done there, and Ada, Bob and Mallory."""

from dataclasses import dataclass
from typing import Any

from mindnet.tests.support.scenes import stage
from presence.models import Psychic
from rooms import invitations, restrictions, roles, services
from rooms.models import Kind, Room

PASSWORD = "open the third eye"


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
    return Cast(*stage(play, kind))


def play(kind: str) -> list[Any]:
    names = ("olga", "mona", "paul", "rita", "otto")
    olga, mona, paul, rita, otto = psychics(*names)
    room, _ = services.create_room(psychic=olga, name="The garden", kind=kind)
    for guest in (mona, paul, rita):
        code = invitations.invite(psychic=olga, room_id=room.pk).code if kind == Kind.CLOSED else None
        services.join_room(psychic=guest, room_id=room.pk, invitation=code)
    roles.set_role(psychic=olga, room_id=room.pk, username="mona", role="moderator")
    restrictions.restrict(psychic=olga, room_id=room.pk, username="rita", kind="mute", reason="Too loud.")
    return [room, olga, mona, paul, rita, otto]


def make_psychics(*names: str) -> list[Psychic]:
    return stage(psychics, *names)


def psychics(*names: str) -> list[Psychic]:
    return [Psychic.objects.create_user(name, password=PASSWORD) for name in names]


def make_room(owner: Psychic, guest: Psychic, name: str, kind: str = Kind.OPEN) -> Room:
    """The owner's room, with the guest in it: by an invitation if it is a closed one."""
    return stage(open_with, owner, guest, name, kind)[0]


def open_with(owner: Psychic, guest: Psychic, name: str, kind: str) -> list[Room]:
    room, _ = services.create_room(psychic=owner, name=name, kind=kind)
    code = None
    if kind == Kind.CLOSED:
        code = invitations.invite(psychic=owner, room_id=room.pk, username=guest.username).code
    services.join_room(psychic=guest, room_id=room.pk, invitation=code)
    return [room]
