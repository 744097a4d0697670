"""What messages said before they were edited. Whoever may read a message may read that; it goes when the message is
deleted (`messaging.emptying`). Of a sealed one nothing is kept: its envelopes say nothing to anybody here."""

from django.conf import settings
from django.db.models import QuerySet

from messaging.lookups import get_row
from messaging.models import Message, MessageType, MessageVersion
from mindnet.database.statements import Question, stored_moment
from presence.models import Psychic

KEEP = "INSERT INTO message_versions (message_id, content, edited_at) VALUES (%s, %s, %s)"
TRIM = """DELETE FROM message_versions WHERE message_id = %s
AND id > (SELECT min(id) FROM message_versions WHERE message_id = %s)
AND id NOT IN (SELECT id FROM message_versions WHERE message_id = %s ORDER BY id DESC LIMIT %s)"""


def keeping(message: Message) -> list[Question]:
    """The questions that keep the text of a locked message, for the transaction that gives it another.

    Of MESSAGE_VERSIONS the first and the newest stay: where there are more, those after the first go.
    """
    if message.message_type == MessageType.SEALED:
        return []
    written_at = stored_moment(message.edited_at or message.timestamp)
    newest = settings.LIMITS["MESSAGE_VERSIONS"] - 1
    return [(KEEP, message.pk, message.content, written_at), (TRIM, message.pk, message.pk, message.pk, newest)]


def list_versions(*, psychic: Psychic, message_id: int) -> QuerySet[MessageVersion]:
    """What the message said before what it says now, in no order. Raises not_found for who may not read it."""
    return MessageVersion.objects.filter(message=get_row(psychic=psychic, message_id=message_id))
