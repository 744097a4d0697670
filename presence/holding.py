"""Meditating for as long as one sits in a guided session: set on somebody's behalf, and given back.

The end is what tells it from a choice of their own: only a meditation with this very end is given back. Both calls may
come twice, from several processes.
"""

from django.db import transaction

from mindnet.realtime import publish
from mindnet.realtime.executor import write_transaction
from presence.models import Psychic, Status
from presence.shapes import presence_out
from presence.signals import status_chosen
from presence.status import refresh


def hold(*, psychic_id, until):
    """Meditating until then. False where it is not for us to set: who is invisible stays so, and so does who has chosen
    to meditate longer."""
    with write_transaction():
        row = Psychic.objects.select_for_update(no_key=True).get(pk=psychic_id)
        is_longer = row.chosen_status == Status.MEDITATING and (row.until is None or row.until >= until)
        if row.chosen_status == Status.INVISIBLE or is_longer:
            return False
        seen_before = {row.pk: presence_out(row)}
        Psychic.objects.filter(pk=row.pk).update(chosen_status=Status.MEDITATING, until=until)
        tell([row.pk], Status.MEDITATING, seen_before)
    return True


def give_back(*, psychic_ids, until):
    """Those of them who still meditate with this end are as they were: the bell rings for them."""
    with write_transaction():
        rows = Psychic.objects.select_for_update(no_key=True).filter(
            pk__in=psychic_ids, chosen_status=Status.MEDITATING, until=until
        )
        seen_before = {row.pk: presence_out(row) for row in rows.order_by("pk")}
        if seen_before:
            Psychic.objects.filter(pk__in=seen_before).update(chosen_status="", until=None)
            tell(list(seen_before), "", seen_before)


def tell(psychic_ids, status, seen_before):
    refresh(psychic_ids, seen_before=seen_before)
    status_chosen.send(sender=Psychic, psychic_ids=psychic_ids, status=status)

    def publish_each():
        for psychic_id in psychic_ids:
            publish.chosen_status(psychic_id, status)

    transaction.on_commit(publish_each)
