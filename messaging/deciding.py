"""What moderators decide: on messages held back, on what a word rule has marked, and what a rule would have found."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from messaging import holding, sync, writer
from messaging.attached import WITH_FILES
from messaging.drafts import Draft, Release
from messaging.fields import REFUSAL_REASON
from messaging.models import HeldMessage, Mark, Message, MessageType
from mindnet.base import rates
from mindnet.base.errors import invalid, not_found
from mindnet.base.ids import is_id
from mindnet.base.text import check_name
from mindnet.database.prepared import Worded, fetch
from mindnet.database.transactions import write_transaction
from mindnet.realtime.shapes import MessageOut
from presence.models import Psychic
from rooms import log, word_rules
from rooms.lookups import MODERATING, require_participant
from rooms.models import LogEntry, Room, WordRule
from rooms.places import lock_room

CLOSED_ROOM = "The room has ended."
CLOSED_ACCOUNT = "The account was closed."

# A trial looks at messages of so many days, and at no more than so many of them and of their characters, in slices.
TRIAL_DAYS = 7
TRIAL_MESSAGES = 20_000
TRIAL_CHARACTERS = 4_000_000
TRIAL_SLICE = 1_000
TRIAL_SHOWN = 20

# Messages held back


def list_held(*, psychic: Psychic, room_id: int) -> QuerySet[HeldMessage]:
    """What waits in a room: all of it for who keeps order there, one's own for everybody else."""
    room, row = require_participant(psychic=psychic, room_id=room_id)
    waiting = holding.waiting().filter(room=room).select_related("sender", "rule", "decided_by")
    waiting = waiting.prefetch_related(WITH_FILES)
    return waiting if row and row.role in MODERATING else waiting.filter(sender=psychic)


WAITING = "SELECT COUNT(*) FROM held_messages WHERE room_id = %s AND state = %s"


def count_waiting(room: Room) -> int:
    """For a room's moderators."""
    [[(count,)]] = fetch(asked_of(room.pk))
    return int(count)


def asked_of(room_id: int) -> Worded:
    """What `count_waiting` asks."""
    return Worded((WAITING, room_id, HeldMessage.State.WAITING.value))


def get_held(room_id: int, held_id: int) -> HeldMessage:
    found = HeldMessage.objects.select_related("sender", "decided_by").prefetch_related(WITH_FILES)
    found = found.filter(room=room_id)
    held = found.filter(pk=held_id).first() if is_id(held_id) else None
    if held is None:
        raise not_found()
    return held


def let_through(*, psychic: Psychic, room_id: int, held_id: int) -> HeldMessage:
    """Has a waiting message said, under the nonce it came with, by the writer: whoever decides first has decided."""
    require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    held = get_held(room_id, held_id)
    rates.check("HELD_RATE", psychic.pk)
    if held.state != HeldMessage.State.WAITING:
        raise holding.decided_already()
    draft = Draft(
        sender_id=held.sender_id,
        room_id=held.room_id,
        content=held.content,
        message_type=held.message_type,
        nonce=held.nonce,
        reply_to=held.reply_to_id,
        attachments=tuple(row.pk for row in held.attachments.all()),
        release=Release(held.pk, psychic.pk),
    )
    [result] = writer.store([draft])
    if isinstance(result, BaseException):
        raise result
    if result.duplicate:
        raise holding.decided_already()
    return get_held(room_id, held_id)


def refuse(*, psychic: Psychic, room_id: int, held_id: int, reason: str) -> HeldMessage:
    """Does not let a waiting message through. Its sender reads the reason."""
    require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    reason = checked_reason(reason)
    rates.check("HELD_RATE", psychic.pk)

    with write_transaction():
        lock_room(room_id)
        room, _ = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
        held = get_held(room_id, held_id)
        holding.decide(held.pk, HeldMessage.State.REFUSED, psychic.pk, timezone.now(), reason=reason)
        log.record(room, LogEntry.Deed.REFUSE, by=psychic, psychic=held.sender, reason=reason)
    return get_held(room_id, held_id)


def take_back(*, psychic: Psychic, room_id: int, held_id: int) -> None:
    """One's own message that waits: nobody reads it any more. Its nonce stays taken, so that a retry on its way does
    not bring it back."""
    require_participant(psychic=psychic, room_id=room_id)
    rates.check("HELD_RATE", psychic.pk)

    with write_transaction():
        held = get_held(room_id, held_id)
        if held.sender_id != psychic.pk:
            raise not_found()
        words = {"reason": holding.TAKEN_BACK, "content": ""}
        holding.decide(held.pk, HeldMessage.State.REFUSED, psychic.pk, timezone.now(), **words)


def refuse_all(held: QuerySet[HeldMessage], reason: str) -> None:
    """Where nobody can decide any more."""
    waiting, now = held.filter(state=HeldMessage.State.WAITING), timezone.now()
    holding.drop_files(list(waiting.values_list("pk", flat=True)), now=now)
    waiting.update(state=HeldMessage.State.REFUSED, decided_at=now, reason=reason)


def checked_reason(reason: str) -> str:
    """The reason as it is kept. Raises validation_error."""
    reason = reason.strip()
    if not REFUSAL_REASON.fits(reason):
        raise invalid("reason", f"Give a reason of 1 to {REFUSAL_REASON.most} characters: the sender will read it.")
    check_name(reason, field="reason")
    return reason


# Marks


def list_marks(*, psychic: Psychic, room_id: int) -> QuerySet[Mark]:
    """What word rules have marked in a room, for who keeps order there; not of messages that are deleted."""
    room, _ = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    return Mark.objects.filter(room=room, message__deleted_at=None).select_related("message__sender", "seen_by")


def see_mark(*, psychic: Psychic, room_id: int, mark_id: int) -> None:
    """A moderator has looked at it. Twice changes nothing."""
    found = list_marks(psychic=psychic, room_id=room_id).filter(pk=mark_id) if is_id(mark_id) else Mark.objects.none()
    rates.check("HELD_RATE", psychic.pk)

    with write_transaction():
        if not found.exists():
            raise not_found()
        unseen = Mark.objects.filter(pk=mark_id, seen_at=None)
        unseen.update(seen_at=timezone.now(), seen_by=psychic)


# Trials of word rules


class Trial(NamedTuple):
    """What a rule would have found: how many messages, of how many looked at, and the newest of them."""

    matched: int
    searched: int
    newest: list[MessageOut]


def try_word_rule(*, psychic: Psychic, room_id: int, kind: str, pattern: str) -> Trial:
    """What a rule would have found among the messages of the last TRIAL_DAYS. Reads only, and locks nothing."""
    room, _ = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    kind, pattern = word_rules.checked_pattern(kind, pattern)
    rates.check("WORD_RULE_RATE", psychic.pk)
    rule = WordRule(kind=kind, pattern=pattern)
    matched, searched, characters, ids = 0, 0, 0, []
    for message_id, content in newest_texts(room):
        if searched >= TRIAL_MESSAGES or characters >= TRIAL_CHARACTERS:
            break
        searched += 1
        characters += len(content)
        if word_rules.find([rule], content):
            matched += 1
            ids += [message_id] if matched <= TRIAL_SHOWN else []
    newest = sync.read(Message.objects.filter(pk__in=ids))
    return Trial(matched, searched, sorted(newest, key=lambda message: -message.seq))


def newest_texts(room: Room) -> Iterator[tuple[int, str]]:
    """(id, text) of what was said in a room lately, the newest first, a slice at a time."""
    since = timezone.now() - timedelta(days=TRIAL_DAYS)
    texts = Message.objects.filter(room=room, deleted_at=None).exclude(message_type=MessageType.SEALED)
    before = room.last_seq + 1
    while rows := list(
        texts.filter(seq__lt=before).order_by("-seq").values_list("seq", "pk", "content", "timestamp")[:TRIAL_SLICE]
    ):
        for _, message_id, content, timestamp in rows:
            if timestamp < since:
                return
            yield message_id, content
        before = rows[-1][0]
