"""Finding messages again, in one's own rooms: by what they say, by their room, and by who wrote them."""

from django.db.models import Exists, OuterRef, Q

from messaging.fields import QUERY
from messaging.models import Message, MessageQuerySet, MessageType
from mindnet.base import text
from mindnet.base.errors import invalid
from presence.fields import USERNAME
from presence.models import Psychic
from rooms.lookups import get_room
from rooms.models import Kind, Room, RoomParticipant, RoomQuerySet

# How far back a search looks: nothing indexes the text, so this bounds the work of one request.
SEARCHED_MOST = 100_000


def search(
    *, psychic: Psychic, query: str | None = None, room_id: int | None = None, sender: str | None = None
) -> MessageQuerySet:
    """The messages whose text contains `query`, of a room and of a sender, by name: of these what is given, and one of
    them must be. Raises validation_error, and not_found for a room that the psychic may not see.

    Only rooms the psychic is in, also ended ones. Upper and lower case count the same; on SQLite only for A to Z.
    Sealed messages say nothing to the server and are never found.
    """
    if query is None and room_id is None and sender is None:
        raise invalid("q", "Say what to look for: words, a room, or whose messages.")
    words = None if query is None else checked_query(query)
    if room_id is not None:
        get_room(psychic=psychic, room_id=room_id)
    rooms = own_rooms(psychic) if room_id is None else own_rooms(psychic).filter(pk=room_id)
    messages = Message.objects.filter(room__in=rooms.values("pk"), deleted_at=None)
    if sender is not None:
        # Nobody of this name: nothing found, as for somebody who has said nothing.
        senders = Psychic.objects.named(sender) if USERNAME.fits(sender) else Psychic.objects.none()
        messages = messages.filter(sender__in=senders.values("pk"))
    recent = messages.exclude(message_type=MessageType.SEALED).order_by("-pk")[:SEARCHED_MOST]
    found = Message.objects.filter(pk__in=recent.values("pk"))
    return found if words is None else found.filter(content__icontains=words)


def checked_query(query: str) -> str:
    """The query without space around it. Raises validation_error."""
    try:
        query = text.clean_text(query).strip()
    except ValueError as error:
        raise invalid("q", str(error)) from None
    if not QUERY.fits(query):
        raise invalid("q", f"Search for {QUERY.least} to {QUERY.most} characters.")
    return query


def own_rooms(psychic: Psychic) -> RoomQuerySet:
    """Those the psychic is in, ended ones too, and everyone's."""
    mine = RoomParticipant.objects.shown().filter(room=OuterRef("pk"), psychic=psychic)
    return Room.objects.filter(Q(kind=Kind.BROADCAST) | Exists(mine))
