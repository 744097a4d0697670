"""Setting and reading presence. What connections add up to is kept by `presence.status`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from mindnet.base import rates, text
from mindnet.base.errors import invalid
from mindnet.database.prepared import Listed, PreparedShapes, beyond
from mindnet.database.statements import Row
from mindnet.database.transactions import write_transaction
from mindnet.realtime.shapes import PresenceOut
from presence import choices
from presence.fields import CHOSEN_STATUS, NOTE
from presence.models import Connection, Psychic, PsychicQuerySet, Status, lease_began
from presence.shapes import Seen, own_presence_out, presence_out

MOST_AHEAD_SECONDS = 7 * 24 * 3600  # how far ahead `until` may lie: a week


def nobody_else(viewer: Psychic, psychics: PsychicQuerySet) -> PsychicQuerySet:
    """Until rooms has handed down its own, nobody shares one with anybody."""
    return psychics.filter(pk=viewer.pk)


# Under PRESENCE_AUDIENCE=rooms: those of the psychics who share a room with the viewer. Handed down by the rooms app at
# start-up, since presence stands below it.
share_a_room: Callable[[Psychic, PsychicQuerySet], PsychicQuerySet] = nobody_else


def audience(viewer: Psychic, psychics: PsychicQuerySet) -> PsychicQuerySet:
    """Those of `psychics` whose presence the viewer may see."""
    if settings.PRESENCE_AUDIENCE == "rooms":
        return share_a_room(viewer, psychics)
    return psychics


def online_psychics(*, viewer: Psychic) -> PsychicQuerySet:
    """Everybody with a live connection whom the viewer may see."""
    return audience(viewer, Psychic.objects.online())


def online_beyond(cursor: int, since: datetime, *, rises: bool, most: int) -> QuerySet[Psychic, tuple[Any, ...]]:
    found = Psychic.objects.online(since).values_list(*Seen._fields)
    return beyond(found, cursor, rises=rises, most=most)  # type: ignore[no-any-return]  # what it was given


def listed_presence(row: Row) -> Listed[PresenceOut]:
    return Listed(row[0], presence_out(Seen._make(row)))


listed_online = PreparedShapes(online_beyond, listed_presence)


def online_pages(*, viewer: Psychic) -> Callable[..., list[Listed[PresenceOut]]]:
    """What a page of `online_psychics` is read from (`mindnet.rest.lists.Page`)."""
    if settings.PRESENCE_AUDIENCE != "rooms":
        return lambda cursor, *, rises, most: listed_online.rows(cursor, lease_began(), rises=rises, most=most)
    found = online_psychics(viewer=viewer).values_list(*Seen._fields)
    return lambda cursor, *, rises, most: list(map(listed_presence, beyond(found, cursor, rises=rises, most=most)))


def own_presence(*, psychic: Psychic) -> PresenceOut:
    return own_presence_out(Psychic.objects.get(pk=psychic.pk))


def set_presence(
    *,
    psychic: Psychic,
    connection_id: UUID | None = None,
    status: str | None = None,
    note: str | None = None,
    until: datetime | None = None,
) -> PresenceOut:
    """Sets status, note and end; what is None stays. Gives the psychic's own presence.

    With a `connection_id`, online and away are that connection's; without one (REST) every status is the psychic's.
    `until` ends a chosen status by itself and lies between now and a week ahead.
    """
    rates.check("PRESENCE_RATE", psychic.pk)
    changes = checked(status, note, until)
    with write_transaction():
        row = choices.lock([psychic.pk])[psychic.pk]
        chosen_before = {row.pk: row.chosen_status}
        seen_before = {row.pk: presence_out(row)}
        if status is None and until is not None and not choices.chosen_now(row, timezone.now()):
            raise invalid("until", "Only away, meditating and invisible can end by themselves.")
        if status == Status.INVISIBLE and row.status not in (Status.INVISIBLE, Status.OFFLINE):
            changes["last_online"] = timezone.now()
        if changes:
            Psychic.objects.filter(pk=row.pk).update(**changes)
        if status in (Status.ONLINE, Status.AWAY) and connection_id is not None:
            Connection.objects.filter(pk=connection_id).update(is_away=status == Status.AWAY)
        choose(row, status, until, is_connections=connection_id is not None)
        [row] = choices.save([row], seen_before, chosen_before)
    return own_presence_out(row)


def choose(row: Psychic, status: str | None, until: datetime | None, *, is_connections: bool) -> None:
    """A status set by hand stands for itself: quiet hours under way are over, and bring nothing back."""
    if status is None:
        row.until = until or row.until
        return
    if status == Status.ONLINE:
        row.chosen_status, row.until = "", None
    elif status != Status.AWAY or not is_connections:
        row.chosen_status, row.until = status, until
    else:
        return
    choices.forget_quiet([row.pk])


def checked(status: str | None, note: str | None, until: datetime | None) -> dict[str, Any]:
    """The columns for what was given. Raises validation_error."""
    changes: dict[str, Any] = {}
    if note is not None:
        try:
            changes["note"] = text.clean_text(note).strip()
        except ValueError as error:
            raise invalid("note", str(error)) from None
        if not NOTE.fits(changes["note"]):
            raise invalid("note", f"A note has at most {NOTE.most} characters.")
    if until is not None:
        if until.tzinfo is None:
            raise invalid("until", "Give the time with its zone, as in 2030-01-31T18:00:00Z.")
        ahead = (until - timezone.now()).total_seconds()
        if not 0 < ahead <= MOST_AHEAD_SECONDS:
            raise invalid("until", "The end must lie ahead, by a week at most.")
        if status == Status.ONLINE:
            raise invalid("until", "Only away, meditating and invisible can end by themselves.")
    if status is not None and not CHOSEN_STATUS.fits(status):
        raise invalid("status", f"The status is one of {', '.join(CHOSEN_STATUS.of)}.")
    return changes
