"""The statements of a batch of messages, for `mindnet.database.statements`."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from mindnet.database.statements import Question, Row, as_rows, ask, each, question, vendor

ROOMS = """SELECT id, kind, is_active, slow_mode_seconds, last_seq, session_id, mention_all,
hold_new_hours, hold_new_messages, has_word_rules, pair, last_sent_at, run_sender, run_seq FROM rooms
WHERE id {ids} ORDER BY id {for_no_key_update}"""
SENDERS = """SELECT p.id, p.username, r.room_id, r.role FROM psychics p
LEFT JOIN room_participants r ON r.psychic_id = p.id AND r.is_active AND r.room_id {ids}
WHERE p.id {ids} AND p.is_active"""
RESTRICTED = """SELECT room_id, psychic_id, id, kind, seconds FROM room_restrictions
WHERE room_id {ids} AND psychic_id {ids} AND kind IN ('mute', 'ban', 'slow')
AND lifted_at IS NULL AND (until IS NULL OR until > %s)"""
# By an array, which is made first: the rooms are found by their key whatever the planner thinks of the messages.
LOCKED = """SELECT id FROM rooms WHERE id = ANY(ARRAY(SELECT room_id FROM messages WHERE id {ids}))
ORDER BY id {for_no_key_update}"""
LOCKED_ON_SQLITE = "SELECT id FROM rooms WHERE id IN (SELECT room_id FROM messages WHERE id {ids})"
# Each nonce by itself: a plan made while the table was small would go on reading all of it.
# What is held back counts as known too, whatever the room's rules are by now; once let through it is a message.
KNOWN = """SELECT known.id, known.sender_id, known.nonce, known.nonce_digest, known.is_held
FROM unnest(%s::bigint[], %s::uuid[]) AS asked(sender_id, nonce) CROSS JOIN LATERAL
    ((SELECT id, sender_id, nonce, nonce_digest, false AS is_held FROM messages m
        WHERE m.sender_id = asked.sender_id AND m.nonce = asked.nonce LIMIT 1)
    UNION ALL (SELECT id, sender_id, nonce, nonce_digest, true FROM held_messages h
        WHERE h.sender_id = asked.sender_id AND h.nonce = asked.nonce AND h.state <> 'let_through' LIMIT 1)) AS known"""
KNOWN_ON_SQLITE = """SELECT id, sender_id, nonce, nonce_digest, false FROM messages
WHERE sender_id {ids} AND nonce {uuids}
UNION ALL SELECT h.id, h.sender_id, h.nonce, h.nonce_digest, true FROM json_each(%s) AS asked
JOIN held_messages h ON h.sender_id = json_extract(asked.value, '$[0]') AND h.nonce = json_extract(asked.value, '$[1]')
WHERE h.state <> 'let_through'"""
MEDITATORS = """SELECT r.room_id, p.id, p.username FROM room_participants r JOIN psychics p ON p.id = r.psychic_id
WHERE r.room_id {ids} AND r.is_active AND p.is_active AND p.chosen_status = 'meditating'
AND (p.until IS NULL OR p.until > %s) ORDER BY p.id"""

# Columns as arrays: a placeholder for every field of every row would cost four times as much.
INSERT = """INSERT INTO messages (room_id, sender_id, content, message_type, seq, changed_seq, nonce, nonce_digest,
    reply_to_id, urgent, urgent_reason, require_ack, mentions, has_attachments, timestamp, has_reactions)
SELECT room_id, sender_id, content, message_type, seq, seq, nonce, nonce_digest,
    reply_to_id, urgent, urgent_reason, require_ack, mentions, has_attachments, timestamp, false
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::uuid[], %s::bytea[],
    %s::bigint[], %s::boolean[], %s::text[], %s::boolean[], %s::jsonb[], %s::boolean[],
    %s::timestamptz[])
    AS new(room_id, sender_id, content, message_type, seq, nonce, nonce_digest, reply_to_id, urgent, urgent_reason,
        require_ack, mentions, has_attachments, timestamp)
RETURNING id, room_id, seq"""
HEADS = """UPDATE rooms SET last_seq = moved.seq, last_sent_at = moved.at, run_sender = moved.sender,
    run_seq = moved.run_seq
FROM unnest(%s::bigint[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[])
    AS moved(seq, at, sender, run_seq, id) WHERE rooms.id = moved.id"""
# SQLite's, row by row: one text for any number of them.
INSERT_ROW = """INSERT INTO messages (room_id, sender_id, content, message_type, seq, nonce, nonce_digest, reply_to_id,
    urgent, urgent_reason, require_ack, mentions, has_attachments, timestamp, changed_seq, has_reactions)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, false)"""
HEAD = "UPDATE rooms SET last_seq = %s, last_sent_at = %s, run_sender = %s, run_seq = %s WHERE id = %s"


def known(pairs: Sequence[tuple[int, UUID | str]]) -> Question:
    """The question for what is already stored under one of these (sender id, stored nonce)."""
    senders, nonces = [sender_id for sender_id, _ in pairs], [nonce for _, nonce in pairs]
    if vendor() == "postgresql":
        return KNOWN, senders, nonces
    return KNOWN_ON_SQLITE, senders, nonces, as_rows(pairs)


def rooms_locked(message_ids: list[int]) -> Question:
    """The question that locks the number-giving rows of these messages' rooms, in the order of their ids."""
    return (LOCKED if vendor() == "postgresql" else LOCKED_ON_SQLITE), message_ids


class Head(NamedTuple):
    """How a room stands after its messages of a batch; the columns of the same names, `room_id` its key."""

    last_seq: int
    last_sent_at: str
    run_sender: int | None
    run_seq: int
    room_id: int


def insert(rows: Sequence[Row], heads: Sequence[Head], *, is_last: bool) -> dict[tuple[int, int], int]:
    """Inserts messages, tuples in the order of INSERT_ROW without its last value, and moves the heads of their rooms.

    Gives {(room, seq): id}. `is_last`: nothing more is to be written in this transaction.
    """
    if vendor() == "postgresql":
        columns = [list(column) for column in zip(*rows, strict=True)]
        moved = [list(column) for column in zip(*heads, strict=True)]
        inserted, _ = ask(question(INSERT, *columns), question(HEADS, *moved), commit=is_last)
        return {(room_id, seq): id for id, room_id, seq in inserted}
    ids = each(INSERT_ROW, [(*row, row[SEQ]) for row in rows])
    each(HEAD, heads)
    return {(row[ROOM], row[SEQ]): id for row, id in zip(rows, ids, strict=True)}


# Where room and number stand in a row.
ROOM, SEQ = 0, 4
