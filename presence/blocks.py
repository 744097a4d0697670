"""Blocking: one psychic wants to hear nothing from another. It is told to nobody, least of all to whom it concerns.

So nothing that the blocked one does is refused, and everything is answered as ever. What they do does not reach the one
who has blocked them: the services for links, invitations and urgent messages ask here. A room's messages are one text
for everybody in it, and nobody's own is made of them on the server: the blocker's own client leaves out what comes from
`ids_of`, and so do the pages that the server draws.
"""

from django.conf import settings
from django.db.models import QuerySet

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.database.prepared import Prepared
from mindnet.database.transactions import write_transaction
from presence import signals
from presence.fields import USERNAME
from presence.models import Block, Psychic

# Reading


def blocks_of(psychic: Psychic) -> QuerySet[Block]:
    """Whom this psychic has blocked, with when; closed accounts as well."""
    return Block.objects.filter(blocker=psychic).select_related("blocked")


def ids_of(psychic: Psychic) -> list[int]:
    """The ids of those whom this psychic has blocked: BLOCKS_PER_PSYCHIC at most."""
    return blocked_by.rows(psychic.pk)


def blocked_ids(psychic_id: int) -> QuerySet[Block, int]:
    return Block.objects.filter(blocker=psychic_id).order_by("blocked").values_list("blocked", flat=True)


blocked_by = Prepared(blocked_ids)


def between(*, blocker: Psychic, blocked: Psychic) -> bool:
    """Whether the one has blocked the other."""
    return Block.objects.filter(blocker=blocker, blocked=blocked).exists()


def holds(*, blocker: Psychic, blocked: Psychic) -> bool:
    """The same inside a transaction that writes something which goes by it: until its commit no block that was found is
    taken back."""
    rows = Block.objects.select_for_update().filter(blocker=blocker, blocked=blocked)
    return bool(rows.values_list("pk", flat=True))


# Writing


def block(*, psychic: Psychic, username: str) -> None:
    """Blocks whoever has this name, also a closed account; a second time changes nothing. Raises not_found,
    validation_error for oneself, rate_limited, and conflict at BLOCKS_PER_PSYCHIC."""
    other = require_other(psychic, username)
    if other.pk == psychic.pk:
        raise invalid("username", "You cannot block yourself.")
    rates.check("BLOCK_RATE", psychic.pk)

    with write_transaction():
        # Locked, so that several at once are counted one after the other.
        Psychic.objects.select_for_update(no_key=True).get(pk=psychic.pk)
        rows = Block.objects.filter(blocker=psychic)
        if rows.filter(blocked=other).exists():
            return
        most = settings.LIMITS["BLOCKS_PER_PSYCHIC"]
        if rows.count() >= most:
            raise DomainError("conflict", f"You have blocked {most} people, and that is the most. Unblock one first.")
        Block.objects.create(blocker=psychic, blocked=other)


def unblock(*, psychic: Psychic, username: str) -> None:
    """Takes it back; where there is none, nothing happens. Raises not_found and rate_limited."""
    other = require_other(psychic, username)
    rates.check("BLOCK_RATE", psychic.pk)

    with write_transaction():
        deleted, _ = Block.objects.filter(blocker=psychic, blocked=other).delete()
        if deleted:
            signals.psychic_unblocked.send(Block, psychic=psychic, unblocked=other)


def require_other(psychic: Psychic, username: str) -> Psychic:
    """Whoever has this name. A closed account is there only for who has blocked it."""
    other = Psychic.objects.named(username).first() if USERNAME.fits(username) else None
    if other is None or not (other.is_active or between(blocker=psychic, blocked=other)):
        raise not_found()
    return other
