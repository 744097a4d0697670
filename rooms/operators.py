"""What operators do to the people in a room, all at once. Of one psychic: `presence.operators`."""

from typing import Any
from uuid import UUID

from mindnet.base.errors import invalid, not_found
from mindnet.base.ids import is_id
from presence.models import Connection, Psychic, PsychicQuerySet
from presence.operators import Target, connection_target, disconnect, psychic_target
from rooms.models import Kind, Room


def room_target(by: Psychic, room_id: int) -> Target:
    """All participants of a room but `by`; for others than superusers without these."""
    room = Room.objects.filter(pk=room_id).first() if is_id(room_id) else None
    if room is None:
        raise not_found()
    psychics = participants(room).exclude(pk=by.pk)
    if not by.is_superuser:
        psychics = psychics.filter(is_superuser=False)
    return Target(psychics, Connection.objects.filter(psychic__in=psychics), room)


def participants(room: Room) -> PsychicQuerySet:
    """Everybody is in everyone's room, without a row."""
    if room.kind == Kind.BROADCAST:
        return Psychic.objects.active()
    return Psychic.objects.filter(pk__in=room.participant_rows.active().values("psychic"))


def disconnect_any(
    *,
    by: Psychic,
    username: str | None = None,
    connection_id: UUID | None = None,
    room_id: int | None = None,
    **options: Any,
) -> int:
    """Disconnects exactly one of a psychic, a connection and a room's participants, as `presence.operators.disconnect`
    has it: `POST /admin/disconnect`."""
    return disconnect(by=by, find=lambda by: any_target(by, username, connection_id, room_id), **options)


def any_target(by: Psychic, username: str | None, connection_id: UUID | None, room_id: int | None) -> Target:
    if sum(given is not None for given in (username, connection_id, room_id)) == 1:
        if username is not None:
            return psychic_target(by, username)
        if connection_id is not None:
            return connection_target(by, connection_id)
        if room_id is not None:
            return room_target(by, room_id)
    raise invalid("username", "Give exactly one of username, connection_id and room.")
