"""A psychic as others see them. One place decides what an invisible psychic looks like."""

from mindnet.base.moments import utc
from mindnet.realtime.shapes import PresenceOut, PsychicOut
from presence.models import Status


def psychic_out(psychic):
    return PsychicOut(psychic.pk, psychic.username)


def presence_out(psychic):
    """What others see: invisible is offline, last online when they vanished.

    Whoever is not here shows neither note nor end, or the missing note would tell who only seems to be away. A status
    whose end has passed is shown until the sweep has ended it: what follows it may be invisibility.
    """
    if psychic.status in (Status.INVISIBLE, Status.OFFLINE):
        return PresenceOut(psychic.pk, psychic.username, Status.OFFLINE.value, "", None, utc(psychic.last_online))
    return own_presence_out(psychic)


def own_presence_out(psychic):
    """What psychics see of themselves."""
    until = psychic.until if psychic.status == psychic.chosen_status else None
    return PresenceOut(
        psychic.pk, psychic.username, str(psychic.status), psychic.note, utc(until), utc(psychic.last_online)
    )
