"""What the restricted see of what was put on them, and what they say to it: once each."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.base.text import can_be_seen, clean_text
from mindnet.database.transactions import write_transaction
from presence.models import Psychic
from rooms.fields import ANSWER
from rooms.models import Restriction

# So long after its end something is still shown and may be answered: a kick is over as it is done.
ANSWER_DAYS = 7


def own_restrictions(psychic: Psychic) -> QuerySet[Restriction]:
    """What is on this psychic, in whatever room, and what was over less than ANSWER_DAYS ago."""
    since = timezone.now() - timedelta(days=ANSWER_DAYS)
    lately = Q(until=None) | Q(until__gt=since), Q(lifted_at=None) | Q(lifted_at__gt=since)
    return Restriction.objects.filter(*lately, psychic=psychic).select_related("room", "psychic", "created_by")


def answer(*, psychic: Psychic, restriction_id: int, text: str) -> None:
    """Says something to a restriction on oneself. Its moderators read it with the restriction.

    Raises not_found for what is not one's own or was over ANSWER_DAYS ago, conflict where it has an answer, and
    rate_limited above ANSWER_RATE.
    """
    mine = own_restrictions(psychic).filter(pk=restriction_id)
    if not is_id(restriction_id) or not mine.exists():
        raise not_found()
    text = checked_answer(text)
    rates.check("ANSWER_RATE", psychic.pk)

    with write_transaction():
        # Of two answers at once one finds the row unanswered.
        if not mine.filter(answered_at=None).update(answer=text, answered_at=timezone.now()):
            raise DomainError("conflict", "You have answered this already.")


def checked_answer(text: str) -> str:
    """The text as it is kept. Raises validation_error."""
    try:
        text = clean_text(text).strip()
    except ValueError as error:
        raise invalid("text", str(error)) from None
    if not ANSWER.fits(text) or not can_be_seen(text):
        raise invalid("text", f"An answer has 1 to {ANSWER.most} characters.")
    return text
