"""The talking piece of a sharing round: one voice at a time, and a queue.

What stands in the session's row counts only in the sharing step it was written in, so that a round begins without a
piece in anybody's hand and ends by itself.
"""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import DomainError
from mindnet.database.transactions import write_transaction
from mindnet.realtime.shapes import PieceOut
from presence.models import Connection, Psychic
from rooms import session_news as news
from rooms.lookups import MODERATING
from rooms.models import Restriction, RoomParticipant, Session
from rooms.restrictions import refusal
from rooms.sittings import locked_session
from rooms.timeline import SHARING, Timeline

QUEUE_MOST = 50


def ask_for_piece(*, psychic: Psychic, room_id: int) -> PieceOut:
    """Takes the piece when it is free, or waits for it. Twice changes nothing."""
    rates.check("SITTING_RATE", psychic.pk)

    with write_transaction():
        session, row = locked_session(psychic, room_id)
        now = timezone.now()
        holder_id, queue, index = require_round(session, now)
        refuse_muted(row)
        if psychic.pk != holder_id and psychic.pk not in queue:
            if len(queue) >= QUEUE_MOST:
                raise DomainError("conflict", "Too many are waiting for the piece already.")
            queue.append(psychic.pk)
            if holder_id is None or news.piece_until(session) <= now:
                holder_id = next_in(session, queue)
            hand(session, holder_id, queue, index, now)
    return news.piece_out(session, now)


def pass_piece(*, psychic: Psychic, room_id: int) -> PieceOut:
    """The holder passes it on; who waits steps out of the queue; who leads takes it from the holder and on."""
    rates.check("SITTING_RATE", psychic.pk)

    with write_transaction():
        session, row = locked_session(psychic, room_id)
        now = timezone.now()
        holder_id, queue, index = require_round(session, now)
        if psychic.pk in queue:
            queue.remove(psychic.pk)
            hand(session, holder_id, queue, index, now)
        elif psychic.pk == holder_id or row.role in MODERATING or psychic.pk == session.leader_id:
            if holder_id is not None:
                hand(session, next_in(session, queue), queue, index, now)
        else:
            raise DomainError("permission_denied", "The piece is not in your hands.")
    return news.piece_out(session, now)


def move_on(session: Session, now: datetime) -> None:
    """From a holder who is gone or has had it for long enough, to the next. Under the room's lock, by the sweep."""
    index = Timeline(session.steps, session.started_at).index_at(now)
    if index is not None and index == session.held_step and session.holder_id is not None:
        queue = list(session.queue)
        hand(session, next_in(session, queue), queue, index, now)


class Round(NamedTuple):
    """A sharing round: who holds the piece, who waits for it, and the number of its step."""

    holder_id: int | None
    queue: list[int]
    step: int


def require_round(session: Session, now: datetime) -> Round:
    """The sharing round under way."""
    index = Timeline(session.steps, session.started_at).index_at(now)
    if index is None or session.steps[index]["kind"] != SHARING:
        raise DomainError("conflict", "There is no sharing round at this moment.")
    if session.held_step != index:
        return Round(None, [], index)
    return Round(session.holder_id, list(session.queue), index)


def hand(session: Session, holder_id: int | None, queue: list[int], index: int, now: datetime) -> None:
    """Writes who holds it now and tells those who look at the room."""
    fields = {"queue": queue, "held_step": index}
    if holder_id != session.holder_id or session.held_step != index or holder_id is None:
        fields |= {"holder_id": holder_id, "held_since": now if holder_id else None}
    news.piece_changed(session, **fields)


def next_in(session: Session, queue: list[int]) -> int | None:
    """Takes the next one out of the queue who is still there; None when nobody is."""
    here = Connection.objects.open().filter(psychic__in=queue).values("psychic")
    places = RoomParticipant.objects.active().filter(room=session.room_id, psychic__in=here)
    present = set(places.values_list("psychic_id", flat=True))
    while queue:
        psychic_id = queue.pop(0)
        if psychic_id in present:
            return psychic_id
    return None


def refuse_muted(row: RoomParticipant) -> None:
    """Who may not write has no use for the piece."""
    mine = Restriction.objects.in_force().filter(room=row.room_id, psychic=row.psychic_id, kind=Restriction.Kind.MUTE)
    restriction = mine.first()
    if restriction:
        raise refusal(restriction)
