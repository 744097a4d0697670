"""What a browser looks through by itself, because nobody else can: the sealed mind-links that a search is about."""

from dataclasses import asdict

from messaging import search as searching
from messaging.models import Message, MessageType
from messaging.search_language import Asked
from mindnet.realtime.shapes import to_builtins
from presence.models import Psychic
from presence.shapes import psychic_out
from rooms.links import other_of
from rooms.models import Kind, Room

# What of the question a script has to hold against what it opens. Where to look is settled here.
HELD_AGAINST = ("words", "without", "sender", "has", "since", "until")


def sealed_search(psychic: Psychic, asked: Asked, room_id: int | None, names: dict[int, str]) -> dict | None:
    """For the script: the links with something sealed in them, and what to look for. None where there is nothing to do.
    A sealed message mentions nobody."""
    if asked.is_empty() or asked.mentions is not None:
        return None
    meant = [place for place in searching.places_of(psychic, room_id) if searching.is_meant(place, asked)]
    ids = [place.room_id for place in meant if place.kind == Kind.PRIVATE]
    sealed = Message.objects.filter(room__in=ids, message_type=MessageType.SEALED, deleted_at=None)
    rooms = Room.objects.filter(pk__in=sealed.values("room")).order_by("-last_seq")
    links = [link_of(room, psychic, names) for room in rooms]
    what = {name: value for name, value in asdict(asked).items() if name in HELD_AGAINST}
    return {"links": links, "asked": to_builtins(what)} if links else None


def link_of(room: Room, psychic: Psychic, names: dict[int, str]) -> dict:
    other = to_builtins(psychic_out(other_of(room, psychic)))
    return {"room": room.pk, "name": names[room.pk], "other": other, "last_seq": room.last_seq}
