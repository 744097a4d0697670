"""One transaction's worth of messages: what it reads, checks and inserts.

The rooms are locked in the order of their ids and everything is checked inside the lock, so it is never stale; known
nonces are answered from the table. Number order is commit order, because whoever has a room's row lock has the next
number. A draft that is refused fails alone.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from msgspec import Struct

from messaging import attached, holding, mentions, sealing, slow_mode, sql, sync, urgent
from messaging.drafts import Draft, Numbered, Release, Stored
from messaging.models import HeldMessage, Message, MessageType
from mindnet.base import moments, rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.database.statements import Question, Row, read_moment, stored_moment, stored_uuid
from mindnet.realtime import events
from mindnet.realtime.shapes import MessageOut, PsychicOut
from rooms import voice, word_rules
from rooms.lookups import MODERATING
from rooms.models import PUBLIC_KINDS, Kind, Restriction, WordRule
from rooms.restrictions import refusal


class Duplicate(NamedTuple):
    """A draft under a known nonce: the message that is stored under it, by its id, or as it is about to be."""

    known: Numbered | int


class WrittenIn(Protocol):
    """A room's row, as a batch holds it or as the ORM gives it."""

    kind: str
    is_active: bool


class Held(NamedTuple):
    """What stands under a nonce was held back."""

    held_id: int


class LockedRoom(Struct):
    """What a batch needs of a room whose row it holds."""

    pk: int
    kind: str
    is_active: bool
    slow_mode_seconds: int
    last_seq: int
    session_id: int | None
    mention_all: str
    hold_new_hours: int
    hold_new_messages: int
    has_word_rules: bool
    pair: str | None
    # Of its newest message, or now: what is written now is dated so.
    last_sent_at: datetime
    run_sender: int | None
    run_seq: int

    def number(self, sender_id: int) -> int:
        """The next one, for a message of this psychic."""
        self.last_seq += 1
        if self.run_sender != sender_id:
            self.run_sender, self.run_seq = sender_id, self.last_seq
        return self.last_seq

    def head(self) -> sql.Head:
        return sql.Head(self.last_seq, stored_moment(self.last_sent_at), self.run_sender, self.run_seq, self.pk)


# What becomes of a draft: the message to insert, the known one, or the refusal.
Accepted = Numbered | Duplicate | DomainError


# A room's id and a psychic's.
Place = tuple[int, int]


class Writing(NamedTuple):
    """A draft that is not made yet: who is about to write where, under which nonce, None being a new one."""

    sender_id: int
    room_id: int
    nonce: UUID | None
    release: None = None


class Look(NamedTuple):
    """What is read first for a batch: the rows of `ROOMS`, which it locks, and of what is read under the lock."""

    rooms: list[Row]
    senders: list[Row]
    restricted: list[Row]
    known: list[Row]
    meditators: list[Row]


def questions_for(writing: Sequence[Draft | Writing]) -> list[Question]:
    """Those whose answers make a Look."""
    room_ids = sorted({one.room_id for one in writing})
    moderators = {one.release.by_id for one in writing if one.release}
    sender_ids = sorted({one.sender_id for one in writing} | moderators)
    moment = stored_moment(datetime.now(UTC))
    return [
        (sql.ROOMS, room_ids),  # first: what follows is read under the lock
        (sql.SENDERS, room_ids, sender_ids),
        (sql.RESTRICTED, room_ids, sender_ids, moment),
        sql.known([(one.sender_id, stored_uuid(one.nonce)) for one in writing if one.nonce is not None]),
        (sql.MEDITATORS, room_ids, moment),
    ]


class Batch:
    """What one transaction knows and decides. The rooms are locked from the start."""

    def __init__(self, drafts: Sequence[Draft], look: Look) -> None:
        """`look`: of these drafts, or of more."""
        rooms, senders, restricted, known, meditators = look
        # Under the locks: who has waited for them must not be dated before those it has waited for.
        self.now = datetime.now(UTC)
        self.rooms: dict[int, LockedRoom] = {row[0]: LockedRoom(*row) for row in rooms}
        for room in self.rooms.values():
            # Clocks of two hosts differ, and are set back.
            last_sent_at = read_moment(room.last_sent_at)
            room.last_sent_at = self.now if last_sent_at is None else max(self.now, last_sent_at)
        self.senders: dict[int, str] = {psychic_id: username for psychic_id, username, _, _ in senders}
        self.roles: dict[Place, str] = {(room_id, psychic_id): role for psychic_id, _, room_id, role in senders}
        # Ids of the restrictions that keep somebody from writing, and how long others wait between messages.
        self.muted: dict[Place, int] = {}
        self.slowed: dict[Place, int] = {}
        for room_id, psychic_id, restriction_id, kind, seconds in restricted:
            if kind == Restriction.Kind.SLOW:
                longest = max(seconds or 0, self.slowed.get((room_id, psychic_id), 0))
                self.slowed[room_id, psychic_id] = longest
            else:
                self.muted[room_id, psychic_id] = restriction_id
        # What is already stored or held back under one of the nonces, with the digests of what was sent.
        self.known: dict[tuple[int, UUID], tuple[Numbered | int | Held, bytes]] = {
            (sender_id, nonce if isinstance(nonce, UUID) else UUID(nonce)): (Held(id) if is_held else id, bytes(digest))
            for id, sender_id, nonce, digest, is_held in known
        }
        # By room, the psychics who meditate there: their copy is held until the bell.
        self.meditators: dict[int, list[PsychicOut]] = {}
        for room_id, psychic_id, username in meditators:
            self.meditators.setdefault(room_id, []).append(PsychicOut(psychic_id, username))
        # By room, what its guided session lets nobody write past; no query where none runs.
        session_ids = [room.session_id for room in self.rooms.values() if room.session_id is not None]
        self.locks = voice.locks(session_ids, self.now) if session_ids else {}
        with_rules = [room.pk for room in self.rooms.values() if room.has_word_rules]
        self.word_rules = word_rules.rules_in_force(with_rules) if with_rules else {}
        self.replied_to = self.read_replied_to(drafts)
        self.sealing = sealing.Sealing(self.rooms.values())
        self.files = attached.Taking(drafts)
        self.last_sent: dict[Place, datetime | None] = {}
        self.accepted: list[Numbered] = []
        self.marked: list[tuple[Numbered, holding.Found]] = []
        self.urgent_for: dict[int, list[int]] = {}

    def read_replied_to(self, drafts: Sequence[Draft]) -> dict[int, int]:
        ids = {draft.reply_to for draft in drafts if draft.reply_to is not None and is_id(draft.reply_to)}
        return dict(Message.objects.filter(pk__in=ids).values_list("pk", "room_id")) if ids else {}

    def accept(self, draft: Draft) -> Accepted:
        """What becomes of a draft. One that is accepted has its number from here on."""
        try:
            if duplicate := self.duplicate(draft):
                return duplicate
            self.check(draft)
            found = self.look_at(draft)
        except DomainError as error:
            return error
        key, room, digest = (draft.sender_id, draft.nonce), self.rooms[draft.room_id], draft.digest()
        seq = room.number(draft.sender_id)
        message = Numbered(
            room_id=draft.room_id,
            sender_id=draft.sender_id,
            content=draft.content,
            message_type=draft.message_type,
            timestamp=room.last_sent_at,
            seq=seq,
            nonce=draft.nonce,
            nonce_digest=digest,
            reply_to_id=draft.reply_to,
            urgent=draft.urgent,
            urgent_reason=draft.urgent_reason,
            require_ack=draft.require_ack,
        )
        self.files.take(draft, message)
        # A retry within the batch finds the message like one from the table, once it is inserted.
        self.known[key] = (message, digest)
        self.last_sent[draft.room_id, draft.sender_id] = self.now
        self.accepted.append(message)
        if found:
            self.marked.append((message, found))
        return message

    def duplicate(self, draft: Draft) -> Duplicate | None:
        """What is stored under the draft's nonce already. Raises nonce_reused, and `muted` where it is held back."""
        known, digest = self.known.get((draft.sender_id, draft.nonce), (None, b""))
        if known is None:
            return None
        if digest != draft.digest():
            raise DomainError("nonce_reused", "This nonce was used for another message.")
        if not isinstance(known, Held):
            return Duplicate(known)
        if draft.release:
            return None
        raise holding.refusal(HeldMessage.objects.get(pk=known.held_id))

    def look_at(self, draft: Draft) -> holding.Found | None:
        """What marks the draft, None mostly. Raises `muted` where it is held back from here on."""
        if draft.release:
            holding.let_go(draft.release.held_id, draft.release.by_id, self.now)
            return None
        room = self.rooms[draft.room_id]
        role = None if draft.by_operator else self.roles.get((room.pk, draft.sender_id))
        if not holding.is_looked_at(room, role, draft.message_type):
            return None
        found = holding.look_at(room, draft.sender_id, draft.content, self.now, self.word_rules.get(room.pk, []))
        if found and found.action == WordRule.Action.HOLD:
            held = holding.hold(draft, draft.digest(), found, self.now)
            self.files.hold(draft, held)
            self.known[draft.sender_id, draft.nonce] = (Held(held.pk), draft.digest())
            raise holding.refusal(held)
        return found

    def check(self, draft: Draft) -> None:
        """Raises what the draft is refused with."""
        room = self.rooms.get(draft.room_id)
        if draft.sender_id not in self.senders:
            raise DomainError("permission_denied", "This account is closed.")
        if room is None:
            raise not_found()
        if not draft.by_operator:
            role = self.roles.get((draft.room_id, draft.sender_id))
            if draft.release:
                self.check_release(room, draft, draft.release)
            else:
                check_participation(room, role)
                self.check_restrictions(room, role, draft.sender_id)
        if not room.is_active:
            raise DomainError("room_closed", "This room has ended.")
        if draft.reply_to is not None and self.replied_to.get(draft.reply_to) != room.pk:
            raise invalid("reply_to", "There is no such message in this room.")
        self.files.check(draft, draft.release.held_id if draft.release else None)
        if not draft.by_operator:
            self.sealing.check(room.pk, draft.message_type, draft.envelope)
        if draft.urgent:
            rates.check("URGENT_RATE", draft.sender_id)  # here, where a retry of a stored message does not come

    def check_release(self, room: LockedRoom, draft: Draft, release: Release) -> None:
        """Raises what keeps a moderator from letting this through, by what is so under the lock. A mute that came since
        it was written does not: the moderator has just looked at it."""
        if self.roles.get((room.pk, release.by_id)) not in MODERATING:
            raise DomainError("permission_denied", "Your role in this room does not allow this.")
        if (room.pk, draft.sender_id) not in self.roles:
            raise DomainError("conflict", "Who wrote this is not in the room any more. You can only refuse it.")
        if room.pk in self.locks:
            self.locks[room.pk].check(draft.sender_id)

    def check_restrictions(self, room: LockedRoom, role: str | None, sender_id: int) -> None:
        """Raises `muted`, or `rate_limited` for who is slowed."""
        if (room.pk, sender_id) in self.muted:
            raise refusal(Restriction.objects.get(pk=self.muted[room.pk, sender_id]))
        if room.pk in self.locks:
            self.locks[room.pk].check(sender_id)
        key = (room.pk, sender_id)
        seconds = slow_mode.seconds_for(room.kind, room.slow_mode_seconds, role, self.slowed.get(key, 0))
        if seconds:
            if key not in self.last_sent:
                self.last_sent[key] = slow_mode.last_words(*key, seconds, self.now)
            slow_mode.check(self.last_sent[key], seconds, self.now)

    def insert(self) -> None:
        """The end of the transaction, as far as this batch is concerned."""
        if not self.accepted:
            return
        self.mention()
        moved = sorted({message.room_id for message in self.accepted})
        heads = {room_id: self.rooms[room_id].head() for room_id in moved}
        meaning = [message for message in self.accepted if message.mentions]
        is_urgent = any(message.urgent for message in self.accepted)
        is_last = not (meaning or self.marked or self.files.taken or is_urgent)
        rows = [(*self.row(message), heads[message.room_id].last_sent_at) for message in self.accepted]
        ids = sql.insert(rows, list(heads.values()), is_last=is_last)
        for message in self.accepted:
            message.pk = ids[message.room_id, message.seq]
        self.files.write()
        if meaning:
            mentions.write_down([message.pk for message in meaning])
        if self.marked:
            holding.mark(self.marked)
        self.urgent_for = urgent.let_through(self.accepted, self.meditators, self.now)

    def mention(self) -> None:
        """Writes down whom the texts mean; asks nothing where none of them has an @."""
        found = [one for one in self.accepted if mentions.can_mention(one.message_type, one.content)]
        texts = [mentions.Said(one.room_id, one.sender_id, one.content, self.may_mention_all(one)) for one in found]
        if texts:
            for message, ids in zip(found, mentions.find(texts), strict=True):
                message.mentions = ids or None

    def may_mention_all(self, message: Numbered) -> bool:
        """Operators too, by a broadcast into a room."""
        if message.message_type == MessageType.BROADCAST:
            return True
        room = self.rooms[message.room_id]
        role = self.roles.get((message.room_id, message.sender_id))
        return mentions.may_mention_all(room.kind, room.mention_all, role)

    def row(self, message: Numbered) -> Row:
        """In the order of `sql.INSERT_ROW`, up to the timestamp."""
        return (
            message.room_id, message.sender_id, message.content, str(message.message_type), message.seq,
            stored_uuid(message.nonce), message.nonce_digest, message.reply_to_id, message.urgent,
            message.urgent_reason, message.require_ack, json.dumps(message.mentions) if message.mentions else None,
            message.has_attachments,
        )  # fmt: skip

    def result(self, accepted: Accepted) -> Stored | DomainError:
        """What the sender is told. After `insert`."""
        if isinstance(accepted, DomainError):
            return accepted
        if isinstance(accepted, Numbered):
            message = self.as_out(accepted)
            held_for = [p for p in self.meditators.get(message.room, []) if p.id != message.sender.id]
            line, urgent_for = events.message_event(message), self.urgent_for.get(message.id, ())
            return Stored(message, False, held_for, line, urgent_for, accepted.urgent_reason)
        if isinstance(accepted.known, Numbered):
            return Stored(self.as_out(accepted.known), True, [], None)
        return Stored(sync.read(Message.objects.filter(pk=accepted.known))[0], True, [], None)

    def as_out(self, message: Numbered) -> MessageOut:
        """As `sync.read` would give it, from what is known already."""
        return MessageOut(
            id=message.pk,
            room=message.room_id,
            seq=message.seq,
            changed_seq=message.seq,
            sender=PsychicOut(message.sender_id, self.senders[message.sender_id]),
            message_type=str(message.message_type),
            content=message.content,
            timestamp=moments.utc(message.timestamp),
            edited_at=None,
            deleted=False,
            reply_to=message.reply_to_id,
            attachments=self.files.of(message) if message.has_attachments else [],
            reactions={},
            nonce=message.nonce,
            urgent=message.urgent,
            mentions=message.mentions or [],
        )


def check_participation(room: WrittenIn, role: str | None) -> None:
    """Refuses who may not act in a room: it does not exist for them, or they are not in it."""
    if room.kind == Kind.BROADCAST:
        raise DomainError("permission_denied", "Only operators write here, by broadcast.", rule="everyones_room")
    if role is None:
        if room.kind in PUBLIC_KINDS and room.is_active:
            raise DomainError("not_participant", "Join the room first.")
        raise not_found()
