"""The marker "unread from here": a number of one's own in a room, beside the watermarks, which never move back.

From it on a room counts as unread (`messaging.unread`), on all devices and for nobody else to see. A confirmation of
reading that reaches the marker clears it, see `messaging.watermarks`; the order in which the two are stored decides.

Whose marker or mentions have changed is told at once (`unread.updated`), on all their connections. Nothing depends on
it: where word of it is lost, the next `hello` says how it is.
"""

from collections.abc import Collection, Iterable
from functools import partial

from django.db import transaction

from messaging import unread
from messaging.mentions import Meant
from mindnet.base.errors import invalid
from mindnet.realtime import events, publish
from mindnet.realtime.shapes import RoomEntry, UnreadChange
from presence.models import Connection, Psychic, Status
from rooms.lookups import require_participant
from rooms.models import RoomParticipant

# Of those whom a changed message means so many are told what is unread for them now. In a larger crowd all would ask
# the database in one moment, to count what the message itself tells each of them.
TOLD_MOST = 100


def mark_unread(*, psychic: Psychic, room_id: int, seq: int) -> None:
    """From this number of the room on all is unread again, for the psychic. Raises validation_error for a number that
    the room has not given, and what `require_participant` refuses with."""
    room, row = require_participant(psychic=psychic, room_id=room_id)
    if not 1 <= seq <= room.last_seq:
        raise invalid("seq", "The room has given no such number.")
    set_marker(psychic, room_id, row, seq)


def clear_marker(*, psychic: Psychic, room_id: int) -> None:
    """Unread is what the watermark says. Without a marker nothing changes."""
    _, row = require_participant(psychic=psychic, room_id=room_id)
    set_marker(psychic, room_id, row, None)


def set_marker(psychic: Psychic, room_id: int, row: RoomParticipant | None, seq: int | None) -> None:
    """`row` is None in everyone's room, where it stands with the psychic."""
    if row is None:
        psychics = Psychic.objects.filter(pk=psychic.pk).exclude(everyone_unread_from=seq)
        is_changed = psychics.update(everyone_unread_from=seq)
    else:
        rows = RoomParticipant.objects.active().filter(pk=row.pk).exclude(unread_from=seq)
        is_changed = rows.update(unread_from=seq)
    if is_changed:
        transaction.on_commit(partial(tell, [psychic.pk], room_id))


def clear_passed(passed: Iterable[tuple[int, int]]) -> None:
    """Clears the markers of these (room, psychic), who have read past them. Whoever meditates reads nothing."""
    for room_id, psychic_id in passed:
        psychics = Psychic.objects.filter(pk=psychic_id).exclude(chosen_status=Status.MEDITATING)
        rows = RoomParticipant.objects.filter(room=room_id, psychic__in=psychics.values("pk"))
        is_changed = rows.update(unread_from=None) if rows.exists() else psychics.update(everyone_unread_from=None)
        if is_changed:
            transaction.on_commit(partial(tell, [psychic_id], room_id))


# Telling


def tell_meant(meant: Collection[Meant]) -> None:
    """Those whom a message means that did not, or has meant and does not any more, after the commit."""
    by_room: dict[int, list[int]] = {}
    for psychic_id, room_id in meant:
        by_room.setdefault(room_id, []).append(psychic_id)
    for room_id, psychic_ids in by_room.items():
        transaction.on_commit(partial(tell, psychic_ids, room_id))


def tell(psychic_ids: Collection[int], room_id: int) -> None:
    """`unread.updated` to those of them who are connected, unless they are more than TOLD_MOST. After the commit: who
    connects later finds it in `hello`."""
    open_ones = Connection.objects.filter(psychic__in=psychic_ids, closed_at=None)
    here = list(open_ones.values_list("psychic_id", flat=True).distinct()[: TOLD_MOST + 1])
    if 0 < len(here) <= TOLD_MOST:
        for psychic_id, found in unread.places(here, room_id).items():
            for place in found:
                publish.own_unread(psychic_id, room_id, line_of(place.entry))


def line_of(entry: RoomEntry) -> str:
    change = UnreadChange(entry.id, entry.unread, entry.mentions, entry.unread_from)
    return events.room_event("unread.updated", entry.id, change)
