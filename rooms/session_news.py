"""What is told of guided sessions, and finding out what a process was not told.

`session.started` and `session.ended` go to the participants, `circle.changed` and `piece.changed` to those who look at
the room. Each carries a version; the hub drops what it has told already, so that telling twice does no harm.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from mindnet.base.moments import utc
from mindnet.realtime import publish
from mindnet.realtime.events import room_event
from mindnet.realtime.messages import OfSession
from mindnet.realtime.shapes import CircleOut, PieceOut
from presence.models import Psychic
from presence.shapes import psychic_out
from rooms.models import Session
from rooms.shapes import session_out
from rooms.timeline import SHARING, Timeline

SITTING = Count("sittings", filter=Q(sittings__is_hidden=False) & ~Q(sittings__since=None))


class News(NamedTuple):
    """What there is to tell of a session. `version` is [its id, count], see `publish.session`."""

    event: str
    version: list[int]
    payload: Any
    viewers_only: bool


def circle_changed(session: Session, **fields: Any) -> None:
    """Saves a change of who leads or sits, and tells it. Call it under the room's lock."""
    save(session, fields | {"circle_revision": session.circle_revision + 1})
    tell(session, circle)


def piece_changed(session: Session, **fields: Any) -> None:
    """The same for the talking piece."""
    save(session, fields | {"piece_revision": session.piece_revision + 1})
    tell(session, piece)


def save(session: Session, fields: dict[str, Any]) -> None:
    fields["changed_at"] = timezone.now()
    for name, value in fields.items():
        setattr(session, name, value)
    session.save(update_fields=list(fields))


# Shapes


def circle_out(session: Session) -> CircleOut:
    """Counts the sitters, unless the row comes with their number."""
    sitting = getattr(session, "sitting", None)
    if sitting is None:
        sitting = session.sittings.now().filter(is_hidden=False).count()
    leader = psychic_out(session.leader) if session.leader else None
    return CircleOut(session.room_id, session.pk, session.name, leader, sitting)


def piece_out(session: Session, now: datetime) -> PieceOut:
    """As it is at this moment: what stands in the row counts only in the sharing step it was written in."""
    timeline = Timeline(session.steps, session.started_at)
    index = timeline.index_at(now)
    if session.is_over(now) or index is None or session.held_step != index or not session.holder:
        return PieceOut(session.room_id, session.pk, None, None, [])
    names = Psychic.objects.in_bulk(session.queue) if session.queue else {}
    queue = [psychic_out(names[psychic_id]) for psychic_id in session.queue if psychic_id in names]
    until = min(piece_until(session), timeline.ends(index))
    return PieceOut(session.room_id, session.pk, psychic_out(session.holder), utc(until), queue)


def piece_until(session: Session) -> datetime:
    """Until when who holds the piece keeps it while others wait. Of a session in which somebody does."""
    return cast(datetime, session.held_since) + timedelta(seconds=settings.LIMITS["PIECE_SECONDS"])


def is_sharing(session: Session, now: datetime) -> bool:
    """Whether a sharing round is under way."""
    step = Timeline(session.steps, session.started_at).step_at(now)
    return step is not None and step["kind"] == SHARING


# Telling


def started(session: Session) -> News:
    return News("session.started", [session.pk, 0], session_out(session), False)


def ended(session: Session) -> News:
    return News("session.ended", [session.pk, 0], session_out(session), False)


def circle(session: Session) -> News:
    return News("circle.changed", [session.pk, session.circle_revision], circle_out(session), True)


def piece(session: Session) -> News:
    return News("piece.changed", [session.pk, session.piece_revision], piece_out(session, timezone.now()), True)


def tell(session: Session, *news: Callable[[Session], News]) -> None:
    """Publishes after the commit what each of `news` (the functions above) says now."""
    for one in news:
        told = one(session)
        line = room_event(told.event, session.room_id, told.payload)
        transaction.on_commit(
            partial(publish.session, session.room_id, told.event, told.version, line, viewers_only=told.viewers_only)
        )


def news_of(session: Session) -> list[Callable[[Session], News]]:
    """What there is to tell of a session that changed lately. Of what was never told there is nothing to miss."""
    if session.ended_at:
        return [ended]
    return [started, *([circle] if session.circle_revision else []), *([piece] if session.piece_revision else [])]


def recent_changes(since: datetime, room_ids: Collection[int]) -> list[OfSession]:
    """Messages for the hub about all sessions of these rooms that changed after `since`: for a process that was not
    told. One query where nothing did."""
    changed = Session.objects.filter(changed_at__gt=since).select_related("leader", "holder").annotate(sitting=SITTING)
    messages = []
    for session in changed.order_by("pk"):
        if session.room_id not in room_ids:
            continue
        for one in news_of(session):
            event, version, payload, viewers_only = one(session)
            line = room_event(event, session.room_id, payload)
            messages.append(publish.session_message(session.room_id, event, version, line, viewers_only=viewers_only))
    return messages
