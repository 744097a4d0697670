"""What psychics have chosen for all their connections: telling of it, and its end by itself.

Every change of `chosen_status` is told from here, whoever made it: the psychic, the clock, or their quiet hours.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mindnet.database.transactions import write_transaction
from mindnet.realtime import publish
from mindnet.realtime.shapes import PresenceOut
from presence.models import Meditation, Psychic, Status
from presence.shapes import presence_out
from presence.status import refresh


def lock(psychic_ids: Iterable[int] | QuerySet[Psychic, Any]) -> dict[int, Psychic]:
    """The psychics' rows by id, locked in the order in which everybody locks them."""
    rows = Psychic.objects.select_for_update(no_key=True).filter(pk__in=psychic_ids).order_by("pk")
    return {row.pk: row for row in rows}


def save(
    psychics: Collection[Psychic], seen_before: Mapping[int, PresenceOut], chosen_before: Mapping[int, str]
) -> list[Psychic]:
    """Stores `chosen_status` and `until` of locked psychics, and tells what that changes. Gives the fresh rows.

    How others saw them and what they had chosen, by psychic, is from before the change.
    """
    Psychic.objects.bulk_update(psychics, ["chosen_status", "until"])
    rows = refresh([psychic.pk for psychic in psychics], seen_before=seen_before)
    tell({row.pk: row.chosen_status for row in rows if row.chosen_status != chosen_before[row.pk]})
    return rows


def tell(changes: Mapping[int, str]) -> None:
    """After the commit every process learns who has chosen what: meditators' connections are held, others let go."""

    def publish_all() -> None:
        for psychic_id, status in changes.items():
            publish.chosen_status(psychic_id, status)

    if changes:
        transaction.on_commit(publish_all)


def chosen_now(psychic: Psychic, now: datetime) -> str:
    """The choice in force: one whose end has come is over, even before the sweep has seen it."""
    is_over = psychic.until is not None and psychic.until <= now
    return "" if is_over else psychic.chosen_status


def end_due() -> None:
    """Meditation, absence and invisibility that were to end by now. Where quiet hours stood in for another choice,
    that choice is in force again."""
    due = Psychic.objects.exclude(chosen_status="").filter(until__lte=timezone.now())
    if not due.exists():
        return
    with write_transaction():
        now = timezone.now()
        psychics = lock(due.values("pk"))
        ended = [psychic for psychic in psychics.values() if psychic.chosen_status and not chosen_now(psychic, now)]
        end(ended, now)


def end(psychics: Collection[Psychic], now: datetime) -> None:
    """Ends what these locked psychics have chosen."""
    seen = {psychic.pk: presence_out(psychic) for psychic in psychics}
    chosen = {psychic.pk: psychic.chosen_status for psychic in psychics}
    paused = {row.pk: row for row in Meditation.objects.filter(pk__in=seen).exclude(resume_status="")}
    for psychic in psychics:
        psychic.chosen_status, psychic.until = "", None
        row = paused.get(psychic.pk)
        if row and (row.resume_until is None or row.resume_until > now):
            psychic.chosen_status, psychic.until = row.resume_status, row.resume_until
    if psychics:
        forget_quiet([psychic.pk for psychic in psychics])
        save(psychics, seen, chosen)


def forget_quiet(psychic_ids: Iterable[int]) -> None:
    """The quiet hours under way are over, and what they stood in for is settled."""
    rows = Meditation.objects.filter(pk__in=psychic_ids).exclude(quiet_until=None)
    rows.update(quiet_until=None, resume_status="", resume_until=None)


def is_meditating(psychic: Psychic, now: datetime) -> bool:
    return chosen_now(psychic, now) == Status.MEDITATING
