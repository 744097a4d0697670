"""The statements of a batch, as fixed texts: the ORM spends more on building these queries than the database on
answering them. Lists go in as one parameter, so that a text stays the same for any number of drafts.

On PostgreSQL the statements of one call travel together (pipeline mode) and are prepared once: each wait for an answer
would also be a wait for the interpreter, which the event loop has meanwhile. SQLite takes a list as JSON.
"""

import json

import psycopg
from django.db import connection

ROOMS = """SELECT id, kind, is_active, slow_mode_seconds, last_seq, session_id FROM rooms
WHERE id {ids} ORDER BY id {for_update}"""
SENDERS = """SELECT p.id, p.username, r.room_id, r.role FROM psychics p
LEFT JOIN room_participants r ON r.psychic_id = p.id AND r.is_active AND r.room_id {ids}
WHERE p.id {ids} AND p.is_active"""
MUTED = """SELECT room_id, psychic_id, id FROM room_restrictions WHERE room_id {ids} AND psychic_id {ids}
AND kind IN ('mute', 'ban') AND lifted_at IS NULL AND (until IS NULL OR until > %s)"""
KNOWN = "SELECT id, sender_id, nonce, nonce_digest FROM messages WHERE sender_id {ids} AND nonce {uuids}"
MEDITATORS = """SELECT r.room_id, p.id, p.username FROM room_participants r JOIN psychics p ON p.id = r.psychic_id
WHERE r.room_id {ids} AND r.is_active AND p.chosen_status = 'meditating' AND (p.until IS NULL OR p.until > %s)
ORDER BY p.id"""

# Columns as arrays: a placeholder for every field of every row would cost four times as much.
INSERT = """INSERT INTO messages (room_id, sender_id, content, message_type, seq, changed_seq, nonce, nonce_digest,
    reply_to_id, urgent, urgent_reason, require_ack, timestamp, has_reactions)
SELECT room_id, sender_id, content, message_type, seq, seq, nonce, nonce_digest,
    reply_to_id, urgent, urgent_reason, require_ack, %s::timestamptz, false
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::uuid[], %s::bytea[],
    %s::bigint[], %s::boolean[], %s::text[], %s::boolean[])
    AS new(room_id, sender_id, content, message_type, seq, nonce, nonce_digest, reply_to_id, urgent, urgent_reason,
        require_ack)
RETURNING id, room_id, seq"""
HEADS = """UPDATE rooms SET last_seq = moved.seq FROM unnest(%s::bigint[], %s::bigint[]) AS moved(id, seq)
WHERE rooms.id = moved.id"""
# SQLite. Its limit of 32,766 placeholders is far: a batch has at most 300 messages.
INSERT_ROWS = """INSERT INTO messages (room_id, sender_id, content, message_type, seq, nonce, nonce_digest, reply_to_id,
    urgent, urgent_reason, require_ack, changed_seq, timestamp, has_reactions)
VALUES {rows} RETURNING id, room_id, seq"""
ROW = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, false)"
HEAD = "UPDATE rooms SET last_seq = %s WHERE id = %s"


def insert(rows, moment, moved, heads):
    """Inserts messages, tuples in the order of INSERT_ROWS, and moves the heads of their rooms.

    Gives {(room, seq): id}.
    """
    if connection.vendor == "postgresql":
        columns = [list(column) for column in zip(*rows, strict=True)]
        inserted, _ = ask_together([(INSERT, moment, *columns), (HEADS, moved, heads)])
    else:
        values = [value for row in rows for value in (*row, row[SEQ], moment)]
        with connection.cursor() as cursor:
            cursor.execute(INSERT_ROWS.format(rows=", ".join([ROW] * len(rows))), values)
            inserted = cursor.fetchall()
            cursor.executemany(HEAD, zip(heads, moved, strict=True))
    return {(room_id, seq): id for id, room_id, seq in inserted}


SEQ = 4  # where the number stands in a row


def ask(*questions):
    """The rows of each question, in order. A question is a text of the above and its parameters, in a tuple."""
    if connection.vendor == "postgresql":
        return ask_together(questions)
    answers = []
    with connection.cursor() as cursor:
        for text, *parameters in questions:
            text = text.format(ids=IN_JSON, uuids=IN_JSON, for_update="")
            cursor.execute(text, [json.dumps(each) if isinstance(each, list) else each for each in parameters])
            answers.append(cursor.fetchall())
    return answers


IN_JSON = "IN (SELECT value FROM json_each(%s))"
ON_POSTGRESQL = {"ids": "= ANY(%s::bigint[])", "uuids": "= ANY(%s::uuid[])", "for_update": "FOR NO KEY UPDATE"}


def ask_together(questions):
    connection.ensure_connection()
    link = connection.connection
    with connection.wrap_database_errors, link.pipeline():
        cursors = [psycopg.Cursor(link) for _ in questions]
        for cursor, (text, *parameters) in zip(cursors, questions, strict=True):
            cursor.execute(text.format(**ON_POSTGRESQL), parameters, prepare=True)
    return [cursor.fetchall() if cursor.description else [] for cursor in cursors]
