"""Receipts: two numbers per participant. Everything up to `delivered_seq` was delivered, up to `read_seq` was read.

Confirmations come from every reader of every message, so they are gathered and written in batches; of several for one
room and psychic only the highest counts. A meditator's stand still, whatever a process believes that has not heard of
it; those of an invisible psychic move, and others go on seeing them as they stood (`shown_…`).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from mindnet.database.statements import ask, question
from mindnet.database.transactions import write_transaction
from mindnet.realtime import events, publish, shapes
from presence.models import Status


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


# RETURNING gives the rows that moved, as Moved has them.
ADVANCE = """
WITH asked(room_id, psychic_id, delivered, read) AS ({asked})
UPDATE room_participants SET
    delivered_seq = {greatest}(room_participants.delivered_seq, {least}(asked.delivered, rooms.last_seq)),
    read_seq = {greatest}(room_participants.read_seq, {least}(asked.read, rooms.last_seq)),
    shown_delivered_seq = CASE WHEN psychics.chosen_status = 'invisible' THEN
        COALESCE(room_participants.shown_delivered_seq, room_participants.delivered_seq) END,
    shown_read_seq = CASE WHEN psychics.chosen_status = 'invisible' THEN
        COALESCE(room_participants.shown_read_seq, room_participants.read_seq) END
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
        COALESCE(shown_everyone_read_seq, everyone_read_seq) END
FROM asked JOIN rooms ON rooms.id = asked.room_id AND rooms.kind = 'broadcast'
WHERE psychics.id = asked.psychic_id AND chosen_status <> 'meditating'"""
# Locked in one order each, since an UPDATE would lock in any. An array a column.
LOCK = """
SELECT 1 FROM room_participants JOIN unnest(%s::bigint[], %s::bigint[]) AS asked(room_id, psychic_id)
    ON room_participants.room_id = asked.room_id AND room_participants.psychic_id = asked.psychic_id
ORDER BY room_participants.room_id, room_participants.psychic_id FOR UPDATE OF room_participants"""
LOCK_EVERYONE = """
SELECT 1 FROM psychics JOIN unnest(%s::bigint[], %s::bigint[]) AS asked(room_id, psychic_id)
    ON psychics.id = asked.psychic_id JOIN rooms ON rooms.id = asked.room_id AND rooms.kind = 'broadcast'
ORDER BY psychics.id FOR NO KEY UPDATE OF psychics"""
ARRAYS = "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
STATEMENTS = [
    statement.format(asked=ARRAYS, greatest="GREATEST", least="LEAST") for statement in (ADVANCE, ADVANCE_EVERYONE)
]
# SQLite takes them as JSON, one list a row.
JSON = "SELECT {} FROM json_each(%s)".format(", ".join(f"json_extract(value, '$[{n}]')" for n in range(4)))
STATEMENTS_ON_SQLITE = [
    statement.format(asked=JSON, greatest="MAX", least="MIN") for statement in (ADVANCE, ADVANCE_EVERYONE)
]


def advance(watermarks: Sequence[Watermark]) -> list[None]:
    """Writes a batch; each answer is None. Watermarks only move forward, and not past the room's head."""
    highest: dict[tuple[int, int], Watermark] = {}
    for mark in watermarks:
        _, _, delivered, read = highest.get((mark.room_id, mark.psychic_id), (0, 0, 0, 0))
        # What was read was delivered as well.
        highest[mark.room_id, mark.psychic_id] = Watermark(
            mark.psychic_id, mark.room_id, max(delivered, mark.delivered, mark.read), max(read, mark.read)
        )
    rows = [[mark.room_id, mark.psychic_id, mark.delivered, mark.read] for mark in highest.values()]
    with write_transaction():
        moved = move(rows)
    tell(moved)
    return [None] * len(watermarks)


def move(rows: list[list[int]]) -> list[Moved]:
    """Writes rows of (room, psychic, delivered, read) and gives those that have moved."""
    if connection.vendor == "postgresql":
        columns = [list(column) for column in zip(*rows, strict=True)]
        keys = columns[:2]
        advance_rooms, advance_everyone = (question(statement, *columns) for statement in STATEMENTS)
        locks = question(LOCK, *keys), question(LOCK_EVERYONE, *keys)
        _, moved, _, _ = ask(locks[0], advance_rooms, locks[1], advance_everyone, commit=True)
    else:
        moved, _ = ask(*((statement, rows) for statement in STATEMENTS_ON_SQLITE))
    return [Moved(*row) for row in moved]


def tell(moved: Iterable[Moved]) -> None:
    """`receipt.updated` to rooms small enough for it; of an invisible psychic to their own connections alone."""
    lines: dict[int, list[str]] = {}
    for one in moved:
        if one.participants > settings.LIMITS["RECEIPT_PARTICIPANTS"]:
            continue
        psychic = shapes.PsychicOut(one.psychic_id, one.username)
        receipt = shapes.Receipt(one.room_id, psychic, one.delivered_seq, one.read_seq)
        line = events.room_event("receipt.updated", one.room_id, receipt)
        if one.chosen_status == Status.INVISIBLE:
            publish.to_psychic(one.psychic_id, line)
        else:
            lines.setdefault(one.room_id, []).append(line)
    for room_id, found in lines.items():  # once a room, whoever has read
        publish.to_room(room_id, "\n".join(found))
