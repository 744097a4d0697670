"""Retention: what is older than its room keeps messages is deleted, as its sender would do it.

A room's messages stand in the order of their dates, so a walk along their numbers meets the oldest first. How far it
has come stands in the room's row (`emptied_seq`) and is written with what was deleted: the next batch costs the same in
a room of a million messages, and a process that dies in the middle leaves nothing half done. Everything is decided
under the room's lock, so that several processes at once do each message once. Rooms that have ended count as well.

Which rooms are to be looked at stands in their rows as well (`empties_at`): when the oldest message that is left
becomes too old, and where none is left, when one that came right after the look would. So the writer has nothing to do
for it, a room costs a look whenever something goes, or once in as long as it keeps messages, and what is due is read
from an index that has only rooms with a rule.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from messaging import sync
from messaging.emptying import drop_belongings
from messaging.models import EMPTIED, Message
from mindnet.database.transactions import write_transaction
from mindnet.realtime import publish
from rooms.models import Room
from rooms.services import keeps_before

# Messages in one transaction, and so in what the room's people are told at once.
BATCH = 200
# Rooms in one look, the longest due first: the next ones are read when these are done.
ROOMS = 500
# Where counting what a rule would delete stops.
COUNTED_MOST = 10_000


def kept_since(hours: int, now: datetime) -> datetime:
    """What was sent before this is older than `hours`."""
    return now - timedelta(hours=hours)


# Deleting


def due_rooms() -> list[int]:
    """Ids of ROOMS rooms at most in which something may be older than they keep it."""
    due = Room.objects.filter(empties_at__lte=timezone.now(), retention_hours__gt=0).order_by("empties_at")
    return list(due.values_list("pk", flat=True)[:ROOMS])


def empty_next(room_id: int) -> int:
    """Goes on in a room by BATCH messages at most, the oldest first, and says in its row when to look again. Gives how
    many were deleted; those that their senders or moderators had deleted before take no new number."""
    now = timezone.now()
    with write_transaction():
        due = Room.objects.filter(pk=room_id, empties_at__lte=now, retention_hours__gt=0)
        room = due.select_for_update(no_key=True).first()
        if room is None:
            return 0
        ahead = Message.objects.filter(room=room).after(room.emptied_seq)[: BATCH + 1]
        rows = list(ahead.values_list("pk", "seq", "timestamp", "deleted_at"))
        since = kept_since(room.retention_hours, now)
        old = list(takewhile(lambda row: row[2] < since, rows[:BATCH]))
        message_ids = [pk for pk, _, _, deleted_at in old if deleted_at is None]
        Room.objects.filter(pk=room_id).update(
            emptied_seq=old[-1][1] if old else room.emptied_seq,
            empties_at=next_look(room, rows[len(old)][2] if rows[len(old) :] else None, now=now),
            last_seq=F("last_seq") + len(message_ids),
        )
        if message_ids:
            empty(message_ids, first=room.last_seq + 1, now=now)
            tell(room_id, message_ids)
    return len(message_ids)


def next_look(room: Room, oldest_at: datetime | None, *, now: datetime) -> datetime | None:
    """When something becomes too old next: the oldest that is left, or what may be said from now on."""
    if oldest_at is None and not room.is_active:
        return None
    return (oldest_at or now) + timedelta(hours=room.retention_hours)


def empty(message_ids: Sequence[int], *, first: int, now: datetime) -> None:
    """Takes their contents from messages, which get the room's numbers from `first` on, in this order."""
    drop_belongings(message_ids, now=now)
    numbers = Case(*(When(pk=pk, then=Value(number)) for number, pk in enumerate(message_ids, first)))
    Message.objects.filter(pk__in=message_ids).update(**EMPTIED, deleted_at=now, changed_seq=numbers)


def tell(room_id: int, message_ids: Sequence[int]) -> None:
    """All of them in one publish, after the commit."""
    lines = sync.lines(sync.read(Message.objects.filter(pk__in=message_ids).order_by("changed_seq")))
    first, last = lines[0][0], lines[-1][0]
    transaction.on_commit(lambda: publish.numbered(room_id, first, last, [line for _, line in lines]))


# Asking before


def count_older(room: Room, hours: int) -> int:
    """How many messages a rule of so many hours would delete now, counted up to COUNTED_MOST + 1."""
    if keeps_before(room):
        return 0
    last = last_older(room, kept_since(hours, timezone.now()))
    there = Message.objects.filter(room=room, seq__gt=room.emptied_seq, seq__lte=last, deleted_at=None)
    return there[: COUNTED_MOST + 1].count()


def last_older(room: Room, since: datetime) -> int:
    """The number up to which messages are older than `since`, by halving: twenty steps in a room of a million."""
    low, high = room.emptied_seq, room.last_seq
    while low < high:
        middle = (low + high) // 2
        found = Message.objects.filter(room=room).after(middle).values_list("seq", "timestamp").first()
        if found is None or found[1] >= since:
            high = middle
        else:
            low = found[0]
    return low
