"""The index of searches: a cursor into each room's numbering, like everything else that follows messages.

Nothing is written to it with a message. `index_next` reads what has changed in a room above the number that
`search_rooms` has for it, enters that, and moves the number on in the same transaction: a process that dies in the
middle leaves nothing half done, an edit or a deletion is a change like a new message, and a database that has none yet
fills in the same way. What is above the number a search reads by itself (`messaging.search`), so that it finds what
was said a moment ago and never what is not said any more.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import BigIntegerField, F, QuerySet, Sum
from django.db.models.functions import Coalesce

from messaging.models import Attachment, Message, MessageType, SearchedRoom, SearchEntry
from messaging.search_keys import LINK, keys_of, said, searchable
from messaging.search_sql import as_array
from mindnet.database.transactions import write_transaction
from rooms.models import Room

# Messages in one transaction. On SQLite others wait meanwhile for the write lock: 40 ms.
BATCH = 500
# Rooms that are looked at for it.
ROOMS_MOST = 100
# Of FTS5's own, of some 4 kB.
PAGES_MERGED = 200
# One process at a time, by this number of an advisory lock of PostgreSQL.
LOCK = 0x6D696E64

INSERT = """INSERT INTO search_entries (message_id, room_id, folded, has, edited_at, keys)
SELECT message_id, room_id, folded, has, edited_at, keys::integer[]
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::text[])
    AS new(message_id, room_id, folded, has, edited_at, keys)"""


class Behind(NamedTuple):
    """A room that has counted further than the index has followed."""

    room_id: int
    seq: int
    last_seq: int


class Changed(NamedTuple):
    """What the index has to know of a message's row."""

    pk: int
    room_id: int
    sender_id: int
    content: str
    message_type: str
    edited_at: datetime | None
    deleted_at: datetime | None
    has_attachments: bool
    changed_seq: int


class Entry(NamedTuple):
    """A row of `search_entries`, and whose message it is."""

    message_id: int
    room_id: int
    sender_id: int
    folded: str
    has: str
    edited_at: datetime | None

    @property
    def keys(self) -> list[int]:
        return keys_of(
            message_id=self.message_id,
            room_id=self.room_id,
            sender_id=self.sender_id,
            folded=self.folded,
            has=self.has.split(),
        )


def behind() -> QuerySet[Room]:
    """The rooms whose newest changes are not in the index, each with `seq`."""
    seq = Coalesce(F("searched__seq"), 0, output_field=BigIntegerField())
    # By its name: given once more, it would leave out the rooms that are not in the table at all.
    return Room.objects.annotate(seq=seq).filter(last_seq__gt=F("seq"))


def left() -> int:
    """How many changes the index has still to follow."""
    total = behind().aggregate(left=Sum(F("last_seq") - F("seq")))["left"]
    return int(total or 0)


def index_next(most: int = BATCH) -> int:
    """Enters the next changes, `most` at a time. Gives how many; 0 also while another process does so."""
    if not behind().exists():
        merging.go_on()
        return 0
    merging.is_due = True
    with write_transaction():
        if not is_alone():
            return 0
        changed, reached = next_changes(most)
        replace(changed)
        SearchedRoom.objects.bulk_create(
            [SearchedRoom(room_id=room_id, seq=seq) for room_id, seq in reached.items()],
            update_conflicts=True,
            unique_fields=["room"],
            update_fields=["seq"],
        )
        tidy()
    return len(changed)


def is_alone() -> bool:
    """On SQLite by the write lock."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def next_changes(most: int) -> tuple[list[Changed], dict[int, int]]:
    """The messages changed next, and the number that each of their rooms is followed to by them. Rooms that lack least
    come first: one in which people talk does not wait for the history of another."""
    rooms = behind().order_by(F("last_seq") - F("seq"), "pk")
    numbers = rooms.values_list("pk", "seq", "last_seq")  # type: ignore[misc]  # annotated
    changed: list[Changed] = []
    reached: dict[int, int] = {}
    for room in (Behind(*row) for row in numbers[:ROOMS_MOST]):
        room_left = most - len(changed)
        if room_left <= 0:
            break
        messages = Message.objects.filter(room_id=room.room_id).changed_after(room.seq)
        rows = [Changed(*row) for row in messages.values_list(*Changed._fields)[:room_left]]
        changed += rows
        # All up to the head, or as far as this batch goes. The head was read before the rows.
        reached[room.room_id] = rows[-1].changed_seq if len(rows) == room_left else room.last_seq
    return changed, reached


def replace(messages: Sequence[Changed]) -> None:
    """Has the index say of these messages what they say now. Those it says it of already it leaves alone: most have
    only got a reaction."""
    known = {entry.message_id: entry for entry in entries_of([message.pk for message in messages])}
    wanted = {entry.message_id: entry for entry in fresh(messages)}
    remove([entry for pk, entry in known.items() if wanted.get(pk) != entry])
    insert([entry for pk, entry in wanted.items() if known.get(pk) != entry])


def entries_of(message_ids: Sequence[int]) -> Iterator[Entry]:
    rows = SearchEntry.objects.filter(pk__in=message_ids)
    for row in rows.values_list("message_id", "room_id", "message__sender_id", "folded", "has", "edited_at"):
        yield Entry(*row)


def fresh(messages: Iterable[Changed]) -> Iterator[Entry]:
    """The entries that these messages shall have: a deleted or sealed one has none."""
    shown = [one for one in messages if one.deleted_at is None and one.message_type != MessageType.SEALED]
    files = files_of([message.pk for message in shown if message.has_attachments])
    for message in shown:
        names, kinds = files.get(message.pk, ([], set()))
        has = [*sorted(kinds), *(["link"] if LINK.search(searchable(message.content)) else [])]
        folded = said(message.content, names)
        yield Entry(message.pk, message.room_id, message.sender_id, folded, " ".join(has), message.edited_at)


def files_of(message_ids: Sequence[int]) -> dict[int, tuple[list[str], set[str]]]:
    """The names of the files that these messages have, and what they are: "file" for any, "image" for a picture."""
    found: dict[int, tuple[list[str], set[str]]] = {}
    if message_ids:
        rows = Attachment.objects.filter(message__in=message_ids, removed_at=None).order_by("message_id", "position")
        for message_id, name, kind in rows.values_list("message_id", "name", "kind"):
            names, kinds = found.setdefault(message_id, ([], {"file"}))
            names.append(name)
            if kind == Attachment.Kind.IMAGE:
                kinds.add("image")
    return found


def remove(entries: Sequence[Entry]) -> None:
    if not entries:
        return
    if connection.vendor == "sqlite":  # a table without contents is told what it had
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO search_keys (search_keys, rowid, keys) VALUES ('delete', %s, %s)", fts_rows(entries)
            )
    SearchEntry.objects.filter(pk__in=[entry.message_id for entry in entries]).delete()


def insert(entries: Sequence[Entry]) -> None:
    if not entries:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            rows = [(e.message_id, e.room_id, e.folded, e.has, e.edited_at, as_array(e.keys)) for e in entries]
            cursor.execute(INSERT, [list(column) for column in zip(*rows, strict=True)])
            return
        cursor.executemany(
            "INSERT INTO search_entries (message_id, room_id, folded, has, edited_at) VALUES (%s, %s, %s, %s, %s)",
            [(e.message_id, e.room_id, e.folded, e.has, stored(e.edited_at)) for e in entries],
        )
        cursor.executemany("INSERT INTO search_keys (rowid, keys) VALUES (%s, %s)", fts_rows(entries))


def stored(moment: datetime | None) -> str | None:
    return None if moment is None else str(connection.ops.adapt_datetimefield_value(moment))


def fts_rows(entries: Sequence[Entry]) -> list[tuple[int, str]]:
    """The windows' keys too, though only PostgreSQL needs them: FTS5 goes from the newest row down by itself."""
    return [(entry.message_id, " ".join(map(str, entry.keys))) for entry in entries]


def tidy() -> None:
    """What GIN puts off it would otherwise leave to searches, each of which reads all that waits."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list('search_entries_keys')")


class Merging:
    """FTS5 keeps what came at once together, and a search looks into each such part for each of its keys: a twelfth of
    the time where parts are few. They are merged while there is nothing else to do, some at a time."""

    is_due = True

    def go_on(self) -> bool:
        """Whether there is more to merge. Takes the write lock for about 40 ms."""
        if not self.is_due or connection.vendor != "sqlite":
            return False
        with connection.cursor() as cursor:
            before = connection.connection.total_changes
            cursor.execute("INSERT INTO search_keys (search_keys, rank) VALUES ('merge', %s)", [PAGES_MERGED])
            # The statement itself is one change.
            self.is_due = connection.connection.total_changes - before > 1
        return self.is_due


merging = Merging()
