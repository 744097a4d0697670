"""What happens to guided sessions without anybody asking, done by whichever process comes first.

A session whose time is over ends; who has gone rises; a leader or a holder of the talking piece who has gone hands on.
Everything is decided again under the room's lock, so that several processes sweeping at once do each thing once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When
from django.utils import timezone

from mindnet.base.errors import DomainError
from mindnet.database.transactions import write_transaction
from presence.models import Connection, Status
from rooms import session_news as news
from rooms.lookups import MODERATING
from rooms.models import Role, RoomParticipant, Session, SessionQuerySet, Sitting
from rooms.piece import move_on
from rooms.places import lock_room
from rooms.sessions import finish
from rooms.sittings import ENDED, absent, end_sitting, give_back


def sweep() -> None:
    """Two queries where no session runs."""
    now = timezone.now()
    sessions = {session.pk: session for session in with_presence(Session.objects.running())}
    left = set(absent(now).values_list("session_id", flat=True)) if sessions else set()
    for session in sessions.values():
        if session.is_over(now) or not session.room.is_active:
            locked(session, end_overdue)
            continue
        if session.pk in left:
            locked(session, raise_absent)
        tend(session, now)
    held = Sitting.objects.filter(is_holding=True).filter(Q(since=None) | ~Q(session__ended_at=None))
    give_back(Session.objects.filter(pk__in=held.values("session")))


def with_presence(sessions: SessionQuerySet) -> SessionQuerySet:
    """With `has_leader` and `has_holder`: in the room, and with a connection, its grace included."""
    here = {"has_leader": is_here("leader"), "has_holder": is_here("holder")}
    return sessions.select_related("room").annotate(**here)


def is_here(column: str) -> Q:
    connections = Connection.objects.filter(psychic=OuterRef(column))
    places = RoomParticipant.objects.active().filter(room=OuterRef("room"), psychic=OuterRef(column))
    return Exists(connections) & Exists(places)


def locked(session: Session, act: Callable[[Session, datetime], None]) -> None:
    """`act(session, now)` on the fresh row under the room's lock, if it still runs."""
    try:
        with write_transaction():
            lock_room(session.room_id)
            fresh = with_presence(Session.objects.running().filter(pk=session.pk)).first()
            if fresh is not None:
                act(fresh, timezone.now())
    except DomainError as error:
        if error.code != "not_found":  # the room is gone, and the session with it
            raise


def end_overdue(session: Session, now: datetime) -> None:
    if session.is_over(now):
        finish(session, session.ends_at)
    elif not session.room.is_active:
        finish(session, now)


def raise_absent(session: Session, now: datetime) -> None:
    rows = list(absent(now).filter(session=session).select_for_update(of=("self",)).order_by("pk"))
    for row in rows:
        end_sitting(row, now)
        row.save(update_fields=ENDED)
    if rows:
        news.circle_changed(session)


# Handing on


def grace() -> timedelta:
    return timedelta(seconds=settings.LIMITS["OFFLINE_GRACE_SECONDS"])


def tend(session: Session, now: datetime) -> None:
    """Hands on what a leader or a holder has left lying."""
    # Who began it without a connection, from a page without scripts, has the grace to come too.
    if not session.has_leader and session.led_since < now - grace():
        locked(session, hand_over)
    if session.holder_id is not None and is_due(session, now):
        locked(session, pass_on)


def is_due(session: Session, now: datetime) -> bool:
    """Whether the piece has to be passed on: its holder is gone, or has kept it while others wait."""
    is_long = bool(session.queue) and news.piece_until(session) <= now
    return news.is_sharing(session, now) and (is_long or not session.has_holder)


def pass_on(session: Session, now: datetime) -> None:
    if session.holder_id is not None and is_due(session, now):
        move_on(session, now)


def hand_over(session: Session, now: datetime) -> None:
    if session.has_leader:
        return
    heir = find_leader(session)
    if heir is not None:
        news.circle_changed(session, leader=heir.psychic, led_since=now)


def find_leader(session: Session) -> RoomParticipant | None:
    """The participant row of who leads on: the moderator who has been here longest, else an owner, else who sits.

    Here is who looks at the room or sits in it. Nobody invisible: leading would show them.
    """
    connections = Connection.objects.open().filter(psychic=OuterRef("psychic"))
    sits = session.sittings.now().filter(psychic=OuterRef("psychic"))
    rows = RoomParticipant.objects.acting().filter(room=session.room_id)
    rows = rows.exclude(psychic=session.leader_id).exclude(psychic__chosen_status=Status.INVISIBLE)
    rows = rows.annotate(sits=Exists(sits), looks=Exists(connections.filter(room_id=session.room_id)))
    rows = rows.filter(Exists(connections), Q(sits=True) | Q(looks=True, role__in=MODERATING))
    rank = Case(When(role=Role.MODERATOR, then=Value(0)), When(role=Role.OWNER, then=Value(1)), default=Value(2))
    since = Subquery(connections.order_by("opened_at").values("opened_at")[:1])
    rows = rows.annotate(rank=rank, here_since=since).order_by("rank", "here_since", "pk")
    return rows.select_related("psychic").first()
