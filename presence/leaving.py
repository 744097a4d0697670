"""What a closed account has to leave behind: whoever was closed is nowhere present.

Closing is one column, which may be written past the services, by a process that dies right after. So it is all done
again by a sweep, for every closed account that still seems to be here.
"""

from collections.abc import Iterable

from mindnet.database.transactions import write_transaction
from presence import choices
from presence.models import Psychic, Status
from presence.shapes import presence_out
from presence.status import refresh


def leave(psychic_ids: Iterable[int]) -> None:
    """Of closed accounts: no status, nothing chosen, no quiet hours under way.

    The end of a meditation is not told like any other: it would let go what is held for connections that are about to
    be closed.
    """
    with write_transaction():
        closed = {pk: row for pk, row in choices.lock(psychic_ids).items() if not row.is_active}
        if closed:
            Psychic.objects.filter(pk__in=closed).update(chosen_status="", until=None)
            choices.forget_quiet(closed)
            refresh(closed, seen_before={pk: presence_out(row) for pk, row in closed.items()})


def sweep() -> None:
    """Those who were closed past the services."""
    here = Psychic.objects.filter(is_active=False).exclude(status=Status.OFFLINE)
    if ids := list(here.values_list("pk", flat=True)):
        leave(ids)
