"""Receipts: two numbers per participant. Everything up to `delivered_seq` was delivered, up to `read_seq` was read.

Confirmations come from every reader of every message, so they are gathered and written in batches; of several for one
room and psychic only the highest counts. A meditator's stand still, whatever a process believes that has not heard of
it; those of an invisible psychic move, and others go on seeing them as they stood (`shown_…`).

Who is told: rooms of at most RECEIPT_PARTICIPANTS, and always one's own other connections. Both can be missed, so a
room counts what it was told (`RoomReceipts`), and of larger rooms the rows say when they moved (`moved_at`), where
there are other connections to be told.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.utils import timezone

from messaging import markers
from mindnet.database.statements import Question, ask, question, stored_moment
from mindnet.database.transactions import write_transaction
from mindnet.realtime import events, publish, shapes
from mindnet.realtime.messages import ToPsychic
from mindnet.realtime.readers import ReceiptLine, ReceiptsPage
from presence.models import Psychic, Status
from rooms.models import Kind, Room, RoomParticipant


class Watermark(NamedTuple):
    """The numbers up to which a psychic confirms delivery and reading in a room."""

    psychic_id: int
    room_id: int
    delivered: int
    read: int


class Moved(NamedTuple):
    """Where a psychic's watermarks in a room stand now, and what decides who is told."""

    room_id: int
    psychic_id: int
    delivered_seq: int
    read_seq: int
    participants: int
    username: str
    chosen_status: str

    @property
    def is_in_crowd(self) -> bool:
        """Whether the room is too large for everybody to be told."""
        most: int = settings.LIMITS["RECEIPT_PARTICIPANTS"]
        return self.participants > most

    @property
    def line(self) -> str:
        psychic = shapes.PsychicOut(self.psychic_id, self.username)
        receipt = shapes.Receipt(self.room_id, psychic, self.delivered_seq, self.read_seq)
        return events.room_event("receipt.updated", self.room_id, receipt)


def merged(one: Watermark, other: Watermark) -> Watermark:
    """The highest of two for one room and psychic. What was read was delivered as well."""
    read = max(one.read, other.read)
    return one._replace(delivered=max(one.delivered, other.delivered, read), read=read)


# Stands for the number of participants of everyone's room.
EVERYONE = 1_000_000_000
SEVERAL = """SELECT psychic_id FROM connections WHERE psychic_id {ids} AND closed_at IS NULL
GROUP BY psychic_id HAVING COUNT(*) > 1"""
ELSEWHERE = "(SELECT COUNT(*) FROM connections c WHERE c.psychic_id = asked.psychic_id AND c.closed_at IS NULL) > 1"
# RETURNING gives the rows that moved, as Moved has them.
ADVANCE = """
WITH asked(room_id, psychic_id, delivered, read) AS ({asked})
UPDATE room_participants SET
    delivered_seq = {greatest}(room_participants.delivered_seq, {least}(asked.delivered, rooms.last_seq)),
    read_seq = {greatest}(room_participants.read_seq, {least}(asked.read, rooms.last_seq)),
    shown_delivered_seq = CASE WHEN psychics.chosen_status = 'invisible' THEN
        COALESCE(room_participants.shown_delivered_seq, room_participants.delivered_seq) END,
    shown_read_seq = CASE WHEN psychics.chosen_status = 'invisible' THEN
        COALESCE(room_participants.shown_read_seq, room_participants.read_seq) END,
    moved_at = CASE WHEN rooms.participant_count > {most} AND {elsewhere} THEN {moment} ELSE moved_at END
FROM asked JOIN rooms ON rooms.id = asked.room_id JOIN psychics ON psychics.id = asked.psychic_id
WHERE psychics.chosen_status <> 'meditating'
    AND room_participants.room_id = asked.room_id AND room_participants.psychic_id = asked.psychic_id
    AND room_participants.is_active
    AND (room_participants.delivered_seq < {least}(asked.delivered, rooms.last_seq)
        OR room_participants.read_seq < {least}(asked.read, rooms.last_seq))
RETURNING room_participants.room_id, room_participants.psychic_id, room_participants.delivered_seq,
    room_participants.read_seq,
    (SELECT participant_count FROM rooms WHERE rooms.id = room_participants.room_id),
    (SELECT username FROM psychics WHERE psychics.id = room_participants.psychic_id),
    (SELECT chosen_status FROM psychics WHERE psychics.id = room_participants.psychic_id)"""
# Everyone's room has no rows of participants, its numbers stand with the psychics.
ADVANCE_EVERYONE = """
WITH asked(room_id, psychic_id, delivered, read) AS ({asked})
UPDATE psychics SET everyone_delivered_seq = {greatest}(everyone_delivered_seq, {least}(delivered, last_seq)),
    everyone_read_seq = {greatest}(everyone_read_seq, {least}(read, last_seq)),
    shown_everyone_delivered_seq = CASE WHEN chosen_status = 'invisible' THEN
        COALESCE(shown_everyone_delivered_seq, everyone_delivered_seq) END,
    shown_everyone_read_seq = CASE WHEN chosen_status = 'invisible' THEN
        COALESCE(shown_everyone_read_seq, everyone_read_seq) END,
    everyone_moved_at = CASE WHEN {most} < {everyone} AND {elsewhere} THEN {moment} ELSE everyone_moved_at END
FROM asked JOIN rooms ON rooms.id = asked.room_id AND rooms.kind = 'broadcast'
WHERE psychics.id = asked.psychic_id AND chosen_status <> 'meditating'
    AND (everyone_delivered_seq < {least}(delivered, last_seq) OR everyone_read_seq < {least}(read, last_seq))
RETURNING (SELECT id FROM rooms WHERE kind = 'broadcast'), psychics.id, everyone_delivered_seq, everyone_read_seq,
    {everyone}, username, chosen_status"""
# Locked in one order each, since an UPDATE would lock in any. An array a column.
# Whether this is read past a marker is asked with the lock: mostly there is none, and nothing more to do.
LOCK = """
SELECT asked.room_id, asked.psychic_id, unread_from <= asked.read
FROM room_participants JOIN unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS asked(room_id, psychic_id, read)
    ON room_participants.room_id = asked.room_id AND room_participants.psychic_id = asked.psychic_id
ORDER BY room_participants.room_id, room_participants.psychic_id FOR UPDATE OF room_participants"""
LOCK_EVERYONE = """
SELECT asked.room_id, asked.psychic_id, everyone_unread_from <= asked.read
FROM psychics JOIN unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS asked(room_id, psychic_id, read)
    ON psychics.id = asked.psychic_id JOIN rooms ON rooms.id = asked.room_id AND rooms.kind = 'broadcast'
ORDER BY psychics.id FOR NO KEY UPDATE OF psychics"""
ARRAYS = "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
COMMON = {"most": "%s::integer", "moment": "%s::timestamptz", "everyone": EVERYONE, "elsewhere": ELSEWHERE}
STATEMENTS = [
    statement.format(asked=ARRAYS, greatest="GREATEST", least="LEAST", **COMMON)
    for statement in (ADVANCE, ADVANCE_EVERYONE)
]
# SQLite takes them as JSON, one list a row.
JSON = "SELECT {} FROM json_each(%s)".format(", ".join(f"json_extract(value, '$[{n}]')" for n in range(4)))
STATEMENTS_ON_SQLITE = [
    statement.format(asked=JSON, greatest="MAX", least="MIN", **COMMON | {"most": "%s", "moment": "%s"})
    for statement in (ADVANCE, ADVANCE_EVERYONE)
]
MARKED_ON_SQLITE = f"""WITH asked(room_id, psychic_id, delivered, read) AS ({JSON})
SELECT p.room_id, p.psychic_id, TRUE FROM asked JOIN room_participants p
    ON p.room_id = asked.room_id AND p.psychic_id = asked.psychic_id WHERE p.unread_from <= asked.read
UNION ALL SELECT asked.room_id, asked.psychic_id, TRUE FROM asked JOIN psychics s ON s.id = asked.psychic_id
    JOIN rooms r ON r.id = asked.room_id AND r.kind = 'broadcast' WHERE s.everyone_unread_from <= asked.read"""
# Locked in the order of the rooms.
COUNT = """INSERT INTO room_receipts (room_id, count) SELECT id, 1 FROM {ids} AS moved(id) WHERE true ORDER BY id
ON CONFLICT (room_id) DO UPDATE SET count = room_receipts.count + 1 RETURNING room_id, count"""
COUNT_ON_POSTGRESQL = COUNT.replace("{ids}", "unnest(%s::bigint[])")
COUNT_ON_SQLITE = COUNT.replace("{ids} AS moved(id)", "(SELECT value AS id FROM json_each(%s))")


def advance(watermarks: Sequence[Watermark]) -> list[None]:
    """Writes a batch; each answer is None. Watermarks only move forward, and not past the room's head."""
    highest: dict[tuple[int, int], Watermark] = {}
    for mark in watermarks:
        key = mark.room_id, mark.psychic_id
        highest[key] = merged(highest.get(key, mark), mark)
    if not highest:
        return []
    rows = [[mark.room_id, mark.psychic_id, mark.delivered, mark.read] for mark in highest.values()]
    with write_transaction():
        moved, passed = move(rows)
        markers.clear_passed(passed)
        counts = count_in(sorted({one.room_id for one in moved if not one.is_in_crowd}))
    tell(moved, counts)
    return [None] * len(watermarks)


def move(rows: list[list[int]]) -> tuple[list[Moved], list[tuple[int, int]]]:
    """Writes rows of (room, psychic, delivered, read). Gives those that have moved, and the (room, psychic) of those
    that read past a marker."""
    most, moment = settings.LIMITS["RECEIPT_PARTICIPANTS"], stored_moment(timezone.now())
    if connection.vendor == "postgresql":
        columns = [list(column) for column in zip(*rows, strict=True)]
        keys = [columns[0], columns[1], columns[3]]
        advance_rooms, advance_everyone = (question(statement, *columns, most, moment) for statement in STATEMENTS)
        locks = question(LOCK, *keys), question(LOCK_EVERYONE, *keys)
        marked, moved, marked_everyone, everyone = ask(locks[0], advance_rooms, locks[1], advance_everyone)
        marked += marked_everyone
    else:
        advances = (question(statement, rows, most, moment) for statement in STATEMENTS_ON_SQLITE)
        marked, moved, everyone = ask((MARKED_ON_SQLITE, rows), *advances)
    passed = [(room_id, psychic_id) for room_id, psychic_id, is_past in marked if is_past]
    return [Moved(*row) for row in [*moved, *everyone]], passed


def count_in(room_ids: list[int]) -> dict[int, int]:
    """Counts in each room that receipts are told; its new count. The end of the transaction."""
    text = COUNT_ON_POSTGRESQL if connection.vendor == "postgresql" else COUNT_ON_SQLITE
    questions: list[Question] = [(text, room_ids)] if room_ids else []
    return {room_id: count for rows in ask(*questions, commit=True) for room_id, count in rows}


def tell(moved: Iterable[Moved], counts: dict[int, int]) -> None:
    """`receipt.updated` to rooms small enough for it; of an invisible psychic, and in larger rooms, to their own
    connections alone."""
    lines: dict[int, list[str]] = {room_id: [] for room_id in counts}
    own: list[Moved] = []
    for one in moved:
        if one.is_in_crowd or one.chosen_status == Status.INVISIBLE:
            own.append(one)
        else:
            lines[one.room_id].append(one.line)
    for room_id, found in lines.items():  # once a room, whoever has read
        publish.receipts(room_id, counts[room_id], "\n".join(found))
    tell_themselves(own)


def tell_themselves(moved: list[Moved]) -> None:
    """To those of them who have other connections. Asked after the commit: who connects later finds it in `hello`."""
    if moved:
        [several] = ask((SEVERAL, list({one.psychic_id for one in moved})))
        for one in moved:
            if (one.psychic_id,) in several:
                publish.own_receipt(one.psychic_id, one.line, (one.room_id, one.delivered_seq, one.read_seq))


# What was missed


def receipt_lines(room_id: int) -> ReceiptsPage:
    """Everybody's receipt in a room, none where it is too large for that."""
    room = Room.objects.filter(pk=room_id).values_list("participant_count", "receipts__count").first()
    size, count = room or (EVERYONE, 0)
    if size > settings.LIMITS["RECEIPT_PARTICIPANTS"]:
        return ReceiptsPage([], count or 0)
    rows = RoomParticipant.objects.active().filter(room=room_id).order_by("pk")
    columns = "psychic_id", "delivered_seq", "read_seq", "psychic__username", "shown_read_seq"
    found = []
    for psychic_id, delivered, read, username, shown in rows.values_list(*columns):
        moved = Moved(room_id, psychic_id, delivered, read, size, username, "")
        found.append(ReceiptLine(psychic_id, shown is not None, moved.line))
    return ReceiptsPage(found, count or 0)


def moved_lately(since: datetime) -> list[ToPsychic]:
    """Receipts of larger rooms for one's own connections, as the hub takes them: what has moved after `since`."""
    rows = RoomParticipant.objects.active().filter(moved_at__gt=since)
    columns = "room_id", "psychic_id", "delivered_seq", "read_seq", "psychic__username"
    found = [Moved(row[0], row[1], row[2], row[3], EVERYONE, row[4], "") for row in rows.values_list(*columns)]
    psychics = list(Psychic.objects.filter(everyone_moved_at__gt=since))
    if psychics:
        room_id = Room.objects.values_list("pk", flat=True).get(kind=Kind.BROADCAST)
        for one in psychics:
            delivered, read = one.everyone_delivered_seq, one.everyone_read_seq
            found.append(Moved(room_id, one.pk, delivered, read, EVERYONE, one.username, ""))
    return [
        publish.receipt_message(one.psychic_id, one.line, (one.room_id, one.delivered_seq, one.read_seq))
        for one in found
    ]
