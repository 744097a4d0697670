"""Setting and reading presence. What connections add up to is kept by `presence.status`."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mindnet.errors import invalid
from mindnet.realtime import protocol, publish, rates
from mindnet.realtime.executor import write_transaction
from presence.models import Connection, Psychic, Status
from presence.shapes import own_presence_out, presence_out
from presence.signals import status_chosen
from presence.status import refresh

MOST_AHEAD_SECONDS = 7 * 24 * 3600  # how far ahead `until` may lie: a week

# Under PRESENCE_AUDIENCE=rooms: a function (viewer, psychics queryset) -> queryset of those who share a room with the
# viewer. Handed down by the rooms app at start-up, since presence stands below it.
share_a_room = None


def audience(viewer, psychics):
    """Those of `psychics` whose presence the viewer may see."""
    if settings.PRESENCE_AUDIENCE == "rooms":
        return share_a_room(viewer, psychics)
    return psychics


def online_psychics(*, viewer):
    """Everybody with a live connection whom the viewer may see, by name."""
    return [presence_out(psychic) for psychic in audience(viewer, Psychic.objects.online()).order_by("username")]


def own_presence(*, psychic):
    return own_presence_out(Psychic.objects.get(pk=psychic.pk))


def set_presence(*, psychic, connection_id=None, status=None, note=None, until=None):
    """Sets status, note and end. Gives the psychic's own presence.

    With a `connection_id`, online and away are that connection's; without one (REST) every status is the psychic's.
    `until` ends a chosen status by itself and lies between now and a week ahead.
    """
    rates.check("PRESENCE_RATE", psychic.pk)
    changes = checked(status, note, until)
    with write_transaction():
        row = Psychic.objects.select_for_update(no_key=True).get(pk=psychic.pk)
        chosen_before = row.chosen_status
        seen_before = {row.pk: presence_out(row)}
        if status == Status.INVISIBLE and row.status not in (Status.INVISIBLE, Status.OFFLINE):
            changes["last_online"] = timezone.now()
        if status == Status.ONLINE:
            changes |= {"chosen_status": "", "until": None}
        elif status in (Status.MEDITATING, Status.INVISIBLE) or (status == Status.AWAY and connection_id is None):
            changes |= {"chosen_status": status, "until": until}
        Psychic.objects.filter(pk=row.pk).update(**changes)
        if status in (Status.ONLINE, Status.AWAY) and connection_id is not None:
            Connection.objects.filter(pk=connection_id).update(is_away=status == Status.AWAY)
        [row] = refresh([row.pk], seen_before=seen_before)
        if row.chosen_status != chosen_before:
            status_chosen.send(sender=Psychic, psychic_ids=[row.pk], status=row.chosen_status)
            transaction.on_commit(lambda: publish.chosen_status(row.pk, row.chosen_status))
    return own_presence_out(row)


def checked(status, note, until):
    changes = {}
    if note is not None:
        try:
            changes["note"] = protocol.clean_text(note).strip()
        except ValueError as error:
            raise invalid("note", str(error)) from None
        if len(changes["note"]) > 140:
            raise invalid("note", "A note has at most 140 characters.")
    if until is not None:
        if until.tzinfo is None:
            raise invalid("until", "Give the time with its zone, as in 2030-01-31T18:00:00Z.")
        ahead = (until - timezone.now()).total_seconds()
        if not 0 < ahead <= MOST_AHEAD_SECONDS:
            raise invalid("until", "The end must lie ahead, by a week at most.")
        if status not in (Status.MEDITATING, Status.INVISIBLE, Status.AWAY):
            raise invalid("until", "Only away, meditating and invisible can end by themselves.")
    if status is not None and status not in set(Status.values) - {Status.OFFLINE}:
        raise invalid("status", "The status is one of online, away, meditating, invisible.")
    return changes
