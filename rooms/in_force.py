"""What is put on somebody in a room and holds at this moment: asked before everything they do there, and by every page
that says what they may do, so the query is prepared."""

from datetime import datetime

from django.utils import timezone

from mindnet.database.prepared import Prepared
from rooms.models import Restriction, RestrictionQuerySet


def on_somebody(room_id: int, psychic_id: int, now: datetime) -> RestrictionQuerySet:
    return Restriction.objects.in_force(now).filter(room=room_id, psychic=psychic_id).order_by("pk")


prepared = Prepared(on_somebody)


def restrictions_on(room_id: int, psychic_id: int) -> list[Restriction]:
    """All that are in force on a psychic in a room, the oldest first."""
    return prepared.rows(room_id, psychic_id, timezone.now())


def restriction_on(room_id: int, psychic_id: int, kind: str) -> Restriction | None:
    """The one of this kind, the oldest where there are several."""
    return next((one for one in restrictions_on(room_id, psychic_id) if one.kind == kind), None)
