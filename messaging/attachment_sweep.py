"""What becomes of files that nobody has any more: each process looks for them now and then, and two at once do no harm.

A row that is marked as removed goes with its files, the files first: a process that dies between has left a row whose
files are looked for once more. What was never stored to its end, and what no message has taken within a day, is marked
here.
"""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from messaging import blobs
from messaging.models import Attachment
from mindnet.base.errors import DomainError

logger = logging.getLogger(__name__)

# By then whoever was storing it has ended, or is dead.
STORING_SECONDS = 3600
BATCH = 100


def sweep() -> None:
    """Marks what is left over, and takes away what is marked."""
    mark_left_over()
    failed: set[UUID] = set()
    while rows := list(removable().exclude(pk__in=failed).order_by("removed_at")[:BATCH]):
        failed |= {row.pk for row in rows if not remove(row)}
        if len(failed) >= BATCH:
            return  # the storage is away: next time


def mark_left_over() -> None:
    now = timezone.now()
    is_broken = Q(ready_at=None, created_at__lt=now - timedelta(seconds=STORING_SECONDS))
    is_loose = Q(held=None, created_at__lt=now - timedelta(hours=settings.LIMITS["LOOSE_FILE_HOURS"]))
    left_over = Attachment.objects.filter(is_broken | is_loose, message=None, removed_at=None)
    if left_over.exists():  # or SQLite's writers would wait for nothing
        left_over.update(removed_at=now)


def removable() -> QuerySet[Attachment]:
    """Not while somebody may still be storing it: the files would come after their row has gone."""
    is_stored = Q(ready_at__isnull=False)
    is_old = Q(created_at__lt=timezone.now() - timedelta(seconds=STORING_SECONDS))
    return Attachment.objects.filter(is_stored | is_old, removed_at__isnull=False)


def remove(row: Attachment) -> bool:
    """Takes away the files of a row, then the row. Where the storage does not let it, the row stays, marked; False."""
    Attachment.objects.filter(pk=row.pk, removed_at=None).update(removed_at=timezone.now())
    if remove_files(row):
        Attachment.objects.filter(pk=row.pk).delete()
        return True
    return False


def remove_files(row: Attachment) -> bool:
    """Whether they are gone."""
    try:
        for key in filter(None, (row.key, row.thumbnail_key)):
            blobs.delete(key)
    except DomainError as error:
        logger.warning("the files of an attachment stay for now: %s", error)
        return False
    return True


@receiver(post_delete, sender=Attachment)
def attachment_deleted(sender: type[Attachment], instance: Attachment, **kwargs: Any) -> None:
    """Also with the room or the account it belonged to. Of a file that is gone already nothing is left to delete."""
    transaction.on_commit(lambda: remove_files(instance))
