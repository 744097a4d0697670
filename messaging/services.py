"""Writing messages: every rule about what may be said, changed and taken back. Reactions: `messaging.reactions`."""

import uuid
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from messaging import envelopes, writer
from messaging.attached import OF_FILES
from messaging.changing import as_it_is, changed, lock, locked_message
from messaging.drafts import Draft
from messaging.emptying import drop_belongings
from messaging.envelopes import Envelope
from messaging.fields import ATTACHMENTS, TEXT
from messaging.models import EMPTIED, Message, MessageType
from messaging.urgent import checked_reason
from mindnet.base import rates, text
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.database.transactions import write_transaction
from mindnet.realtime import publish
from mindnet.realtime.shapes import MessageOut
from presence.models import Psychic
from rooms import log
from rooms.lookups import may_write
from rooms.models import Kind, LogEntry, Role

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


# Taking back what was said


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
