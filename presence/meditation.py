"""How a psychic meditates: the settings behind `/presence/me/meditation`, and who may be urgent."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import invalid
from mindnet.database.transactions import write_transaction
from presence import choices, quiet, quiet_hours
from presence.fields import CHOSEN, URGENT_FROM, USERNAME
from presence.models import Meditation, Psychic
from presence.shapes import MeditationOut, meditation_out

UrgentFrom = Meditation.UrgentFrom


def settings_of(psychic: Psychic) -> MeditationOut:
    """The answer of `GET /presence/me/meditation`."""
    return meditation_out(Meditation.objects.filter(pk=psychic.pk).first() or Meditation(psychic=psychic))


def change_settings(
    *,
    psychic: Psychic,
    urgent_from: str | None = None,
    chosen: list[str] | None = None,
    time_zone: str | None = None,
    quiet_hours: list[dict[str, Any]] | None = None,
) -> MeditationOut:
    """Changes what is given and leaves the rest. `quiet_hours`: [{days, starts, ends}]. Gives the settings."""
    rates.check("PRESENCE_RATE", psychic.pk)
    people = None if chosen is None else checked_people(psychic, chosen)
    changes = checked(urgent_from, time_zone, quiet_hours)

    with write_transaction():
        now = timezone.now()
        locked = choices.lock([psychic.pk])[psychic.pk]
        row, _ = Meditation.objects.get_or_create(psychic=locked)
        hours_before = (row.time_zone, row.quiet_hours)
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(update_fields=changes)
        if people is not None:
            row.chosen.set(people)
        if (row.time_zone, row.quiet_hours) != hours_before:
            quiet.changed(locked, row, now)
    return meditation_out(row)


def checked(urgent_from: str | None, time_zone: str | None, hours: list[dict[str, Any]] | None) -> dict[str, Any]:
    """The columns for what was given. Raises validation_error."""
    changes: dict[str, Any] = {}
    if urgent_from is not None:
        if not URGENT_FROM.fits(urgent_from):
            raise invalid("urgent_from", f"It is one of {', '.join(URGENT_FROM.of)}.")
        changes["urgent_from"] = urgent_from
    if time_zone is not None:
        changes["time_zone"] = quiet_hours.checked_zone(time_zone)
    if hours is not None:
        changes["quiet_hours"] = quiet_hours.checked(hours)
    return changes


def checked_people(psychic: Psychic, usernames: list[str]) -> list[Psychic]:
    """The psychics of these names, none of them oneself. Unknown names are told by name, but for closed accounts, which
    are unknown too."""
    if not CHOSEN.fits(usernames):
        raise invalid("chosen", f"At most {settings.LIMITS['URGENT_CHOSEN']} people.")
    wanted = {name.lower(): name for name in usernames}
    possible = [key for key in wanted if USERNAME.fits(key)]
    found = {row.username.lower(): row for row in Psychic.objects.active().with_names(possible)}
    if unknown := [name for key, name in wanted.items() if key not in found]:
        raise invalid("chosen", f"No psychic has the name {', '.join(unknown)[:100]}.")
    if psychic.username.lower() in found:
        raise invalid("chosen", "You reach yourself anyway.")
    return list(found.values())
