"""Broadcasts: to everyone or into rooms, and what comes back of those that ask for an acknowledgement.

A broadcast into several rooms is a message in each. What they have in common is the first half of their nonces, made of
the one nonce that was given for all: so they belong together from the moment they are stored, by the index that keeps
nonces unique.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from messaging import sync, writer
from messaging.drafts import Draft
from messaging.models import Acknowledgement, Message, MessageType, Reminder
from messaging.services import checked_content
from mindnet.base import moments, rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.database.prepared import Bound, Prepared, fetch
from mindnet.database.transactions import write_transaction
from mindnet.realtime import events, publish, shapes
from mindnet.realtime.shapes import BroadcastReminder, MessageOut
from presence.models import Connection, Psychic
from rooms.lookups import get_room, require_participant
from rooms.models import Kind, Room, RoomParticipant, RoomQuerySet

# What was sent longer ago asks nobody any more. So a page, which looks at each that still asks, looks at few, however
# many there ever were.
ASKING_DAYS = 90
# So many are told to a page at once: the newest.
WAITING_MOST = 50
# Reminders go out to so many psychics in one message of the layer: some kilobytes of ids.
TOLD_TOGETHER = 1000
# The version of UUIDs whose bits are for who makes them (RFC 9562).
OWN_UUID_VERSION = 8


# Who may


def require_operator(psychic: Psychic) -> Psychic:
    """The psychic as they are now: a permission may have been taken. Raises permission_denied without
    messaging.broadcast."""
    operator = Psychic.objects.get(pk=psychic.pk)
    if not operator.is_active or not operator.has_perm("messaging.broadcast"):
        raise DomainError("permission_denied", "You may not broadcast.")
    return operator


# Sending


def broadcast(
    *,
    psychic: Psychic,
    content: str,
    rooms: Collection[int] | None = None,
    nonce: UUID | None = None,
    require_ack: bool = False,
) -> shapes.BroadcastReply:
    """Posts to everyone (without `rooms`) or into the given rooms, under the permission messaging.broadcast.

    The nonce serves for all rooms: each message has one made of it and the room, so that a retry posts nothing twice.
    """
    require_operator(psychic)
    content = checked_content(content)
    targets = broadcast_targets(rooms)
    rates.check("BROADCAST_RATE", psychic.pk)
    nonces = nonces_of(psychic, nonce or uuid.uuid4(), targets)
    drafts = [
        Draft(
            sender_id=psychic.pk,
            room_id=room.pk,
            content=content,
            message_type=MessageType.BROADCAST.value,
            nonce=nonces[room.pk],
            require_ack=require_ack,
            by_operator=True,
        )
        for room in targets
    ]
    messages = []
    for result in writer.store(drafts):
        if isinstance(result, BaseException):
            raise result
        messages.append(result.message)
    places = [shapes.BroadcastPlace(message.room, message.id, message.seq) for message in messages]
    return shapes.BroadcastReply(places, recipients(targets))


def broadcast_targets(room_ids: Collection[int] | None) -> list[Room]:
    """The rooms of these ids, everyone's without any. Raises not_found where one of them is none, or for its two alone,
    and room_closed where one has ended."""
    if room_ids is None:
        return [Room.objects.get(kind=Kind.BROADCAST)]
    wanted = sorted({room_id for room_id in room_ids if is_id(room_id)})
    found = list(Room.objects.filter(pk__in=wanted).exclude(kind__in=[Kind.PRIVATE, Kind.BROADCAST]).order_by("pk"))
    if not room_ids:
        raise invalid("rooms", "Name at least one room, or leave the field out to reach everyone.")
    if len(found) != len(set(room_ids)):
        raise not_found()
    if not all(room.is_active for room in found):
        raise DomainError("room_closed", "One of these rooms has ended.")
    return found


def rooms_to_choose(query: str = "") -> RoomQuerySet:
    """The rooms that may be broadcast into, by name; `query` is a part of it."""
    rooms = Room.objects.filter(is_active=True).exclude(kind__in=[Kind.PRIVATE, Kind.BROADCAST])
    return (rooms.filter(name__icontains=query) if query else rooms).order_by("name", "pk")


def recipients(targets: Sequence[Room]) -> int:
    """How many people take part in these rooms, each counted once."""
    if targets[0].kind == Kind.BROADCAST:
        return Psychic.objects.active().count()
    here = RoomParticipant.objects.active().filter(room__in=targets, psychic__is_active=True)
    return here.values("psychic").distinct().count()


# Which messages are one broadcast


def nonces_of(psychic: Psychic, nonce: UUID, targets: Sequence[Room]) -> dict[int, UUID]:
    """By room, the nonce of the message there."""
    if targets[0].kind == Kind.BROADCAST:
        return {targets[0].pk: nonce}
    # As they were made by releases that did not know what belongs together: a retry of theirs stays one.
    former = {room.pk: uuid.uuid5(nonce, str(room.pk)) for room in targets}
    if Message.objects.filter(sender=psychic, nonce__in=former.values()).exists():
        return former
    return {room.pk: nonce_in(nonce, room.pk) for room in targets}


def nonce_in(nonce: UUID, room_id: int) -> UUID:
    """The first half says which broadcast, the second which room."""
    common, own = bytearray(uuid.uuid5(nonce, "broadcast").bytes[:8]), uuid.uuid5(nonce, str(room_id)).bytes[8:]
    common[6] = OWN_UUID_VERSION << 4 | common[6] & 0x0F
    return UUID(bytes=bytes(common) + own)


def parts_of(message: Message) -> QuerySet[Message]:
    """The messages that are one broadcast with this one, itself among them, in the order of their ids."""
    nonce = message.nonce
    if message.room.kind == Kind.BROADCAST or nonce.version != OWN_UUID_VERSION:
        return Message.objects.filter(pk=message.pk)
    first, last = UUID(bytes=nonce.bytes[:8] + bytes(8)), UUID(bytes=nonce.bytes[:8] + b"\xff" * 8)
    same = Message.objects.filter(sender=message.sender_id, nonce__gte=first, nonce__lte=last)
    return same.filter(message_type=MessageType.BROADCAST).exclude(room__kind=Kind.BROADCAST).order_by("pk")


def sent(psychic: Psychic) -> QuerySet[Message]:
    """All broadcasts, for who may broadcast: every message of them, also of those that were deleted."""
    require_operator(psychic)
    return Message.objects.filter(message_type=MessageType.BROADCAST)


@dataclass
class SentPage:
    """Broadcasts, newest first; older ones come before the id `older`, None where there are none."""

    sent: list["Sent"]
    older: int | None


def page_of_sent(*, psychic: Psychic, before: int | None = None, size: int = 10) -> SentPage:
    """What was sent, a broadcast into several rooms as one: it stands where its newest message does."""
    rows = sent(psychic).select_related("room").order_by("-pk")
    rows = rows if before is None else rows.filter(pk__lt=before)
    found: list[Sent] = []
    seen: set[int] = set()
    for message in rows.iterator(chunk_size=200):
        if message.pk in seen:
            continue
        messages = list(parts_of(message).select_related("sender", "room"))
        seen.update(part.pk for part in messages)
        if messages[-1].pk != message.pk:  # it stands on a page before this one
            continue
        if len(found) == size:
            return SentPage(found, message.pk + 1)
        found.append(progress_of(messages))
    return SentPage(found, None)


# How far one has got


@dataclass
class Sent:
    """A broadcast as its page shows it. `recipients`: who was there when it came and still is, without the sender, each
    counted once; `acknowledged` of them have. `messages` are its parts, with their rooms."""

    messages: list[Message]
    recipients: int
    acknowledged: int
    reminder: Reminder | None

    @property
    def first(self) -> Message:
        return self.messages[0]

    @property
    def silent(self) -> int:
        return self.recipients - self.acknowledged


def find_sent(*, psychic: Psychic, message_id: int) -> Sent:
    """The broadcast with this message, for who may broadcast. Raises permission_denied and not_found."""
    require_operator(psychic)
    message = find(message_id)
    if message.message_type != MessageType.BROADCAST:
        raise not_found()
    messages = list(parts_of(message).select_related("sender", "room"))
    return progress_of(messages)


def progress_of(messages: list[Message]) -> Sent:
    people = receivers_of(messages)
    count = people.count()
    silent = still_silent(people, messages).count() if messages[0].require_ack else count
    reminder = Reminder.objects.filter(message__in=messages).select_related("by").order_by("-pk").first()
    return Sent(messages, count, count - silent, reminder)


def silent_of(sent: Sent) -> QuerySet[Psychic]:
    """Who has not acknowledged it yet, by name."""
    return still_silent(receivers_of(sent.messages), sent.messages).order_by("username", "pk")


def receivers_of(messages: Sequence[Message]) -> QuerySet[Psychic]:
    """Those whom these parts of one broadcast were meant for: in a room when the message came there, and in it now."""
    people = Psychic.objects.active().exclude(pk=messages[0].sender_id)
    if messages[0].room.kind == Kind.BROADCAST:
        return people.filter(date_joined__lte=messages[0].timestamp)
    came = Message.objects.filter(pk__in=[message.pk for message in messages], room=OuterRef("room"))
    came = came.filter(timestamp__gte=OuterRef("joined_at"))
    return people.filter(Exists(RoomParticipant.objects.active().filter(Exists(came), psychic=OuterRef("pk"))))


def still_silent(people: QuerySet[Psychic], messages: Sequence[Message]) -> QuerySet[Psychic]:
    return people.filter(~Exists(Acknowledgement.objects.filter(message__in=messages, psychic=OuterRef("pk"))))


# What waits for one's acknowledgement


def unacknowledged(psychic: Psychic) -> QuerySet[Message]:
    """Broadcasts that ask this psychic for an acknowledgement they have not given: in everyone's room since they have
    signed up, in others since they came in, from the last ASKING_DAYS."""
    return unanswered(psychic.pk, psychic.date_joined, asked_since())


def unanswered(psychic_id: int, date_joined: datetime, since: datetime) -> QuerySet[Message]:
    found = Message.objects.filter(require_ack=True, timestamp__gte=since)
    found = found.filter(deleted_at=None, room__is_active=True).exclude(sender=psychic_id)
    mine = RoomParticipant.objects.active().filter(psychic=psychic_id, room=OuterRef("room"))
    to_everyone = Q(room__kind=Kind.BROADCAST, timestamp__gte=date_joined)
    meant = found.filter(to_everyone | Exists(mine.filter(joined_at__lte=OuterRef("timestamp"))))
    return meant.filter(~Exists(Acknowledgement.objects.filter(message=OuterRef("pk"), psychic=psychic_id)))


def asked_since() -> datetime:
    return timezone.now() - timedelta(days=ASKING_DAYS)


def newest_asking(psychic_id: int, date_joined: datetime, since: datetime) -> QuerySet[Message, int]:
    newest = unanswered(psychic_id, date_joined, since).order_by("-timestamp", "-pk")
    return newest.values_list("pk", flat=True)[:WAITING_MOST]


# Every page asks, and mostly nothing waits.
waiting_ids = Prepared(newest_asking)


def asked_of(psychic: Psychic) -> Bound[int]:
    """What `waiting_for` asks first."""
    return waiting_ids(psychic.pk, psychic.date_joined, asked_since())


def waiting_for(psychic: Psychic) -> list[MessageOut]:
    """The newest WAITING_MOST of `unacknowledged`, newest first."""
    [ids] = fetch(asked_of(psychic))
    return sync.read(Message.objects.filter(pk__in=ids).order_by("-timestamp", "-pk")) if ids else []


def answers_to(psychic: Psychic, messages: Sequence[MessageOut]) -> dict[int, bool]:
    """Of these messages, the ids of those that ask this psychic for an acknowledgement, and whether they have given it.
    No query where none is a broadcast."""
    ids = [one.id for one in messages if one.message_type == MessageType.BROADCAST and one.sender.id != psychic.pk]
    if not ids:
        return {}
    given = Exists(Acknowledgement.objects.filter(message=OuterRef("pk"), psychic=psychic))
    waits = Exists(unacknowledged(psychic).filter(pk=OuterRef("pk")))
    asking = Message.objects.filter(pk__in=ids, require_ack=True).annotate(is_given=given)
    return dict(asking.filter(Q(is_given=True) | waits).values_list("pk", "is_given"))


def acknowledge(*, psychic: Psychic, message_id: int) -> None:
    """Answers a broadcast, and with it its parts in other rooms of theirs: they say the same. Once is enough; a message
    that is no broadcast has nothing to acknowledge."""
    message = find(message_id)
    require_participant(psychic=psychic, room_id=message.room_id)
    if message.message_type != MessageType.BROADCAST:
        raise invalid("id", "Only a broadcast is acknowledged.")
    here = RoomParticipant.objects.active().filter(psychic=psychic, room=OuterRef("room"))
    parts = parts_of(message).filter(Q(pk=message.pk) | Exists(here)).values_list("pk", flat=True)
    with write_transaction():
        rows = [Acknowledgement(message_id=part, psychic=psychic) for part in parts]
        Acknowledgement.objects.bulk_create(rows, ignore_conflicts=True)


def read_broadcast(*, psychic: Psychic, message_id: int) -> MessageOut:
    """A broadcast that this psychic may see. Raises not_found."""
    message = find(message_id)
    get_room(psychic=psychic, room_id=message.room_id)
    if message.message_type != MessageType.BROADCAST:
        raise not_found()
    return sync.read(Message.objects.filter(pk=message.pk))[0]


def find(message_id: int) -> Message:
    """The message with its room. Raises not_found."""
    message = Message.objects.select_related("room").filter(pk=message_id).first() if is_id(message_id) else None
    if message is None:
        raise not_found()
    return message


# Reminding


def remind(*, psychic: Psychic, message_id: int, whole: bool = False) -> int:
    """Brings a broadcast back to mind to all who have not acknowledged it: at once where they are connected, else on
    their next page. Gives how many they are. `whole`: with its parts in other rooms.

    For its sender and for who may broadcast. Raises rate_limited within REMINDER_SECONDS of the last one.
    """
    message = find(message_id)
    if message.sender_id != psychic.pk and not Psychic.objects.get(pk=psychic.pk).has_perm("messaging.broadcast"):
        get_room(psychic=psychic, room_id=message.room_id)  # not_found where there is nothing to see for them
        raise DomainError("permission_denied", "Only its sender and operators remind of a broadcast.")
    if message.message_type != MessageType.BROADCAST or not message.require_ack:
        raise invalid("id", "This message asks for no acknowledgement.")
    rates.check("BROADCAST_RATE", psychic.pk)
    with write_transaction():
        messages = list(parts_of(message).select_related("room")) if whole else [message]
        messages = checked_parts(messages)
        people = still_silent(receivers_of(messages), messages)
        now, count = timezone.now(), people.count()
        Reminder.objects.bulk_create(Reminder(message=one, by=psychic, at=now, recipients=count) for one in messages)
        transaction.on_commit(lambda: tell_silent(messages, now))
    return count


def checked_parts(messages: Sequence[Message]) -> list[Message]:
    """Those of them that are not deleted, in rooms that go on. Their rooms are locked, so that of two who remind in the
    same moment one is too early."""
    room_ids = [message.room_id for message in messages]
    rooms = Room.objects.select_for_update(no_key=True).filter(pk__in=room_ids).order_by("pk")
    active = {room.pk for room in rooms if room.is_active}
    standing = Message.objects.filter(pk__in=[message.pk for message in messages], deleted_at=None)
    left = list(standing.filter(room__in=active).select_related("room").order_by("pk"))
    if not left:
        if not active:
            raise DomainError("room_closed", "This room has ended.")
        raise DomainError("conflict", "This message was deleted.")
    last = Reminder.objects.filter(message__in=messages).order_by("-at").values_list("at", flat=True).first()
    if last and settings.LIMITS_ENFORCED:
        wait = settings.LIMITS["REMINDER_SECONDS"] - (timezone.now() - last).total_seconds()
        if wait > 0:
            raise rates.too_fast(wait)
    return left


def tell_silent(messages: Sequence[Message], at: datetime) -> None:
    """The live part of a reminder: to the silent who are connected, each told of one part."""
    told: set[int] = set()
    connected = Connection.objects.live().filter(psychic=OuterRef("pk"))
    read = sync.read(Message.objects.filter(pk__in=[message.pk for message in messages]))
    lines = {one.id: events.event("broadcast.reminder", BroadcastReminder(one, moments.utc(at))) for one in read}
    for message in messages:
        silent = still_silent(receivers_of([message]), messages).filter(Exists(connected))
        ids = [psychic_id for psychic_id in silent.values_list("pk", flat=True) if psychic_id not in told]
        told.update(ids)
        for start in range(0, len(ids), TOLD_TOGETHER):
            publish.to_psychics(ids[start : start + TOLD_TOGETHER], lines[message.pk])
