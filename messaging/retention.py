"""Retention: what is older than its room keeps messages is deleted, as its sender would do it.

A room's messages stand in the order of their dates, so a walk along their numbers meets the oldest first. How far it
has come stands in the room's row (`emptied_seq`) and is written with what was deleted: the next batch costs the same in
a room of a million messages, and a process that dies in the middle leaves nothing half done. Everything is decided
under the room's lock, so that several processes at once do each message once. Rooms that have ended count as well.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from django.db import transaction
from django.db.models import Case, F, OuterRef, Subquery, Value, When
from django.utils import timezone

from messaging import sync
from messaging.emptying import drop_belongings
from messaging.models import EMPTIED, Message
from mindnet.database.transactions import write_transaction
from mindnet.realtime import publish
from rooms.models import Room

# Messages in one transaction, and so in what the room's people are told at once.
BATCH = 200
# Where counting what a rule would delete stops.
COUNTED_MOST = 10_000


def kept_since(days: int, now: datetime) -> datetime:
    """What was sent before this is older than `days`."""
    return now - timedelta(days=days)


# Deleting


def due_rooms() -> list[int]:
    """Ids of the rooms in which something is older than they keep it: one look at the oldest message that is left in
    each room with a rule."""
    oldest = Message.objects.filter(room=OuterRef("pk"), seq__gt=OuterRef("emptied_seq")).order_by("seq")
    rooms = Room.objects.filter(retention_days__gt=0).annotate(oldest_at=Subquery(oldest.values("timestamp")[:1]))
    now = timezone.now()
    return [
        room_id
        for room_id, days, oldest_at in rooms.values_list("pk", "retention_days", "oldest_at")
        if oldest_at is not None and oldest_at < kept_since(days, now)
    ]


def empty_next(room_id: int) -> int:
    """Goes on in a room by BATCH messages at most, the oldest first. Gives how many were deleted; those that their
    senders or moderators had deleted before take no new number."""
    with write_transaction():
        room = Room.objects.select_for_update(no_key=True).filter(pk=room_id, retention_days__gt=0).first()
        if room is None:
            return 0
        now = timezone.now()
        since = kept_since(room.retention_days, now)
        ahead = Message.objects.filter(room=room).after(room.emptied_seq)[:BATCH]
        rows = ahead.values_list("pk", "seq", "timestamp", "deleted_at")
        old = list(takewhile(lambda row: row[2] < since, rows))
        if not old:
            return 0
        message_ids = [pk for pk, _, _, deleted_at in old if deleted_at is None]
        Room.objects.filter(pk=room_id).update(emptied_seq=old[-1][1], last_seq=F("last_seq") + len(message_ids))
        if message_ids:
            empty(message_ids, first=room.last_seq + 1, now=now)
            tell(room_id, message_ids)
    return len(message_ids)


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


def count_older(room: Room, days: int) -> int:
    """How many messages a rule of so many days would delete now, counted up to COUNTED_MOST + 1."""
    last = last_older(room, kept_since(days, timezone.now()))
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
