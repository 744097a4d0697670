"""How many people look at a room, and how its participants are: for rooms with too many to name."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet

from mindnet.database.prepared import Bound, Prepared, fetch
from mindnet.database.threads import run, run_vital
from mindnet.realtime.shapes import PresenceCounts
from presence.models import Connection, Psychic, Status
from rooms.models import Kind, Room, RoomParticipant


def crowded(room_ids: Iterable[int]) -> set[int]:
    """Those of the rooms that more than LOOKERS_LISTED people look at, on whichever process."""
    looking = Connection.objects.open().filter(room_id__in=room_ids).exclude(psychic__chosen_status=Status.INVISIBLE)
    people = looking.order_by().values("room_id").annotate(people=Count("psychic", distinct=True))
    most = settings.LIMITS["LOOKERS_LISTED"]
    found = people.filter(people__gt=most).values_list("room_id", flat=True)
    return {room_id for room_id in found if room_id is not None}


def counts(room_id: int) -> PresenceCounts | None:
    """How the participants of a room are, as others see them. None where that is not for the participants' eyes."""
    if Room.objects.filter(pk=room_id, kind=Kind.BROADCAST).exists():
        if settings.PRESENCE_AUDIENCE == "rooms":
            return None  # there strangers meet
        rows: QuerySet[Any, tuple[str]] = Psychic.objects.active().values_list("status")
    else:
        rows = RoomParticipant.objects.active().filter(room=room_id).values_list("psychic__status")
    found = dict(rows.order_by().annotate(Count("pk")))
    shown = {status: found.get(status, 0) for status in (Status.ONLINE, Status.AWAY, Status.MEDITATING)}
    offline = sum(found.values()) - sum(shown.values())  # the invisible among them
    return PresenceCounts(**{str(status): count for status, count in shown.items()}, offline=offline)


def counts_if_crowded(room: Room) -> PresenceCounts | None:
    """For pages: the counts of a room (with `my_role`) that too many look at. None for any other, and where the viewer
    is not in it and so may not know how those are who are."""
    is_for_viewer = room.my_role is not None or settings.PRESENCE_AUDIENCE != "rooms"
    return counts(room.pk) if is_for_viewer and is_crowded(room.pk) else None


def is_crowded(room_id: int) -> bool:
    """`crowded` of one room, which every page of one asks."""
    [found] = fetch(asked(room_id))
    return len(found) > int(settings.LIMITS["LOOKERS_LISTED"])


def asked(room_id: int) -> Bound[int]:
    """What `is_crowded` asks."""
    return lookers(room_id, most=int(settings.LIMITS["LOOKERS_LISTED"]) + 1)


def looking_at(room_id: int, *, most: int) -> QuerySet[Any, int]:
    """The ids of so many who look at a room and are seen there."""
    looking = Connection.objects.open().filter(room_id=room_id).exclude(psychic__chosen_status=Status.INVISIBLE)
    return looking.order_by().values_list("psychic", flat=True).distinct()[:most]


lookers = Prepared(looking_at)


class Reader:
    """The hub's door to it, a `mindnet.realtime.readers.CrowdReader`."""

    async def crowded(self, room_ids: Iterable[int]) -> set[int]:
        return await run_vital(crowded, room_ids)

    async def counts(self, room_id: int) -> PresenceCounts | None:
        return await run(counts, room_id)
