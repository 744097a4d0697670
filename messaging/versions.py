"""What messages said before they were edited. Whoever may read a message may read that; it goes when the message is
deleted (`messaging.emptying`). Of a sealed one nothing is kept: its envelopes say nothing to anybody here."""

from django.conf import settings
from django.db.models import QuerySet

from messaging.lookups import get_row
from messaging.models import Message, MessageType, MessageVersion
from presence.models import Psychic


def keep(message: Message) -> None:
    """Keeps the text of a locked message, within the transaction that gives it another.

    Of MESSAGE_VERSIONS the first and the newest stay: where there are more, those after the first go.
    """
    if message.message_type == MessageType.SEALED:
        return
    versions = MessageVersion.objects.filter(message=message)
    versions.create(message=message, content=message.content, edited_at=message.edited_at or message.timestamp)
    ids = list(versions.order_by("pk").values_list("pk", flat=True))
    surplus = len(ids) - settings.LIMITS["MESSAGE_VERSIONS"]
    if surplus > 0:
        versions.filter(pk__in=ids[1 : 1 + surplus]).delete()


def list_versions(*, psychic: Psychic, message_id: int) -> QuerySet[MessageVersion]:
    """What the message said before what it says now, in no order. Raises not_found for who may not read it."""
    return MessageVersion.objects.filter(message=get_row(psychic=psychic, message_id=message_id))
