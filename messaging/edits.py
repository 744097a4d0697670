"""Giving messages another text. Several edits that come together are one transaction, and each is refused by itself."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from messaging import envelopes, holding, markers, mentions, slow_mode, versions
from messaging.changing import Change, Locked, as_it_is, locked_messages, save
from messaging.fields import POSTED_TYPES
from messaging.models import Message, MessageType
from messaging.sealing import Sealing
from messaging.services import checked_content
from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid
from mindnet.database.transactions import write_transaction
from mindnet.realtime.shapes import MessageOut
from presence.models import Psychic
from rooms.voice import check_voice


class Edit(NamedTuple):
    psychic: Psychic
    message_id: int
    content: str


Outcome = MessageOut | DomainError


def edit_message(*, psychic: Psychic, message_id: int, content: str) -> MessageOut:
    """A new text for one's own message; the one before is kept. The same text again changes nothing; slow mode holds
    for any other."""
    [outcome] = edit_messages([Edit(psychic, message_id, content)])
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def edit_messages(edits: Sequence[Edit]) -> list[Outcome]:
    """`edit_message` of each, in their order: the message, or what it was refused with. What is raised befalls them
    all, and some may have been carried out."""
    found: dict[int, Outcome] = {}
    for places in without_repeats([edit.message_id for edit in edits]):
        found.update(zip(places, edited_together([edits[place] for place in places]), strict=True))
    return [found[place] for place in range(len(edits))]


def without_repeats(ids: Sequence[int]) -> Iterator[list[int]]:
    """All places, as often as one id comes: of one message an edit follows on what the one before has written."""
    left: Sequence[int] = range(len(ids))
    while left:
        firsts = list({ids[place]: place for place in reversed(left)}.values())
        yield sorted(firsts)
        left = [place for place in left if place not in firsts]


class Ready(NamedTuple):
    """An edit that may be carried out. `means_others`: other people than before."""

    change: Change
    means_others: bool


def edited_together(edits: Sequence[Edit]) -> list[Outcome]:
    """Of different messages."""
    with write_transaction():
        found = locked_messages([(edit.psychic.pk, edit.message_id) for edit in edits])
        now = timezone.now()
        said: set[tuple[int, int]] = set()
        ready = [made_ready(edit, locked, now, said) for edit, locked in zip(edits, found, strict=True)]
        going = [one for one in ready if isinstance(one, Ready)]
        outs = save([one.change for one in going], is_last=not any(one.means_others for one in going)) if going else []
        for one in going:
            if one.means_others:
                markers.tell_meant(mentions.write_anew(one.change.message.pk))
        left = iter(outs)
        return [next(left) if isinstance(one, Ready) else one for one in ready]


def made_ready(edit: Edit, locked: Locked | DomainError, now: datetime, said: set[tuple[int, int]]) -> Ready | Outcome:
    """What becomes of an edit, under the lock. `said`: who has edited something before it in this transaction, by room
    and psychic."""
    if isinstance(locked, DomainError):
        return locked
    message, psychic = locked.message, edit.psychic
    try:
        if message.sender_id != psychic.pk:
            raise DomainError("permission_denied", "Only the sender edits a message.")
        check_voice(message.room, psychic)
        if message.message_type not in POSTED_TYPES:
            raise invalid("content", f"A message of type {message.message_type} cannot be edited.")
        if message.deleted_at:
            raise DomainError("conflict", "This message was deleted.")
        content = checked_content(edit.content, message.message_type)
        if content == message.content:
            return as_it_is(message)
        check_sealing(message, content)
        slow_mode.check_psychic(
            message.room, psychic.pk, locked.role, locked.restrictions, now,
            has_just_written=(message.room_id, psychic.pk) in said,
        )  # fmt: skip
        found = None
        if holding.is_looked_at(message.room, locked.role, message.message_type):
            found = holding.refuse_edit(message.room, psychic.pk, content, now)
        rates.check("MESSAGE_RATE", psychic.pk)
    except DomainError as error:
        return error
    said.add((message.room_id, psychic.pk))
    before = versions.keeping(message)
    message.content = content
    message.edited_at = now
    had_meant, message.mentions = message.mentions, mentioned(message, locked.role)
    if found:
        holding.mark([(message, found)])
    return Ready(Change(message, ("content", "edited_at", "mentions"), before), had_meant != message.mentions)


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
