"""A psychic as others see them. One place decides what an invisible psychic looks like."""

from django.utils import timezone

from mindnet.realtime.protocol import PresenceOut, PsychicOut, utc
from presence.models import Status


def psychic_out(psychic):
    return PsychicOut(psychic.pk, psychic.username)


def status_of(psychic):
    """The status in force: one whose `until` has passed is over, even before the sweeper has seen it."""
    if psychic.chosen_status and psychic.until and psychic.until <= timezone.now():
        return Status.ONLINE if psychic.connection_id else Status.OFFLINE
    return Status(psychic.status)


def presence_out(psychic, status=None):
    """What others see: invisible is offline, last online when they vanished.

    Whoever is not here shows neither note nor end, or the missing note would tell who only seems to be away.
    """
    status = status or status_of(psychic)
    if status in (Status.INVISIBLE, Status.OFFLINE):
        return PresenceOut(psychic.pk, psychic.username, Status.OFFLINE.value, "", None, utc(psychic.last_online))
    return own_presence_out(psychic, status)


def last_told(psychic):
    """What others were told last: a status that has run out is told of by the sweep."""
    return presence_out(psychic, Status(psychic.status))


def own_presence_out(psychic, status=None):
    """What psychics see of themselves."""
    status = status or status_of(psychic)
    until = psychic.until if status == psychic.chosen_status else None
    return PresenceOut(
        psychic.pk, psychic.username, status.value, psychic.note, utc(until), utc(psychic.last_online)
    )
