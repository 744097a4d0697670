"""Receipts: two numbers per participant. Everything up to `delivered_seq` was delivered, up to `read_seq` was read.

Confirmations come from every reader of every message, so they are gathered and written in batches; of several for one
room and psychic only the highest counts. A meditator's stand still, whatever a process believes that has not heard of
it; those of an invisible psychic move, and others go on seeing them as they stood (`shown_…`).
"""

from typing import NamedTuple

from django.conf import settings
from django.db import connection

from mindnet.realtime import protocol, publish
from mindnet.realtime.executor import write_transaction
from presence.models import Psychic, Status
from rooms.models import Kind, Room


class Watermark(NamedTuple):
    psychic_id: int
    room_id: int
    delivered: int
    read: int


# {greatest} and {least} differ in name between the databases. RETURNING gives the rows that moved.
ADVANCE = """
WITH asked(room_id, psychic_id, delivered, read) AS (VALUES {rows})
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
    room_participants.read_seq"""

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
    names = {"greatest": "MAX", "least": "MIN"} if connection.vendor == "sqlite" else {}
    names = names or {"greatest": "GREATEST", "least": "LEAST"}
    everyone = Room.objects.filter(kind=Kind.BROADCAST).values_list("pk", "last_seq").first()
    with write_transaction(), connection.cursor() as cursor:
        moved = advance_rooms(cursor, [mark for mark in marks if mark.room_id != everyone[0]], names)
        for mark in marks:
            if mark.room_id == everyone[0]:
                head = everyone[1]
                parameters = [mark.delivered, head, mark.read, head, mark.psychic_id]
                cursor.execute(ADVANCE_EVERYONE.format(**names), parameters)
    tell(moved)
    return [None] * len(watermarks)


def advance_rooms(cursor, marks, names):
    if not marks:
        return []
    if connection.vendor == "postgresql":
        # Locked in one order, since the UPDATE would lock them in any.
        pairs = ", ".join(["(%s, %s)"] * len(marks))
        cursor.execute(
            "SELECT 1 FROM room_participants WHERE (room_id, psychic_id) IN "
            f"({pairs}) ORDER BY room_id, psychic_id FOR UPDATE",
            [value for mark in marks for value in (mark.room_id, mark.psychic_id)],
        )
    number = "CAST(%s AS bigint)"
    rows = ", ".join([f"({number}, {number}, {number}, {number})"] * len(marks))
    values = [value for mark in marks for value in (mark.room_id, mark.psychic_id, mark.delivered, mark.read)]
    cursor.execute(ADVANCE.format(rows=rows, **names), values)
    return cursor.fetchall()


def tell(moved):
    """`receipt.updated` to rooms small enough for it; of an invisible psychic to their own connections alone."""
    if not moved:
        return
    small = set(
        Room.objects.filter(
            pk__in={row[0] for row in moved}, participant_count__lte=settings.LIMITS["RECEIPT_PARTICIPANTS"]
        ).values_list("pk", flat=True)
    )
    if not small:
        return
    psychics = Psychic.objects.filter(pk__in={row[1] for row in moved})
    known = {pk: (name, chosen) for pk, name, chosen in psychics.values_list("pk", "username", "chosen_status")}
    lines = {}
    for room_id, psychic_id, delivered_seq, read_seq in moved:
        if room_id in small and psychic_id in known:
            name, chosen = known[psychic_id]
            receipt = protocol.Receipt(room_id, protocol.PsychicOut(psychic_id, name), delivered_seq, read_seq)
            line = protocol.room_event("receipt.updated", room_id, receipt)
            if chosen == Status.INVISIBLE:
                publish.to_psychic(psychic_id, line)
            else:
                lines.setdefault(room_id, []).append(line)
    for room_id, found in lines.items():  # once a room, whoever has read
        publish.to_room(room_id, "\n".join(found))
