"""Storing messages: group commit, one writer a process.

What arrived while the last batch was committing is the next batch: one transaction that locks the rooms in the order
of their ids, checks everything inside (never stale), answers known nonces from the table, gives the numbers and
inserts. Number order is commit order, because whoever has a room's row lock has the next number. A draft that is
refused fails alone. After the commit the senders have their answers, then each room is told once.
"""

import asyncio
import hashlib
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection
from django.db.models import Q
from django.utils import timezone

from messaging import sync
from messaging.models import Message, MessageType
from mindnet.errors import DomainError, invalid, not_found
from mindnet.realtime import protocol, publish
from mindnet.realtime.batch import Batcher
from mindnet.realtime.executor import write_transaction
from mindnet.realtime.failpoints import failpoint
from mindnet.realtime.protocol import MessageOut, PsychicOut
from presence.models import Psychic, Status
from rooms.models import PUBLIC_KINDS, Kind, Restriction, Role, Room, RoomParticipant

# Sends waiting in one process; above it the sender hears `overloaded`.
WAITING_MOST = 5_000
BATCH_MOST = 300


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


def commit(drafts):
    """Stores a batch in one transaction. One result a draft: Stored, or the DomainError it was refused with."""
    with write_transaction():
        batch = Batch(drafts)
        results = [batch.accept(draft) for draft in drafts]
        batch.insert()
        results = [batch.result(result) for result in results]
        failpoint("before_commit")
    failpoint("after_commit")
    return results


def commit_again(drafts):
    """`commit`, once more where another process has stored the same nonce in the same moment."""
    try:
        return commit(drafts)
    except IntegrityError:
        return commit(drafts)


class Batch:
    """What one transaction knows and decides. The rooms are locked from the start."""

    def __init__(self, drafts):
        room_ids = sorted({draft.room_id for draft in drafts})
        sender_ids = {draft.sender_id for draft in drafts}
        self.now = timezone.now()
        # On SQLite the transaction has the write lock from its beginning, and this locks nothing more.
        rooms = Room.objects.select_for_update(no_key=True).filter(pk__in=room_ids).order_by("pk")
        self.rooms = {room.pk: room for room in rooms}
        self.senders = dict(Psychic.objects.active().filter(pk__in=sender_ids).values_list("pk", "username"))
        self.roles = {
            (room_id, psychic_id): role
            for room_id, psychic_id, role in RoomParticipant.objects.active()
            .filter(room_id__in=room_ids, psychic_id__in=sender_ids)
            .values_list("room_id", "psychic_id", "role")
        }
        self.muted = {
            (restriction.room_id, restriction.psychic_id): restriction
            for restriction in Restriction.objects.in_force().filter(
                room_id__in=room_ids, psychic_id__in=sender_ids, kind__in=["mute", "ban"]
            )
        }
        self.known = self.read_known(drafts)
        self.replied_to = self.read_replied_to(drafts)
        self.meditators = self.read_meditators(room_ids)
        self.last_sent = {}
        self.accepted = []

    def read_known(self, drafts):
        """Messages already stored under one of the nonces: {(sender, nonce): (id, digest)}."""
        rows = Message.objects.filter(
            sender_id__in={draft.sender_id for draft in drafts}, nonce__in=[draft.nonce for draft in drafts]
        )
        return {
            (sender_id, nonce): (message_id, bytes(digest))
            for message_id, sender_id, nonce, digest in rows.values_list("id", "sender_id", "nonce", "nonce_digest")
        }

    def read_replied_to(self, drafts):
        ids = {draft.reply_to for draft in drafts if draft.reply_to is not None and 0 < draft.reply_to < 2**63}
        return dict(Message.objects.filter(pk__in=ids).values_list("pk", "room_id")) if ids else {}

    def read_meditators(self, room_ids):
        """{room: [psychics who meditate there]}: their copy is held until the bell."""
        found = {}
        rows = (
            RoomParticipant.objects.active()
            .filter(room_id__in=room_ids, psychic__chosen_status=Status.MEDITATING)
            .filter(Q(psychic__until=None) | Q(psychic__until__gt=self.now))
            .order_by("psychic_id")
        )
        for room_id, psychic_id, username in rows.values_list("room_id", "psychic_id", "psychic__username"):
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
        restriction = self.muted.get((room.pk, sender_id))
        if restriction:
            raise DomainError(
                "banned" if restriction.kind == "ban" else "muted",
                "You may not write here.",
                reason=restriction.reason,
                until=protocol.utc(restriction.until),
            )
        if room.slow_mode_seconds and role == Role.PARTICIPANT:
            wait = self.slow_mode_wait(room, sender_id)
            if wait > 0:
                raise DomainError("rate_limited", f"Slow mode: wait {wait:.0f} s.", retry_after=round(wait, 1))

    def slow_mode_wait(self, room, sender_id):
        key = (room.pk, sender_id)
        if key not in self.last_sent:
            mine = Message.objects.filter(room=room, sender_id=sender_id).order_by("-seq")
            self.last_sent[key] = mine.values_list("timestamp", flat=True).first()
        if self.last_sent[key] is None:
            return 0
        return room.slow_mode_seconds - (self.now - self.last_sent[key]).total_seconds()

    def insert(self):
        if not self.accepted:
            return
        Message.objects.bulk_create(self.accepted)
        moved = {message.room_id for message in self.accepted}
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE rooms SET last_seq = %s WHERE id = %s",
                [(self.rooms[room_id].last_seq, room_id) for room_id in sorted(moved)],
            )

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


def announce(drafts, results):
    """Tells each room of its new messages, in one publish."""
    failpoint("before_publish")
    told = {}
    for result in results:
        if isinstance(result, Stored) and result.line:
            told.setdefault(result.message.room, []).append(result)
    for room_id, stored in told.items():
        numbers = [result.message.seq for result in stored]
        publish.numbered(room_id, numbers[0], numbers[-1], [result.line for result in stored])


# The writer of the process's event loop, where one runs.
running = None


class Writer:
    """Takes drafts in the loop's thread (`submit`) or from any other (`store`)."""

    def __init__(self):
        self.batcher = Batcher("writer", commit_again, announce=announce, bound=WAITING_MOST, batch=BATCH_MOST)
        self.loop = asyncio.get_running_loop()

    def start(self):
        global running
        running = self

    async def stop(self):
        global running
        if running is self:
            running = None
        await self.batcher.close()

    def submit(self, draft):
        return self.batcher.submit(draft)

    async def submitted(self, drafts):
        futures = [self.batcher.submit(draft) for draft in drafts]
        return await asyncio.wait_for(asyncio.gather(*futures, return_exceptions=True), protocol.REPLY_SECONDS)


def store(drafts):
    """Stores drafts from a thread without an event loop, by the process's writer where one runs.

    One result a draft: Stored or DomainError.
    """
    if running is None:
        results = commit_again(drafts)
        announce(drafts, results)
        return results
    future = asyncio.run_coroutine_threadsafe(running.submitted(drafts), running.loop)
    try:
        return future.result(protocol.REPLY_SECONDS + 1)
    except TimeoutError:
        raise DomainError("unavailable", "No answer from the database. Ask again under the same nonce.") from None
