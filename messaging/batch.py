"""One transaction's worth of messages: what it reads, checks and inserts.

The rooms are locked in the order of their ids and everything is checked inside the lock, so it is never stale; known
nonces are answered from the table. Number order is commit order, because whoever has a room's row lock has the next
number. A draft that is refused fails alone.
"""

import hashlib
import json
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from messaging import sync
from messaging.models import Message, MessageType
from mindnet.errors import DomainError, invalid, not_found
from mindnet.realtime import protocol
from mindnet.realtime.protocol import MessageOut, PsychicOut
from rooms.models import PUBLIC_KINDS, Kind, Restriction, Role
from rooms.moderation import refusal


class Draft(NamedTuple):
    """A message on its way. `by_operator`: a broadcast, which needs no participation."""

    sender_id: int
    room_id: int
    content: str
    message_type: str
    nonce: UUID
    reply_to: int | None = None
    urgent: bool = False
    require_ack: bool = False
    by_operator: bool = False

    def digest(self):
        """What tells a retry from another message under the same nonce."""
        return hashlib.blake2b(f"{self.room_id}\n{self.content}".encode(), digest_size=16).digest()


class Stored(NamedTuple):
    """`line` is the encoded event, None for a duplicate, which is told to nobody."""

    message: MessageOut
    duplicate: bool
    held_for: list
    line: str | None


class LockedRoom:
    """What a batch needs of a room whose row it holds."""

    __slots__ = ("pk", "kind", "is_active", "slow_mode_seconds", "last_seq")

    def __init__(self, *values):
        self.pk, self.kind, self.is_active, self.slow_mode_seconds, self.last_seq = values


# What a batch asks, as text: the ORM spends more on building these queries than the database on answering them. {in}
# is a list given as one parameter, so that a text stays the same for any number of drafts.
ROOMS = "SELECT id, kind, is_active, slow_mode_seconds, last_seq FROM rooms WHERE id {in} ORDER BY id {for_update}"
SENDERS = """SELECT p.id, p.username, r.room_id, r.role FROM psychics p
LEFT JOIN room_participants r ON r.psychic_id = p.id AND r.is_active AND r.room_id {in}
WHERE p.id {in} AND p.is_active"""
MUTED = """SELECT room_id, psychic_id, id FROM room_restrictions WHERE room_id {in} AND psychic_id {in}
AND kind IN ('mute', 'ban') AND lifted_at IS NULL AND (until IS NULL OR until > %s)"""
KNOWN = "SELECT id, sender_id, nonce, nonce_digest FROM messages WHERE sender_id {in} AND nonce {in}"
MEDITATORS = """SELECT r.room_id, p.id, p.username FROM room_participants r JOIN psychics p ON p.id = r.psychic_id
WHERE r.room_id {in} AND r.is_active AND p.chosen_status = 'meditating' AND (p.until IS NULL OR p.until > %s)
ORDER BY p.id"""
HEADS = """WITH moved(id, seq) AS (VALUES {rows})
UPDATE rooms SET last_seq = moved.seq FROM moved WHERE rooms.id = moved.id"""
# PostgreSQL takes the columns as arrays; a placeholder for every field of every row would cost four times as much.
INSERT = """INSERT INTO messages (room_id, sender_id, content, message_type, seq, changed_seq, nonce, nonce_digest,
    reply_to_id, urgent, require_ack, timestamp, has_reactions)
SELECT room_id, sender_id, content, message_type, seq, seq, nonce, nonce_digest,
    reply_to_id, urgent, require_ack, %s::timestamptz, false
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::uuid[], %s::bytea[],
    %s::bigint[], %s::boolean[], %s::boolean[])
    AS new(room_id, sender_id, content, message_type, seq, nonce, nonce_digest, reply_to_id, urgent, require_ack)
RETURNING id, room_id, seq"""


def ask(sql, *parameters):
    """Rows of one of the texts above. A list stands for its {in}; SQLite takes it as JSON and has no row locks."""
    if connection.vendor == "postgresql":
        sql = sql.replace("{in}", "= ANY(%s)").replace("{for_update}", "FOR NO KEY UPDATE")
    else:
        sql = sql.replace("{in}", "IN (SELECT value FROM json_each(%s))").replace("{for_update}", "")
        parameters = [json.dumps(each) if isinstance(each, list) else each for each in parameters]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


class Batch:
    """What one transaction knows and decides. The rooms are locked from the start."""

    def __init__(self, drafts):
        room_ids = sorted({draft.room_id for draft in drafts})
        sender_ids = sorted({draft.sender_id for draft in drafts})
        self.now = timezone.now()
        self.moment = connection.ops.adapt_datetimefield_value(self.now)
        self.rooms = {row[0]: LockedRoom(*row) for row in ask(ROOMS, room_ids)}
        self.senders, self.roles = {}, {}
        for psychic_id, username, room_id, role in ask(SENDERS, room_ids, sender_ids):
            self.senders[psychic_id] = username
            self.roles[room_id, psychic_id] = role
        self.muted = {
            (room_id, psychic_id): id for room_id, psychic_id, id in ask(MUTED, room_ids, sender_ids, self.moment)
        }
        self.known = self.read_known(drafts)
        self.replied_to = self.read_replied_to(drafts)
        self.meditators = self.read_meditators(room_ids)
        self.last_sent = {}
        self.accepted = []

    def read_known(self, drafts):
        """Messages already stored under one of the nonces: {(sender, nonce): (id, digest)}."""
        is_native = connection.features.has_native_uuid_field
        nonces = [draft.nonce if is_native else draft.nonce.hex for draft in drafts]
        rows = ask(KNOWN, sorted({draft.sender_id for draft in drafts}), nonces)
        return {
            (sender_id, nonce if is_native else UUID(nonce)): (message_id, bytes(digest))
            for message_id, sender_id, nonce, digest in rows
        }

    def read_replied_to(self, drafts):
        ids = {draft.reply_to for draft in drafts if draft.reply_to is not None and 0 < draft.reply_to < 2**63}
        return dict(Message.objects.filter(pk__in=ids).values_list("pk", "room_id")) if ids else {}

    def read_meditators(self, room_ids):
        """{room: [psychics who meditate there]}: their copy is held until the bell."""
        found = {}
        for room_id, psychic_id, username in ask(MEDITATORS, room_ids, self.moment):
            found.setdefault(room_id, []).append(PsychicOut(psychic_id, username))
        return found

    def accept(self, draft):
        """The Message to insert, the (id, draft) of a duplicate, or the DomainError of a refusal."""
        try:
            key = (draft.sender_id, draft.nonce)
            if key in self.known:
                known, digest = self.known[key]
                if digest != draft.digest():
                    raise DomainError("nonce_reused", "This nonce was used for another message.")
                return known, draft
            self.check(draft)
        except DomainError as error:
            return error
        room = self.rooms[draft.room_id]
        room.last_seq += 1
        message = Message(
            room_id=draft.room_id,
            sender_id=draft.sender_id,
            content=draft.content,
            message_type=draft.message_type,
            timestamp=self.now,
            seq=room.last_seq,
            changed_seq=room.last_seq,
            nonce=draft.nonce,
            nonce_digest=draft.digest(),
            reply_to_id=draft.reply_to,
            urgent=draft.urgent,
            require_ack=draft.require_ack,
        )
        # A retry within the batch finds the message like one from the table, once it is inserted.
        self.known[key] = (message, message.nonce_digest)
        self.last_sent[draft.room_id, draft.sender_id] = self.now
        self.accepted.append(message)
        return message

    def check(self, draft):
        room = self.rooms.get(draft.room_id)
        if draft.sender_id not in self.senders:
            raise DomainError("permission_denied", "This account is closed.")
        role = self.roles.get((draft.room_id, draft.sender_id))
        if not draft.by_operator:
            check_participation(room, role)
            self.check_restrictions(room, role, draft.sender_id)
        if not room.is_active:
            raise DomainError("room_closed", "This room has ended.")
        if draft.reply_to is not None and self.replied_to.get(draft.reply_to) != room.pk:
            raise invalid("reply_to", "There is no such message in this room.")
        if draft.message_type == MessageType.SEALED and room.kind != Kind.PRIVATE:
            raise invalid("message_type", "Sealed messages belong into a private mind-link.")

    def check_restrictions(self, room, role, sender_id):
        if (room.pk, sender_id) in self.muted:
            raise refusal(Restriction.objects.get(pk=self.muted[room.pk, sender_id]))
        if room.slow_mode_seconds and role == Role.PARTICIPANT:
            wait = self.slow_mode_wait(room, sender_id)
            if wait > 0:
                raise DomainError("rate_limited", f"Slow mode: wait {wait:.0f} s.", retry_after=round(wait, 1))

    def slow_mode_wait(self, room, sender_id):
        key = (room.pk, sender_id)
        if key not in self.last_sent:
            mine = Message.objects.filter(room_id=room.pk, sender_id=sender_id).order_by("-seq")
            self.last_sent[key] = mine.values_list("timestamp", flat=True).first()
        if self.last_sent[key] is None:
            return 0
        return room.slow_mode_seconds - (self.now - self.last_sent[key]).total_seconds()

    def insert(self):
        if not self.accepted:
            return
        if connection.vendor == "postgresql":
            self.insert_arrays()
        else:
            Message.objects.bulk_create(self.accepted)
        moved = {message.room_id for message in self.accepted}
        with connection.cursor() as cursor:
            rows = ", ".join(["(CAST(%s AS bigint), CAST(%s AS bigint))"] * len(moved))
            heads = [value for room_id in sorted(moved) for value in (room_id, self.rooms[room_id].last_seq)]
            cursor.execute(HEADS.format(rows=rows), heads)

    def insert_arrays(self):
        rows = [
            (
                message.room_id, message.sender_id, message.content, str(message.message_type), message.seq,
                message.nonce, message.nonce_digest, message.reply_to_id, message.urgent, message.require_ack,
            )
            for message in self.accepted
        ]  # fmt: skip
        columns = zip(*rows, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [self.now, *(list(column) for column in columns)])
            ids = {(room_id, seq): id for id, room_id, seq in cursor.fetchall()}
        for message in self.accepted:
            message.pk = ids[message.room_id, message.seq]

    def result(self, accepted):
        if isinstance(accepted, DomainError):
            return accepted
        if isinstance(accepted, Message):
            message = self.as_out(accepted)
            held_for = [p for p in self.meditators.get(message.room, []) if p.id != message.sender.id]
            return Stored(message, False, held_for, protocol.message_event(message))
        known, draft = accepted
        if isinstance(known, Message):
            return Stored(self.as_out(known), True, [], None)
        return Stored(sync.read(Message.objects.filter(pk=known))[0], True, [], None)

    def as_out(self, message):
        return MessageOut(
            id=message.pk,
            room=message.room_id,
            seq=message.seq,
            changed_seq=message.changed_seq,
            sender=PsychicOut(message.sender_id, self.senders[message.sender_id]),
            message_type=str(message.message_type),
            content=message.content,
            timestamp=protocol.utc(message.timestamp),
            edited_at=None,
            deleted=False,
            reply_to=message.reply_to_id,
            attachments=[],
            reactions={},
            nonce=message.nonce,
            urgent=message.urgent,
        )


def check_participation(room, role):
    """Refuses who may not act in a room: it does not exist for them, or they are not in it."""
    if room is None:
        raise not_found()
    if room.kind == Kind.BROADCAST:
        raise DomainError("permission_denied", "Only operators write here, by broadcast.")
    if role is None:
        if room.kind in PUBLIC_KINDS and room.is_active:
            raise DomainError("not_participant", "Join the room first.")
        raise not_found()
