"""Urgent messages: what a meditator lets through, and how it reaches them.

An urgent message is a message like any other: numbered, stored, held until the bell. Beside that it is shown to a
meditator at once where they allow it. Whom it was let through to is stored with it, in the same transaction, so that
a process that missed the hint finds it (`choices`), and so that it is counted.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from messaging import sync
from messaging.drafts import Numbered
from messaging.fields import URGENT_REASON
from messaging.models import Message, MessageType, UrgentPass
from mindnet.base import text
from mindnet.base.errors import invalid
from mindnet.base.rules import most_of
from mindnet.database.threads import run_vital
from mindnet.realtime import events, publish
from mindnet.realtime.readers import Pending
from mindnet.realtime.shapes import MessageOut, PsychicOut
from presence.models import Block, Meditation, Psychic, Status
from rooms.models import RoomParticipant

UrgentFrom = Meditation.UrgentFrom
# Whoever connects so long after an urgent message, still meditating, is shown it.
SHOWN_AGAIN = timedelta(hours=1)
# More connected psychics than this are not named to the database one by one.
NAMED_IDS = 500


# What may be sent


def checked_reason(reason: str | None, *, urgent: bool) -> str:
    """The reason as it is stored, "" for none. Raises validation_error."""
    if reason is None:
        return ""
    if not urgent:
        raise invalid("urgent_reason", "Only an urgent message has a reason to be urgent.")
    try:
        reason = text.clean_text(reason).strip()
    except ValueError as error:
        raise invalid("urgent_reason", str(error)) from None
    if not (URGENT_REASON.fits(reason) and text.can_be_seen(reason)):
        raise invalid("urgent_reason", f"A reason has 1 to {URGENT_REASON.most} characters.")
    return reason


# Whom it reaches


def let_through(
    messages: Iterable[Numbered], meditators: Mapping[int, Sequence[PsychicOut]], now: datetime
) -> dict[int, list[int]]:
    """The meditators that each message reaches at once: their ids, by the message's, and stored so. Inside the
    transaction that inserted the messages. `meditators` is by room.
    """
    urgent = [message for message in messages if message.urgent and message.room_id in meditators]
    if not urgent:
        return {}
    rules = Rules(urgent, {psychic.id for message in urgent for psychic in meditators[message.room_id]}, now)
    reached = {}
    for message in urgent:
        others = [psychic.id for psychic in meditators[message.room_id] if psychic.id != message.sender_id]
        reached[message.pk] = [psychic_id for psychic_id in others if rules.allow(message, psychic_id)]
        rules.sent.add((message.sender_id, message.room_id))
    UrgentPass.objects.bulk_create(
        UrgentPass(message_id=id, psychic_id=psychic_id, created_at=now)
        for id, psychic_ids in reached.items()
        for psychic_id in psychic_ids
    )
    return reached


class Rules:
    """What the meditators of a batch allow, read in five queries."""

    def __init__(self, messages: Sequence[Numbered], meditator_ids: Collection[int], now: datetime) -> None:
        senders = {message.sender_id for message in messages}
        rows = Meditation.objects.filter(pk__in=meditator_ids)
        self.urgent_from = dict(rows.values_list("pk", "urgent_from"))
        chosen = Meditation.chosen.through.objects.filter(meditation__in=meditator_ids, psychic__in=senders)
        self.chosen = set(chosen.values_list("meditation_id", "psychic_id"))
        blocks = Block.objects.filter(blocker__in=meditator_ids, blocked__in=senders)
        self.blocked = set(blocks.values_list("blocker_id", "blocked_id"))
        # (sender, room) of urgent messages within the last ten minutes, those of this batch as they are gone through.
        since = now - timedelta(seconds=settings.LIMITS["URGENT_TWICE_SECONDS"])
        earlier = Message.objects.filter(sender__in=senders, urgent=True, timestamp__gt=since)
        self.sent = set(earlier.exclude(pk__in=[m.pk for m in messages]).values_list("sender_id", "room_id"))
        rooms = {room_id for _, room_id in self.sent} | {message.room_id for message in messages}
        here = RoomParticipant.objects.active().filter(psychic__in=meditator_ids, room__in=rooms)
        self.places = set(here.values_list("psychic_id", "room_id"))

    def allow(self, message: Numbered, psychic_id: int) -> bool:
        """Whether a meditator's own rule lets this message through. Nothing does that somebody has written whom they
        have blocked, chosen or not."""
        if (psychic_id, message.sender_id) in self.blocked:
            return False
        rule = self.urgent_from.get(psychic_id, UrgentFrom.ANYONE_TWICE)
        if rule == UrgentFrom.CHOSEN:
            return (psychic_id, message.sender_id) in self.chosen
        return rule == UrgentFrom.ANYONE_TWICE and self.is_second(message.sender_id, psychic_id)

    def is_second(self, sender_id: int, psychic_id: int) -> bool:
        """Whether this sender was urgent before in any room that the meditator is in."""
        return any(sender == sender_id and (psychic_id, room) in self.places for sender, room in self.sent)


# Telling


def line(message: MessageOut, reason: str) -> str:
    """`message.urgent`. Without a reason the text is the reason, but for one that nobody can read here."""
    if not reason and message.message_type != MessageType.SEALED:
        reason = message.content[: most_of(URGENT_REASON)]
    return events.urgent_event(message, reason)


def tell(message: MessageOut, reason: str, psychic_ids: Iterable[int]) -> None:
    """Shows a message to these meditators."""
    if psychic_ids:
        text = line(message, reason)
        for psychic_id in psychic_ids:
            publish.urgent(psychic_id, message.id, text)


def pending(psychic_ids: Collection[int]) -> list[Pending]:
    """What was let through to these meditators within SHOWN_AGAIN, and is not yet delivered."""
    since = timezone.now() - SHOWN_AGAIN
    passes = UrgentPass.objects.filter(psychic__in=psychic_ids, created_at__gt=since, message__deleted_at=None)
    found = list(passes.order_by("pk").values_list("psychic_id", "message_id", "message__urgent_reason"))
    if not found:
        return []
    read = sync.read(Message.objects.filter(pk__in={message_id for _, message_id, _ in found}))
    messages = {message.id: message for message in read}
    rows = RoomParticipant.objects.active().filter(psychic__in={psychic_id for psychic_id, _, _ in found})
    rows = rows.filter(room__in={message.room for message in messages.values()})
    delivered = {(psychic, room): seq for psychic, room, seq in rows.values_list("psychic", "room", "delivered_seq")}
    shown = []
    for psychic_id, message_id, reason in found:
        message = messages[message_id]
        if message.seq > delivered.get((psychic_id, message.room), message.seq):
            shown.append(Pending(psychic_id, message_id, line(message, reason)))
    return shown


def count_passes(psychic: Psychic) -> int:
    """How many urgent messages have broken this psychic's silence in the last 30 days."""
    since = timezone.now() - timedelta(days=30)
    return UrgentPass.objects.filter(psychic=psychic, created_at__gt=since).count()


# What the hub reads


def read_choices(psychic_ids: list[int]) -> tuple[dict[int, str], list[Pending]]:
    """What those of these psychics have chosen who have, and what is `pending` for those of them who meditate."""
    rows = Psychic.objects.exclude(chosen_status="").values_list("pk", "chosen_status")
    if len(psychic_ids) > NAMED_IDS:  # those who have chosen are few, and have an index of their own
        connected = set(psychic_ids)
        chosen = {psychic_id: status for psychic_id, status in rows if psychic_id in connected}
    else:
        chosen = dict(rows.filter(pk__in=psychic_ids))
    meditators = [psychic_id for psychic_id, status in chosen.items() if status == Status.MEDITATING]
    return chosen, pending(meditators) if meditators else []


async def choices(psychic_ids: list[int]) -> tuple[dict[int, str], list[Pending]]:
    """The hub's door to it, a `mindnet.realtime.readers.Choices`."""
    return await run_vital(read_choices, psychic_ids)
