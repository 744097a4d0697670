"""A psychic has another username: mind-links are named anew, and whoever holds the old name is told.

A link's name is kept in its row, so that lists, searches and `hello` read it with the rest; it is written here and
nowhere else.
"""

from django.db.models import Exists, OuterRef, Subquery, Value
from django.db.models.functions import Concat

from mindnet.base.errors import DomainError
from mindnet.database.transactions import write_transaction
from presence.models import Psychic
from rooms import announce
from rooms.models import Kind, Room, RoomParticipant
from rooms.places import lock_room, lock_rows, revise

SEPARATOR = " & "


def link_name(opener: Psychic, other: Psychic) -> str:
    """What the mind-link of these two is called; who reads it is shown the other's half."""
    return f"{opener.username}{SEPARATOR}{other.username}"


def tell_new_name(psychic: Psychic) -> None:
    """In all rooms that the psychic is in, each in a transaction of its own. Twice does no harm."""
    rows = psychic.participant_rows.active().filter(room__is_active=True)
    for room_id in list(rows.values_list("room_id", flat=True)):
        try:
            with write_transaction():
                tell_room(lock_room(room_id), psychic)
        except DomainError as error:
            if error.code != "not_found":  # the room is gone, and with it whoever had the name there
                raise


def tell_room(room: Room, psychic: Psychic) -> None:
    """Of a locked room. Who is named first hears that it is them before they hear how the link is called."""
    row = lock_rows(room, [psychic.pk]).get(psychic.pk)
    if row is not None and row.is_active:
        row.revision = revise(room)
        row.save(update_fields=["revision"])
        announce.participant_updated(row)
    if room.kind == Kind.PRIVATE:
        name_anew(room)


def name_anew(room: Room) -> None:
    """Gives a locked mind-link the name of its two as they are called now."""
    two = [row.psychic for row in room.participant_rows.select_related("psychic").order_by("pk")]
    two.sort(key=lambda one: one.pk != room.created_by_id)
    name = link_name(*two) if len(two) == 2 else room.name
    if name != room.name:
        revise(room, name=name)
        room.name = name
        announce.room_updated(room)


def mend() -> None:
    """Links whose names fell behind: somebody was renamed past the services, or a process died before it had told."""
    others = RoomParticipant.objects.filter(room=OuterRef("pk")).exclude(psychic=OuterRef("created_by"))
    called = Concat("created_by__username", Value(SEPARATOR), Subquery(others.values("psychic__username")[:1]))
    links = Room.objects.filter(kind=Kind.PRIVATE, is_active=True, created_by__isnull=False)
    for room_id in links.filter(Exists(others)).exclude(name=called).values_list("pk", flat=True):
        with write_transaction():
            name_anew(lock_room(room_id))
