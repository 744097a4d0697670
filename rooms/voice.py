"""Who may write while a guided session runs: nobody in silence, the holder of the talking piece in a sharing round.

Moderators keep silence like everybody else. The check costs nothing where no session runs: the room's row, which the
writer holds anyway, says so.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from mindnet.base.errors import DomainError
from mindnet.base.moments import utc
from presence.models import Psychic
from rooms.models import Room, Session
from rooms.timeline import SHARING, SILENCE, Timeline

SILENT = "Silence"
NOT_HOLDING = "The talking piece is with somebody else"
NOBODY_HOLDS = "Nobody holds the talking piece"


class Lock(NamedTuple):
    """What a session does to its room at one moment. `holder_id` may write all the same."""

    reason: str
    detail: str
    until: datetime
    rule: str
    holder_id: int | None = None

    def check(self, psychic_id: int) -> None:
        """Raises `muted` for who has to be quiet now."""
        if psychic_id != self.holder_id:
            raise DomainError("muted", self.detail, rule=self.rule, reason=self.reason, until=utc(self.until))


def lock_of(session: Session, now: datetime) -> Lock | None:
    """The Lock of a running session at this moment, or None."""
    if session.is_over(now):
        return None
    timeline = Timeline(session.steps, session.started_at)
    index = timeline.index_at(now)
    if index is None:
        return None
    kind = session.steps[index]["kind"]
    if kind == SILENCE:
        return Lock(
            SILENT, "This room is silent now. What you write can wait.", timeline.silent_until(index), "silence"
        )
    if kind == SHARING:
        holder_id = session.holder_id if session.held_step == index else None
        reason = NOT_HOLDING if holder_id else NOBODY_HOLDS
        return Lock(
            reason, "One voice at a time: ask for the talking piece.", timeline.ends(index), "talking_piece", holder_id
        )
    return None


def locks(session_ids: Iterable[int], now: datetime) -> dict[int, Lock]:
    """{room id: Lock} of those of these sessions that keep somebody from writing."""
    found = {session.room_id: lock_of(session, now) for session in Session.objects.filter(pk__in=session_ids)}
    return {room_id: lock for room_id, lock in found.items() if lock}


def check_voice(room: Room, psychic: Psychic) -> None:
    """Raises `muted` where the session that runs in this room (its row, locked) does not let the psychic write."""
    if room.session_id is not None:
        lock = locks([room.session_id], timezone.now()).get(room.pk)
        if lock:
            lock.check(psychic.pk)
