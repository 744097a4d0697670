"""Receipts: two numbers per participant. Everything up to `delivered_seq` was delivered, up to `read_seq` was read.

Confirmations come from every reader of every message, so they are gathered and written in batches; of several for one
room and psychic only the highest counts. A meditator's stand still, whatever a process believes that has not heard of
it; those of an invisible psychic move, and others go on seeing them as they stood (`shown_…`).
"""

from typing import NamedTuple

from django.conf import settings
from django.db import connection

from messaging import sql
from mindnet.realtime import protocol, publish
from mindnet.realtime.executor import write_transaction
from presence.models import Status
from rooms.models import Kind, Room


class Watermark(NamedTuple):
    psychic_id: int
    room_id: int
    delivered: int
    read: int


NAMES = {
    "sqlite": {"greatest": "MAX", "least": "MIN"},
    "postgresql": {"greatest": "GREATEST", "least": "LEAST"},
}
# RETURNING gives the rows that moved.
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
# Locked in one order, since the UPDATE would lock them in any.
LOCK = """
SELECT 1 FROM room_participants JOIN unnest(%s::bigint[], %s::bigint[]) AS asked(room_id, psychic_id)
    ON room_participants.room_id = asked.room_id AND room_participants.psychic_id = asked.psychic_id
ORDER BY room_participants.room_id, room_participants.psychic_id FOR UPDATE OF room_participants"""
ARRAYS = "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"

ADVANCE_EVERYONE = """
UPDATE psychics SET everyone_delivered_seq = {greatest}(everyone_delivered_seq, {least}(%s, %s)),
    everyone_read_seq = {greatest}(everyone_read_seq, {least}(%s, %s)),
    shown_everyone_delivered_seq = CASE WHEN chosen_status = 'invisible' THEN
        COALESCE(shown_everyone_delivered_seq, everyone_delivered_seq) END,
    shown_everyone_read_seq = CASE WHEN chosen_status = 'invisible' THEN
        COALESCE(shown_everyone_read_seq, everyone_read_seq) END
WHERE id = %s AND chosen_status <> 'meditating'"""


def advance(watermarks):
    """Writes a batch; each answer is None. Watermarks only move forward, and not past the room's head."""
    highest = {}
    for mark in watermarks:
        _, _, delivered, read = highest.get((mark.room_id, mark.psychic_id), (0, 0, 0, 0))
        # What was read was delivered as well.
        highest[mark.room_id, mark.psychic_id] = Watermark(
            mark.psychic_id, mark.room_id, max(delivered, mark.delivered, mark.read), max(read, mark.read)
        )
    marks = [highest[key] for key in sorted(highest)]
    everyone = Room.objects.filter(kind=Kind.BROADCAST).values_list("pk", "last_seq").first()
    with write_transaction(), connection.cursor() as cursor:
        moved = advance_rooms(cursor, [mark for mark in marks if mark.room_id != everyone[0]])
        for mark in marks:
            if mark.room_id == everyone[0]:
                head = everyone[1]
                parameters = [mark.delivered, head, mark.read, head, mark.psychic_id]
                cursor.execute(ADVANCE_EVERYONE.format(**NAMES[connection.vendor]), parameters)
    tell(moved)
    return [None] * len(watermarks)


def advance_rooms(cursor, marks):
    if not marks:
        return []
    names = NAMES[connection.vendor]
    if connection.vendor == "postgresql":
        rooms, psychics, delivered, read = (
            [mark.room_id for mark in marks], [mark.psychic_id for mark in marks],
            [mark.delivered for mark in marks], [mark.read for mark in marks],
        )  # fmt: skip
        statement = ADVANCE.format(asked=ARRAYS, **names)
        return sql.ask((LOCK, rooms, psychics), (statement, rooms, psychics, delivered, read))[1]
    rows = ", ".join(["(%s, %s, %s, %s)"] * len(marks))
    values = [value for mark in marks for value in (mark.room_id, mark.psychic_id, mark.delivered, mark.read)]
    cursor.execute(ADVANCE.format(asked=f"VALUES {rows}", **names), values)
    return cursor.fetchall()


def tell(moved):
    """`receipt.updated` to rooms small enough for it; of an invisible psychic to their own connections alone."""
    lines = {}
    for room_id, psychic_id, delivered_seq, read_seq, participants, username, chosen in moved:
        if participants > settings.LIMITS["RECEIPT_PARTICIPANTS"]:
            continue
        receipt = protocol.Receipt(room_id, protocol.PsychicOut(psychic_id, username), delivered_seq, read_seq)
        line = protocol.room_event("receipt.updated", room_id, receipt)
        if chosen == Status.INVISIBLE:
            publish.to_psychic(psychic_id, line)
        else:
            lines.setdefault(room_id, []).append(line)
    for room_id, found in lines.items():  # once a room, whoever has read
        publish.to_room(room_id, "\n".join(found))
