"""What goes with a message's words when it is deleted, by whomever: by hand (`messaging.services`) or by a room's rule
(`messaging.retention`)."""

from collections.abc import Collection
from datetime import datetime

from messaging import markers, mentions
from messaging.models import Attachment, MessageVersion, Reaction


def drop_belongings(message_ids: Collection[int], *, now: datetime) -> None:
    """Within the transaction that empties these messages. Their files are only marked here: they are taken away after
    the commit, by the sweep (`Attachment.removed_at`)."""
    Reaction.objects.filter(message__in=message_ids).delete()
    MessageVersion.objects.filter(message__in=message_ids).delete()
    markers.tell_meant(mentions.strike(message_ids))
    Attachment.objects.filter(message__in=message_ids, removed_at=None).update(removed_at=now)
