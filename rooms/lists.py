"""Who is in a room, as `room.enter` tells it: made and encoded once for all who ask within a moment.

A list of 500 takes a tenth of a second of this process, and a crowd coming back asks for it all at once. `shared` is
the commit of a Batcher: whoever asks while one list is being made shares the next, which so is no older than what any
of them has asked for. That matters, since changes are told to them from that moment on.
"""

from collections.abc import Iterable

import msgspec
from django.conf import settings

from mindnet.base.errors import DomainError, not_found
from mindnet.database.prepared import Prepared, fetch
from mindnet.realtime import events
from mindnet.realtime.shapes import ParticipantOut
from presence.models import Psychic
from rooms.lookups import (
    LISTED_PARTICIPANTS,
    Standing,
    as_seen,
    list_participants,
    longest_standing,
    participant_of,
    rows_for_those_in,
)
from rooms.models import Kind, Room

# Of an encoded list: half a frame, since a session's texts and who is typing may stand beside it. Five hundred entries
# without notes have room.
LIST_BYTES = 128 * 1024

any_room = Prepared(lambda room_id: Room.objects.filter(pk=room_id).order_by().values_list("pk", "kind", "is_active"))


def is_shared(kind: str) -> bool:
    """Whether everybody in a room of this kind is told the same. In everyone's room strangers may be in together."""
    return kind != Kind.BROADCAST or settings.PRESENCE_AUDIENCE != "rooms"


def shared(room_ids: list[int]) -> list[msgspec.Raw | DomainError]:
    """For each of these rooms, for which `is_shared` holds, its list as those see it who are in."""
    made = {room_id: made_list(room_id) for room_id in dict.fromkeys(room_ids)}
    return [made[room_id] for room_id in room_ids]


def made_list(room_id: int) -> msgspec.Raw | DomainError:
    found, people = fetch(any_room(room_id), longest_standing(room_id))
    if not found:
        return not_found()
    room = Standing._make((*found[0], None))
    if room.kind == Kind.BROADCAST:
        people = [participant_of(row) for row in as_seen(room, rows_for_those_in(room))[:LISTED_PARTICIPANTS]]
    return encoded(people)


def own(*, psychic: Psychic, room_id: int) -> msgspec.Raw:
    """The list as one psychic may see it. Raises not_found."""
    return encoded(list_participants(psychic=psychic, room_id=room_id))


def encoded(people: Iterable[ParticipantOut]) -> msgspec.Raw:
    """As many of them as fit into LIST_BYTES."""
    left, found = LIST_BYTES, []
    for one in people:
        text = events.encoder.encode(one)
        left -= len(text) + 1
        if left < 0:
            break
        found.append(text)
    return msgspec.Raw(b"[" + b",".join(found) + b"]")
