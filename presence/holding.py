"""Meditating for as long as one sits in a guided session: set on somebody's behalf, and given back.

The end is what tells it from a choice of their own: only a meditation with this very end is given back. Both calls may
come twice, from several processes.
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from mindnet.database.transactions import write_transaction
from presence import choices
from presence.models import Status
from presence.shapes import presence_out


def hold(*, psychic_id: int, until: datetime) -> bool:
    """Meditating until then. False where it is not for us to set: who is invisible stays so, and so does who has chosen
    to meditate longer."""
    with write_transaction():
        psychic = choices.lock([psychic_id])[psychic_id]
        chosen_before = {psychic.pk: psychic.chosen_status}
        is_closed = not psychic.is_active
        is_longer = psychic.chosen_status == Status.MEDITATING and (psychic.until is None or psychic.until >= until)
        if psychic.chosen_status == Status.INVISIBLE or is_longer or is_closed:
            return False
        seen_before = {psychic.pk: presence_out(psychic)}
        psychic.chosen_status, psychic.until = Status.MEDITATING, until
        choices.save([psychic], seen_before, chosen_before)
    return True


def give_back(*, psychic_ids: Iterable[int], until: datetime) -> None:
    """Those of them who still meditate with this end are as they were: the bell rings for them."""
    with write_transaction():
        psychics = choices.lock(psychic_ids).values()
        held = [one for one in psychics if one.chosen_status == Status.MEDITATING and one.until == until]
        choices.end(held, timezone.now())
