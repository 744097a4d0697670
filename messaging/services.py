"""Writing messages: every rule about what may be said, changed and taken back. Reactions: `messaging.reactions`."""

import json
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import JSONField, QuerySet
from django.utils import timezone

from messaging import envelopes, holding, markers, mentions, slow_mode, sync, versions, writer
from messaging.attached import OF_FILES
from messaging.drafts import Draft
from messaging.emptying import drop_belongings
from messaging.envelopes import Envelope
from messaging.fields import ATTACHMENTS, POSTED_TYPES, TEXT
from messaging.models import EMPTIED, Message, MessageType
from messaging.sealing import Sealing
from messaging.urgent import checked_reason
from mindnet.base import rates, text
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.database.prepared import Prepared, fetch
from mindnet.database.statements import Question, ask, question
from mindnet.database.transactions import write_transaction
from mindnet.realtime import events, publish
from mindnet.realtime.shapes import MessageOut
from presence.models import Psychic
from rooms import log
from rooms.lookups import may_write
from rooms.models import Kind, LogEntry, Restriction, Role, Room, RoomParticipant
from rooms.restrictions import refusal
from rooms.voice import check_voice

# What may be said


def checked_content(content: str, message_type: str = MessageType.TEXT) -> str:
    """The text as it is stored; what says something by its files may have none. Raises validation_error."""
    try:
        content = text.clean_text(content)
    except ValueError as error:
        raise invalid("content", str(error)) from None
    if not text.can_be_seen(content) and not (message_type in OF_FILES and content == ""):
        raise invalid("content", "A message must not be empty.")
    if message_type == MessageType.SEALED:
        if len(content.encode()) > settings.LIMITS["SEALED_BYTES"]:
            raise invalid("content", f"A sealed message has at most {settings.LIMITS['SEALED_BYTES']} bytes.")
    elif content and not TEXT.fits(content):
        raise invalid("content", f"A message has at most {settings.LIMITS['MESSAGE_CODE_POINTS']} characters.")
    return content


def make_draft(
    *,
    psychic: Psychic,
    room_id: int,
    content: str,
    nonce: UUID | None = None,
    message_type: str = "text",
    reply_to: int | None = None,
    attachments: Collection[UUID] = (),
    urgent: bool = False,
    urgent_reason: str | None = None,
) -> Draft:
    """A checked Draft of a psychic's own message. Raises validation_error, and rate_limited above the rate."""
    if not is_id(room_id):
        raise not_found()
    if message_type in OF_FILES and not attachments:
        raise invalid("attachments", f"A message of type {message_type} needs an attachment.")
    content = checked_content(content, message_type)
    reason = checked_reason(urgent_reason, urgent=urgent)
    if not ATTACHMENTS.fits(list(attachments)):
        raise invalid("attachments", f"A message has at most {ATTACHMENTS.most} attachments.")
    envelope = None
    if message_type == MessageType.SEALED:
        if reason:
            raise invalid("urgent_reason", "Beside a sealed message it would not be sealed. Say it in the message.")
        envelope = checked_envelope(content, psychic, room_id, nonce, reply_to)
    rates.check("MESSAGE_RATE", psychic.pk)
    return Draft(
        sender_id=psychic.pk,
        room_id=room_id,
        content=content,
        message_type=message_type,
        nonce=nonce or uuid.uuid4(),
        reply_to=reply_to,
        attachments=tuple(attachments),
        urgent=urgent,
        urgent_reason=reason,
        envelope=envelope,
    )


def checked_envelope(
    content: str, psychic: Psychic, room_id: int, nonce: UUID | None, reply_to: int | None
) -> Envelope:
    """What a new message's envelope says. Raises validation_error where it is none, or of another message."""
    if nonce is None:
        raise invalid("nonce", "A sealed message is sealed with its nonce: give it.")
    envelope = envelopes.read_envelope(content)
    envelopes.check_place(envelope.header, room_id=room_id, sender_id=psychic.pk, nonce=nonce, reply_to=reply_to)
    envelopes.check_first(envelope.header)
    return envelope


def post_message(**fields: Any) -> tuple[MessageOut, bool]:
    """Stores one message from a thread; takes what `make_draft` takes. Gives it, and whether it was there already.

    A retry under a known nonce gives the message as it stands now. Raises what the contract names: not_found,
    not_participant, muted, banned, room_closed, nonce_reused, validation_error, rate_limited, overloaded, unavailable.
    """
    [result] = writer.store([make_draft(**fields)])
    if isinstance(result, BaseException):
        raise result
    return result.message, result.duplicate


# Changing what was said


def edit_message(*, psychic: Psychic, message_id: int, content: str) -> MessageOut:
    """A new text for one's own message; the one before is kept. The same text again changes nothing; slow mode holds
    for any other."""
    with write_transaction():
        message, role, restrictions = locked_message(psychic, message_id)
        if message.sender_id != psychic.pk:
            raise DomainError("permission_denied", "Only the sender edits a message.")
        check_voice(message.room, psychic)
        if message.message_type not in POSTED_TYPES:
            raise invalid("content", f"A message of type {message.message_type} cannot be edited.")
        if message.deleted_at:
            raise DomainError("conflict", "This message was deleted.")
        content = checked_content(content, message.message_type)
        if content == message.content:
            return as_it_is(message)
        check_sealing(message, content)
        check_slow_mode(message.room, psychic, role, restrictions)
        now, found = timezone.now(), None
        if holding.is_looked_at(message.room, role, message.message_type):
            found = holding.refuse_edit(message.room, psychic.pk, content, now)
        rates.check("MESSAGE_RATE", psychic.pk)
        before = versions.keeping(message)
        message.content = content
        message.edited_at = now
        had_meant, message.mentions = message.mentions, mentioned(message, role)
        if found:
            holding.mark([(message, found)])
        means_the_same = had_meant == message.mentions
        out = changed(message, "content", "edited_at", "mentions", before=before, is_last=means_the_same)
        if not means_the_same:
            markers.tell_meant(mentions.write_anew(message.pk))
        return out


def check_sealing(message: Message, content: str) -> None:
    """Raises what keeps a new text from a locked message where it is sealed, or would have to be: it was written for
    another place or other devices, or does not follow the revision that is there."""
    envelope = None
    if message.message_type == MessageType.SEALED:
        envelope = envelopes.read_envelope(content)
        envelopes.check_place(
            envelope.header,
            room_id=message.room_id,
            sender_id=message.sender_id,
            nonce=message.nonce,
            reply_to=message.reply_to_id,
        )
        envelopes.check_next(envelope.header, message.content)
    Sealing([message.room]).check(message.room_id, message.message_type, envelope)


def mentioned(message: Message, role: str | None) -> list[int] | None:
    """Whom a message means, as it is written."""
    if not mentions.can_mention(message.message_type, message.content):
        return None
    may_all = mentions.may_mention_all(message.room.kind, message.room.mention_all, role)
    [ids] = mentions.find([mentions.Said(message.room_id, message.sender_id, message.content, may_all)])
    return ids or None


def check_slow_mode(room: Room, psychic: Psychic, role: str | None, restrictions: Sequence[Restriction]) -> None:
    """Raises `rate_limited` for who is slowed in a room (its row, locked), where an edit counts as a message."""
    own = max(slow_mode.waits(restrictions), default=0)
    seconds = slow_mode.seconds_for(room.kind, room.slow_mode_seconds, role, own)
    if seconds:
        now = timezone.now()
        slow_mode.check(slow_mode.last_words(room.pk, psychic.pk, seconds, now), seconds, now)


def delete_message(*, psychic: Psychic, message_id: int) -> MessageOut:
    """Empties one's own message, or as moderator anybody's; it keeps its place. Twice changes nothing.

    In a mind-link nobody is above the other: its owner is only the one who has opened it.
    """
    with write_transaction():
        message, role, _ = locked_message(psychic, message_id)
        if message.sender_id != psychic.pk and message.room.kind == Kind.PRIVATE:
            raise DomainError("permission_denied", "In a mind-link only the sender deletes a message.")
        if message.sender_id != psychic.pk and role not in (Role.OWNER, Role.MODERATOR):
            raise DomainError("permission_denied", "Only the sender or a moderator deletes a message.")
        return emptied(message, by=psychic)


def delete_message_as_staff(*, by: Psychic, message_id: int) -> MessageOut:
    """The same from the admin, where the permission has been checked."""
    with write_transaction():
        message = lock(message_id)
        return emptied(message, by=by)


def emptied(message: Message, *, by: Psychic) -> MessageOut:
    """Deletes a locked message. Its row stays, and so does its place. Somebody else's is a deed of the room's log."""
    if message.deleted_at:
        return as_it_is(message)
    if message.sender_id != by.pk:
        log.record(message.room, LogEntry.Deed.DELETE, by=by, psychic=message.sender)
    message.deleted_at = timezone.now()
    drop_belongings([message.pk], now=message.deleted_at)
    for name, value in EMPTIED.items():
        setattr(message, name, value)
    return changed(message, "deleted_at", *EMPTIED)


def lock(message_id: int) -> Message:
    """The message, with the number-giving row of its room locked. Rooms are locked before messages, everywhere."""
    if not is_id(message_id):
        raise not_found()
    room_id = Message.objects.filter(pk=message_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise not_found()
    room = Room.objects.select_for_update(no_key=True).get(pk=room_id)
    message = Message.objects.select_related("sender").get(pk=message_id)
    message.room = room
    return message


class Locked(NamedTuple):
    """A message whose room is locked, for one psychic: their role there, None where they are not in, and what is put on
    them there."""

    message: Message
    role: str | None
    restrictions: Sequence[Restriction] = ()


def locked_message(psychic: Psychic, message_id: int) -> Locked:
    """The message, with the number-giving row of its room locked, for who wants to change it.

    Raises not_found for who may not see it, and what `rooms` refuses those who may not act in the room.
    """
    if not is_id(message_id):
        raise not_found()
    # Asked together, the lock first: what follows is read under it.
    _, messages, rooms, roles, restrictions = fetch(
        locking(message_id),
        by_id(message_id),
        room_for(psychic.pk, message_id),
        role_in(message_id, psychic.pk),
        restrictions_in(message_id, psychic.pk, timezone.now()),
    )
    if not messages or not rooms:
        raise not_found()
    [message], [room] = messages, rooms
    message.room = room
    if room.kind == Kind.BROADCAST:
        return Locked(message, Role.PARTICIPANT, restrictions)
    if not roles:
        if message.sender_id == psychic.pk:
            raise DomainError("not_participant", "Join the room first.")
        return Locked(message, None)
    if not room.is_active:
        raise DomainError("room_closed", "This room has ended.")
    refuse_muted(restrictions)
    return Locked(message, roles[0], restrictions)


def refuse_muted(restrictions: Sequence[Restriction]) -> None:
    """Who may not write may not rewrite either."""
    for restriction in restrictions:
        if restriction.kind == Restriction.Kind.MUTE:
            raise refusal(restriction)


def room_of(message_id: int) -> QuerySet[Message, Any]:
    """A message stays in its room for ever."""
    return Message.objects.filter(pk=message_id).order_by().values("room_id")[:1]


def restrictions_of(message_id: int, psychic_id: int, now: datetime) -> QuerySet[Restriction]:
    return Restriction.objects.in_force(now).filter(room=room_of(message_id), psychic=psychic_id).order_by("pk")


def own_role(message_id: int, psychic_id: int) -> QuerySet[RoomParticipant, str]:
    rows = RoomParticipant.objects.active().filter(room=room_of(message_id), psychic=psychic_id)
    return rows.values_list("role", flat=True)


locking = Prepared(
    lambda message_id: (
        Room.objects.filter(pk=room_of(message_id)).values_list("pk").select_for_update(no_key=True).order_by()
    )
)
by_id = Prepared(lambda message_id: Message.objects.filter(pk=message_id).order_by())
room_for = Prepared(
    lambda psychic_id, message_id: Room.objects.visible_to(psychic_id).filter(pk=room_of(message_id)).order_by()
)
role_in, restrictions_in = Prepared(own_role), Prepared(restrictions_of)
read_by_id = Prepared(lambda message_id: Message.objects.filter(pk=message_id).order_by().values_list(*sync.FIELDS))


def as_it_is(message: Message) -> MessageOut:
    return sync.completed(read_by_id.rows(message.pk))[0]


def changed(message: Message, *fields: str, before: Sequence[Question] = (), is_last: bool = False) -> MessageOut:
    """Saves a change of these columns under the room's next number and tells the room of it. Gives the message as it is
    now. `before`: what is to be asked with it, ahead of it. `is_last`: nothing more is written in this transaction."""
    columns = [(name, stored_column(message, name)) for name in fields]
    change = CHANGE.format("".join(f", {name} = %s" for name, _ in columns))
    now = read_by_id(message.pk)
    *_, [[message.changed_seq]], _, rows = ask(
        *before,
        (NEXT_NUMBER, message.room_id),
        question(change, *[value for _, value in columns], message.room_id, message.pk),
        now.question,
        commit=is_last,
    )
    [out] = sync.completed(now.plan.read(rows))
    line = events.message_event(out)
    transaction.on_commit(lambda: publish.numbered(out.room, out.changed_seq, out.changed_seq, [line]))
    return out


def stored_column(message: Message, name: str) -> Any:
    """A column of a message as `ask` takes it."""
    value = getattr(message, name)
    column: Any = Message._meta.get_field(name)
    if isinstance(column, JSONField):
        return None if value is None else json.dumps(value)
    return column.get_db_prep_save(value, connection)


NEXT_NUMBER = "UPDATE rooms SET last_seq = last_seq + 1 WHERE id = %s RETURNING last_seq"
CHANGE = "UPDATE messages SET changed_seq = r.last_seq{} FROM rooms r WHERE r.id = %s AND messages.id = %s"


# Typing


def announce_typing(*, psychic: Psychic, room_id: int, on: bool) -> None:
    """Tells those who look at the room. Nothing of it is stored, so it waits for no commit. Nobody is told of somebody
    who could not send what they type: who is out, or muted. The name is read, since a socket may be older than it; who
    stops is known by their id."""
    username = psychic.username
    if on:
        if not may_write(psychic_id=psychic.pk, room_id=room_id):
            return
        username = Psychic.objects.values_list("username", flat=True).get(pk=psychic.pk)
    publish.typing(room_id, psychic.pk, username, on)
