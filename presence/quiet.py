"""Quiet hours in force: they begin by the sweep of any node, and end as every chosen status with an end does.

`meditations.quiet_starts_at` names the next beginning, so choosing `online` by hand ends the present one only: the next
is the next. Several nodes sweeping at once begin them once, because the psychic's row is locked and the beginning
looked at again under the lock.
"""

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from mindnet.database.transactions import write_transaction
from presence import choices, quiet_hours
from presence.models import Meditation, Psychic, Status
from presence.shapes import presence_out

# Psychics in one transaction: many have theirs at ten in the evening.
BATCH = 200


def begin_due() -> None:
    """Begins what is to begin by now. After a standstill of all processes too: what lies around now is begun late, what
    is over by now is not begun at all."""
    while ids := list(due(timezone.now()).values_list("pk", flat=True)[:BATCH]):
        with write_transaction():
            now = timezone.now()
            psychics = choices.lock(ids)
            begin([(psychics[row.pk], row) for row in due(now).filter(pk__in=ids)], now)


def due(now: datetime) -> QuerySet[Meditation]:
    """Not of closed accounts. Theirs stay due, so that they are looked at anew should the account be opened again."""
    return Meditation.objects.filter(quiet_starts_at__lte=now, psychic__is_active=True)


def begin(pairs: list[tuple[Psychic, Meditation]], now: datetime) -> None:
    """Of locked psychics and their rows: whoever is in their quiet hours now meditates until the end of these."""
    seen = {psychic.pk: presence_out(psychic) for psychic, _ in pairs}
    chosen = {psychic.pk: psychic.chosen_status for psychic, _ in pairs}
    began = []
    for psychic, row in pairs:
        until, row.quiet_starts_at = quiet_hours.around(row.quiet_hours, row.time_zone, now)
        if until and meditate(psychic, row, until, now):
            began.append(psychic)
    Meditation.objects.bulk_update(
        [row for _, row in pairs], ["quiet_starts_at", "quiet_until", "resume_status", "resume_until"]
    )
    if began:
        choices.save(began, seen, chosen)


def meditate(psychic: Psychic, row: Meditation, until: datetime, now: datetime) -> bool:
    """Whether this changes anything: who meditates for longer already goes on."""
    choice = choices.chosen_now(psychic, now)
    if is_under_way(psychic, row, now):
        if psychic.until == until:
            return False
    elif choice == Status.MEDITATING:
        if psychic.until is None or psychic.until >= until:
            return False
    else:
        # It is in force again afterwards, or nobody could be invisible overnight.
        row.resume_status, row.resume_until = choice, psychic.until if choice else None
    psychic.chosen_status, psychic.until, row.quiet_until = Status.MEDITATING, until, until
    return True


def is_under_way(psychic: Psychic, row: Meditation, now: datetime) -> bool:
    """Whether it is the quiet hours that the psychic meditates for."""
    return choices.is_meditating(psychic, now) and row.quiet_until is not None and psychic.until == row.quiet_until


def changed(psychic: Psychic, row: Meditation, now: datetime) -> None:
    """Other hours or another zone: the present ones end unless they still lie around now. Of a locked psychic."""
    until, _ = quiet_hours.around(row.quiet_hours, row.time_zone, now)
    if is_under_way(psychic, row, now) and until is None:
        choices.end([psychic], now)
        psychic.refresh_from_db(fields=["status", "chosen_status", "until"])
        row.quiet_until, row.resume_status, row.resume_until = None, "", None
    begin([(psychic, row)], now)
