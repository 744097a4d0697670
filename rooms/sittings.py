"""Sitting in a guided session: who sits is meditating until the first sharing step, or to the end.

A sitting is a row with the moment one sat down. Nothing is written while one sits, so that a killed process takes
nothing with it: whose connections have gone for longer than the offline grace has risen when they went.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import not_found
from mindnet.base.ids import is_id
from mindnet.database.statements import ask
from mindnet.database.transactions import write_transaction
from mindnet.realtime.shapes import SessionState
from presence import holding
from presence.models import Connection, Psychic, Status
from presence.services import own_presence
from presence.signals import ConnectionEvent
from rooms import session_news as news
from rooms.lookups import require_participant, require_session
from rooms.models import RoomParticipant, Session, Sitting, SittingQuerySet
from rooms.places import lock_room
from rooms.shapes import session_out, sitting_out
from rooms.timeline import Timeline

OPENINGS = ("connected", "resumed")
CLOSINGS = ("disconnected", "lost", "kicked")
WRITTEN_AT_ONCE = 500
ANY_SITS = "SELECT 1 FROM room_sittings WHERE psychic_id {ids} AND since IS NOT NULL LIMIT 1"
ENDED = ["since", "away_since", "left_at", "seconds"]


def hold_until(session: Session) -> datetime:
    """Until when its sitters are to be left alone."""
    return Timeline(session.steps, session.started_at).first_sharing() or session.ends_at


def sit(*, psychic: Psychic, room_id: int) -> SessionState:
    """Sits down in the session of a room. Twice changes nothing."""
    rates.check("SITTING_RATE", psychic.pk)

    with write_transaction():
        session, row = locked_session(psychic, room_id)
        now = timezone.now()
        sitting, _ = Sitting.objects.get_or_create(session=session, psychic=psychic, defaults={"joined_at": now})
        is_held = hold_until(session) > now
        if sitting.since is None:
            sitting.since, sitting.left_at, sitting.away_since = now, None, None
            sitting.is_hidden = row.psychic.chosen_status == Status.INVISIBLE
            sitting.is_holding = sitting.is_holding or is_held
            sitting.save(update_fields=["since", "left_at", "away_since", "is_hidden", "is_holding"])
            tell_circle(session, sitting)

    # In a transaction of its own: locks on psychics stand before those on sittings, and after those on rooms.
    if is_held and not holding.hold(psychic_id=psychic.pk, until=hold_until(session)):
        others = Psychic.objects.filter(pk=psychic.pk, chosen_status=Status.MEDITATING, until=hold_until(session))
        Sitting.objects.filter(pk=sitting.pk).update(is_holding=others.exists())
    return state(session, psychic)


def rise(*, psychic: Psychic, room_id: int) -> SessionState:
    """Sits no longer; who comes back goes on in the same sitting."""
    rates.check("SITTING_RATE", psychic.pk)

    with write_transaction():
        session, _ = locked_session(psychic, room_id)
        sitting = session.sittings.now().filter(psychic=psychic).first()
        if sitting:
            end_sitting(sitting, timezone.now())
            sitting.save(update_fields=ENDED)
            tell_circle(session, sitting)
    give_back([session], psychic_ids=[psychic.pk])
    return state(session, psychic)


def locked_session(psychic: Psychic, room_id: int) -> tuple[Session, RoomParticipant]:
    """The session of a room, which is locked, and the row of who is about to act in it."""
    require_participant(psychic=psychic, room_id=room_id)
    lock_room(room_id)
    room, row = require_participant(psychic=psychic, room_id=room_id)
    session = require_session(room)
    if row is None:  # in everyone's room, where no session is held
        raise not_found()
    return session, row


def tell_circle(session: Session, sitting: Sitting) -> None:
    if not sitting.is_hidden:
        news.circle_changed(session)


def state(session: Session, psychic: Psychic) -> SessionState:
    """The session as this psychic finds it."""
    now = timezone.now()
    sitting = session.sittings.filter(psychic=psychic).select_related("psychic").first()
    if sitting:
        sitting.session = session
    return SessionState(
        session=session_out(session),
        circle=news.circle_out(session),
        piece=news.piece_out(session, now),
        sitting=sitting_out(sitting, now) if sitting else None,
        presence=own_presence(psychic=psychic),
    )


def look(*, psychic: Psychic, room_id: int) -> SessionState:
    """The session of a room, without sitting down. Raises not_found where none runs."""
    room, _ = require_participant(psychic=psychic, room_id=room_id)
    return state(require_session(room), psychic)


# Ending


def end_sitting(sitting: Sitting, at: datetime) -> None:
    """Adds up, where they sit; the row is saved by the caller."""
    if sitting.since is None:
        return
    at = min(at, sitting.away_since or at)
    sitting.seconds += max(0.0, (at - sitting.since).total_seconds())
    sitting.left_at = max(at, sitting.since)
    sitting.since = sitting.away_since = None


def end_all_sittings(session: Session, at: datetime) -> None:
    """Of a session that ends at this moment."""
    rows = list(session.sittings.now().select_for_update(of=("self",)).order_by("pk"))
    for row in rows:
        end_sitting(row, at)
    Sitting.objects.bulk_update(rows, ENDED, batch_size=WRITTEN_AT_ONCE)


def give_back(ended: Iterable[Session], psychic_ids: Collection[int] | None = None) -> None:
    """The status of those who no longer sit in these sessions. Claimed by what they still meditate with, so that it
    may be done twice and by several."""
    for session in ended:
        held = session.sittings.filter(is_holding=True).filter(Q(since=None) | ~Q(session__ended_at=None))
        if psychic_ids is not None:
            held = held.filter(psychic__in=psychic_ids)
        with write_transaction():
            rows = dict(held.values_list("pk", "psychic_id"))
            if rows:
                holding.give_back(psychic_ids=list(rows.values()), until=hold_until(session))
                Sitting.objects.filter(pk__in=rows).update(is_holding=False)


# Coming and going of connections


def note_connections(sender: Any, entries: list[ConnectionEvent], **kwargs: Any) -> None:
    """Writes down when a sitter's last connection went, and that they are back. Part of the transaction in which the
    connections changed; one query where nobody of them sits."""
    closed = {entry.psychic_id: entry.at for entry in entries if entry.action in CLOSINGS}
    touched = closed.keys() | {entry.psychic_id for entry in entries if entry.action in OPENINGS}
    if not touched or ask((ANY_SITS, list(touched))) == [[]]:
        return
    rows = list(Sitting.objects.now().filter(psychic__in=touched).select_for_update(of=("self",)).order_by("pk"))
    if not rows:
        return
    sitters = {row.psychic_id for row in rows}
    here = set(Connection.objects.open().filter(psychic__in=sitters).values_list("psychic_id", flat=True))
    for row in rows:
        row.away_since = None if row.psychic_id in here else row.away_since or closed.get(row.psychic_id)
    Sitting.objects.bulk_update(rows, ["away_since"], batch_size=WRITTEN_AT_ONCE)


def absent(now: datetime) -> SittingQuerySet:
    """Sittings whose psychic is no longer there: no connection is left, its grace included, or they are out of the
    room."""
    connections = Connection.objects.filter(psychic=OuterRef("psychic"))
    places = RoomParticipant.objects.active().filter(room=OuterRef("session__room"), psychic=OuterRef("psychic"))
    running = Sitting.objects.now().filter(session__ended_at=None, session__ends_at__gt=now)
    return running.filter(~Exists(connections) | ~Exists(places))


# Reading


def own_sittings(*, psychic: Psychic) -> SittingQuerySet:
    """All one's own sittings, for oneself alone."""
    return Sitting.objects.filter(psychic=psychic).select_related("session", "psychic")


def sitters(*, psychic: Psychic, session_id: int) -> SittingQuerySet:
    """Who sat in a session, for those who did. For others there is none.

    Sitting is being here: while the session runs, who has left its room reads of nobody but themselves.
    """
    own = Sitting.objects.filter(session=session_id, psychic=psychic) if is_id(session_id) else Sitting.objects.none()
    mine = own.select_related("session").first()
    if mine is None:
        raise not_found()
    rows = Sitting.objects.filter(session=session_id).filter(Q(is_hidden=False) | Q(psychic=psychic))
    is_in = RoomParticipant.objects.active().filter(room=mine.session.room_id, psychic=psychic)
    if not mine.session.is_over(timezone.now()) and not is_in.exists():
        rows = rows.filter(psychic=psychic)
    return rows.select_related("session", "psychic")
