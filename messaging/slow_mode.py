"""Slow mode: how long a participant of a room waits between two messages. Who keeps order is not slowed.

A moderator may slow one psychic alone, by a restriction: that holds whatever their role, and the longer wait counts.

An edit counts as a message, in both directions: otherwise one message, edited again and again, says what the wait was
to hold back.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from messaging.models import Message
from mindnet.base.errors import DomainError
from rooms.in_force import restrictions_on
from rooms.models import Kind, Restriction, Role, Room


def is_slowed(kind: str, slow_mode_seconds: int, role: str | None) -> bool:
    """Whether slow mode holds for this role in a room of this kind. A mind-link of two equals knows none."""
    return bool(slow_mode_seconds) and role == Role.PARTICIPANT and kind != Kind.PRIVATE


def seconds_for(kind: str, slow_mode_seconds: int, role: str | None, own_seconds: int = 0) -> int:
    """How long somebody of this role waits between two messages in a room of this kind, 0 where they need not.
    `own_seconds` is what a restriction puts on them alone."""
    of_the_room = slow_mode_seconds if is_slowed(kind, slow_mode_seconds, role) else 0
    return of_the_room if kind == Kind.PRIVATE else max(of_the_room, own_seconds)


def is_slowed_alone(room: Room, psychic_id: int) -> bool:
    """Whether it is a restriction that makes somebody wait, and not the room's slow mode."""
    return any(seconds >= room.slow_mode_seconds for seconds in waits(restrictions_on(room.pk, psychic_id)))


def waits(restrictions: Iterable[Restriction]) -> list[int]:
    """How long each of these makes somebody wait who is slowed."""
    return [one.seconds or 0 for one in restrictions if one.kind == Restriction.Kind.SLOW]


def last_words(room_id: int, sender_id: int, slow_mode_seconds: int, now: datetime) -> datetime | None:
    """When a psychic last sent a message to a room, or edited one so lately that it matters; None where never."""
    mine = Message.objects.filter(room_id=room_id, sender_id=sender_id)
    sent_at = mine.order_by("-seq").values_list("timestamp", flat=True).first()
    lately = mine.filter(edited_at__gt=now - timedelta(seconds=slow_mode_seconds))
    edited_at = lately.order_by("-edited_at").values_list("edited_at", flat=True).first()
    return max((at for at in (sent_at, edited_at) if at), default=None)


def check_psychic(
    room: Room,
    psychic_id: int,
    role: str | None,
    restrictions: Iterable[Restriction],
    now: datetime,
    *,
    has_just_written: bool = False,
) -> None:
    """Raises `rate_limited` for who is slowed in a room (its row, locked). `has_just_written`: in this transaction."""
    seconds = seconds_for(room.kind, room.slow_mode_seconds, role, max(waits(restrictions), default=0))
    if seconds:
        check(now if has_just_written else last_words(room.pk, psychic_id, seconds, now), seconds, now)


def check(last: datetime | None, slow_mode_seconds: int, now: datetime) -> None:
    """Raises `rate_limited` for who has last sent or edited at `last`, with the seconds until they may again."""
    wait = 0 if last is None else slow_mode_seconds - (now - last).total_seconds()
    if wait > 0:  # rounded up: who waits as long as was said is not refused again
        raise DomainError(
            "rate_limited",
            f"Slow mode: wait {math.ceil(wait)} s.",
            rule="slow_mode",
            retry_after=math.ceil(wait * 10) / 10,
        )
