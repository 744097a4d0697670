"""Guided sessions: begun by a moderator, ended by one, by the leader, or by the clock.

A session is its start and its steps; everybody computes the step from the server's clock (`rooms/timeline.py`). Every
write happens under the room's row lock, like the writer's. Sitting is in `sittings.py`, the talking piece in
`piece.py`, what nobody asks for in `session_sweep.py`.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import DomainError
from mindnet.database.transactions import write_transaction
from presence.models import Psychic
from rooms import session_news as news
from rooms.guides import get_guide
from rooms.lookups import MODERATING, get_room, require_participant, require_session
from rooms.models import Kind, Room, Session
from rooms.places import lock_room
from rooms.sittings import end_all_sittings, give_back
from rooms.timeline import length


def start_session(*, psychic: Psychic, room_id: int, guide_id: int) -> Session:
    """Begins at this moment. By moderators of a meditation room, one at a time."""
    get_room(psychic=psychic, room_id=room_id)

    with write_transaction():
        lock_room(room_id)
        room, _ = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
        if room.kind != Kind.MEDITATION:
            raise DomainError("conflict", "Sessions are held in meditation rooms.")
        guide = get_guide(psychic=psychic, guide_id=guide_id)
        now = timezone.now()
        refuse_second(room, now)
        rates.check("SESSION_RATE", psychic.pk)

        session = Session.objects.create(
            room=room,
            guide=guide,
            name=guide.name,
            steps=guide.steps,
            started_by=psychic,
            leader=psychic,
            started_at=now,
            led_since=now,
            changed_at=now,
            ends_at=now + timedelta(seconds=length(guide.steps)),
        )
        if not Room.objects.filter(pk=room.pk, session_id=None).update(session_id=session.pk):
            raise second_session()

        news.tell(session, news.started)
    return session


def refuse_second(room: Room, now: datetime) -> None:
    """One session at a time. One whose time is over and that no sweep has seen yet is ended now."""
    running = room.sessions.running().select_related("leader").first()
    if running is None:
        return
    if not running.is_over(now):
        raise second_session()
    finish(running, running.ends_at)


def second_session() -> DomainError:
    return DomainError("conflict", "A session is under way in this room.")


def end_session(*, psychic: Psychic, room_id: int) -> Session:
    """Ends it before its time: by a moderator, or by who leads it after all moderators have gone."""
    get_room(psychic=psychic, room_id=room_id)

    with write_transaction():
        lock_room(room_id)
        room, row = require_participant(psychic=psychic, room_id=room_id)
        session = require_session(room)
        if (row is None or row.role not in MODERATING) and session.leader_id != psychic.pk:
            raise DomainError("permission_denied", "Only a moderator or the leader ends a session.")
        finish(session, timezone.now())
    give_back([session])
    return session


def finish(session: Session, at: datetime) -> bool:
    """Ends a session at this moment, once: of several who want to, the first does. Under the room's lock."""
    if not Session.objects.running().filter(pk=session.pk).update(ended_at=at, changed_at=timezone.now()):
        return False
    session.ended_at = at
    Room.objects.filter(pk=session.room_id, session_id=session.pk).update(session_id=None)
    end_all_sittings(session, at)
    news.tell(session, news.ended)
    return True


def get_session(*, psychic: Psychic, room_id: int) -> Session:
    """The session that runs in a room the psychic may see, or `not_found`."""
    return require_session(get_room(psychic=psychic, room_id=room_id))
