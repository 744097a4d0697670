"""Where a message has got to: read off the watermarks of those it was meant for."""

from typing import Any

from django.conf import settings
from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from messaging.lookups import get_row
from messaging.models import Acknowledgement, Message
from messaging.shapes import JourneyEntryOut, JourneyOut
from mindnet.base import moments
from mindnet.base.errors import DomainError
from mindnet.realtime import shapes
from presence.models import Psychic, Status
from rooms.lookups import MODERATING, marked_known, marked_known_in
from rooms.models import Kind, Room, RoomParticipant


def journey(*, psychic: Psychic, message_id: int) -> JourneyOut:
    """The answer of `GET /messages/{id}/journey`, for the sender while they are in the room, and its moderators.

    It speaks of those who were in the room when the message came and are in it now, without the sender. Each of them
    is exactly one of delivered, held (until the bell of their meditation) and waiting; who has read it has it
    delivered. Of whom the viewer may not know whether they are here, it is waiting.
    """
    message = get_row(psychic=psychic, message_id=message_id)
    room = message.room
    if message.sender_id != psychic.pk and room.my_role not in MODERATING:
        raise DomainError("permission_denied", "Only the sender and moderators see where a message has got to.")
    if room.my_role is None:
        raise DomainError("not_participant", "Where a message has got to is shown to those in the room.")

    receivers = receivers_of(message, room, viewer=psychic)
    totals = receivers.aggregate(
        participants=Count("pk"),
        delivered=Count("pk", filter=Q(is_delivered=True)),
        read=Count("pk", filter=Q(is_read=True)),
        held=Count("pk", filter=Q(is_held=True)),
    )
    return JourneyOut(
        stored_at=moments.utc(message.timestamp),
        **totals,
        waiting=totals["participants"] - totals["delivered"] - totals["held"],
        acknowledged=Acknowledgement.objects.filter(message=message).exclude(psychic=message.sender_id).count(),
        who=who(message, receivers, totals["participants"]),
    )


def receivers_of(message: Message, room: Room, *, viewer: Psychic) -> QuerySet[Any]:
    """Those it was meant for, with is_delivered, is_read and is_held; `person` is the way to the psychic.

    Everyone's room has no rows: there the psychics themselves carry the watermarks.
    """
    if room.kind == Kind.BROADCAST:
        psychics = Psychic.objects.active().filter(date_joined__lte=message.timestamp).exclude(pk=message.sender_id)
        everyone = marked(marked_known(psychics, "pk", viewer), message.seq, "everyone_", "")
        return named(everyone, "pk", "username")
    here = RoomParticipant.objects.active().filter(room=room, joined_at__lte=message.timestamp)
    here = marked_known_in(room, here.exclude(psychic=message.sender_id), viewer)
    return named(marked(here, message.seq, "", "psychic__"), "psychic", "psychic__username")


def named(rows: QuerySet[Any], person: str, name: str) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.annotate(person=F(person), name=F(name))
    return found


def marked(rows: QuerySet[Any], seq: int, watermark: str, to_psychic: str) -> QuerySet[Any]:
    """By the watermarks that others may see: an invisible psychic's stand where they stood."""
    rows = rows.annotate(
        delivered_to=Coalesce(f"shown_{watermark}delivered_seq", f"{watermark}delivered_seq"),
        read_to=Coalesce(f"shown_{watermark}read_seq", f"{watermark}read_seq"),
    )
    # In everyone's room and in one that has ended, presence and watermarks are for those who share another.
    known = Q(is_known=True) if "is_known" in rows.query.annotations else Q()
    has_it = Q(delivered_to__gte=seq) | Q(read_to__gte=seq)
    meditates = Q(**{f"{to_psychic}status": Status.MEDITATING})
    found: QuerySet[Any] = rows.annotate(
        is_delivered=flag(known & has_it),
        is_read=flag(known & Q(read_to__gte=seq)),
        is_held=flag(known & ~has_it & meditates),
    )
    return found


def flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))


def who(message: Message, receivers: QuerySet[Any], count: int) -> list[JourneyEntryOut]:
    """Each receiver, by name; nobody in rooms so large that receipts are not sent either."""
    if count > settings.LIMITS["RECEIPT_PARTICIPANTS"]:
        return []
    acknowledged = set(Acknowledgement.objects.filter(message=message).values_list("psychic", flat=True))
    rows = receivers.order_by("name").values_list("person", "name", "is_delivered", "is_read", "is_held")
    return [
        JourneyEntryOut(shapes.PsychicOut(person, name), is_delivered, is_read, is_held, person in acknowledged)
        for person, name, is_delivered, is_read, is_held in rows
    ]
