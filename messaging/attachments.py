"""Files that people put into rooms: storing them, who may read them, and taking them away.

Whoever may write in a room may put a file there. The row comes first, counts against the quota and names the files;
then the files are stored, then the row says that they are. So whoever dies between has left a row that says what is to
be taken away (`messaging.attachment_sweep`). The keys under which files lie are random and say nothing of their names.
"""

import contextlib
import hashlib
import secrets
import uuid
from contextlib import AbstractContextManager
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from messaging import attachment_sweep, blobs, fields, media, sealing
from messaging.attached import attachment_out
from messaging.changing import changed, lock
from messaging.models import Attachment, HeldMessage, Message
from messaging.permissions import check_writing
from mindnet.base import rates
from mindnet.base.errors import DomainError, not_found
from mindnet.base.failpoints import failpoint
from mindnet.base.received import size_of
from mindnet.base.rules import most_of
from mindnet.database.transactions import write_transaction
from mindnet.realtime.shapes import AttachmentOut
from presence.models import Psychic
from rooms.lookups import MODERATING, get_room, seen_room

FOLDER = "attachments"
# Any number that nothing else in the database locks; mindnet/management/commands/serve.py has another.
QUOTA_LOCK = 0x66696C65


# Storing


def store(
    *, psychic: Psychic, room_id: int, file: "UploadedFile[bytes]", nonce: UUID | None = None
) -> tuple[AttachmentOut, bool]:
    """Puts an uploaded file into a room. Gives the attachment, and whether it was there already, under this nonce.

    Raises what writing in the room raises, sealed_required in a mind-link whose two have devices, rate_limited above
    UPLOAD_RATE, payload_too_large for the file and for the quotas, nonce_reused, what `media.examine` raises, and
    `unavailable` where the files could not be stored.
    """
    rates.check("UPLOAD_RATE", psychic.pk)
    room = get_room(psychic=psychic, room_id=room_id)
    check_writing(room, psychic)
    is_sealed = sealing.is_sealed_file(room, file.name, file.content_type)
    measure = media.sealed_size_of if is_sealed else size_of
    measure(file)
    nonce, digest = nonce or uuid.uuid4(), digest_of(room_id, file)
    if stored := known(psychic, nonce, digest):
        return attachment_out(stored), True

    if not is_sealed and sealing.must_be_sealed(room):
        raise sealing.sealed_required()
    with examined_file(psychic, file, is_sealed=is_sealed) as examined:
        row, is_known = reserve(psychic, room_id, nonce, digest, examined)
        if not is_known:
            fill(row, examined)
    return attachment_out(row), is_known


def examined_file(
    psychic: Psychic, file: "UploadedFile[bytes]", *, is_sealed: bool
) -> AbstractContextManager[media.Examined]:
    """What is to be kept of a file, as long as this is entered."""
    if is_sealed:
        return contextlib.nullcontext(media.sealed(file))
    return media.examine(file, name=file.name or "", whose=psychic.pk)


def digest_of(room_id: int, file: "UploadedFile[bytes]") -> bytes:
    """What tells a retry from another file under the same nonce, or in another room."""
    digest = hashlib.blake2b(f"{room_id}\n".encode(), digest_size=32)
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.digest()


def known(psychic: Psychic, nonce: UUID, digest: bytes) -> Attachment | None:
    """What was stored under this nonce before; None for nothing, and for an attempt that broke off."""
    row = Attachment.objects.filter(uploader=psychic, nonce=nonce).first()
    if row is None:
        return None
    if bytes(row.nonce_digest) != digest:
        raise DomainError("nonce_reused", "This nonce was used for another file.")
    if row.ready_at and row.removed_at:
        raise DomainError("conflict", "This file was taken away.")
    return row if row.ready_at else None


def reserve(
    psychic: Psychic, room_id: int, nonce: UUID, digest: bytes, examined: media.Examined
) -> tuple[Attachment, bool]:
    """The row of a file that is about to be stored, within the quotas; or that of the same file, stored meanwhile."""
    now, takes_bytes = timezone.now(), examined.size + examined.thumbnail_size
    with write_transaction():
        lock_quotas()
        if stored := known(psychic, nonce, digest):
            return stored, True
        give_up(psychic, nonce, now)
        check_quotas(psychic, takes_bytes)
        key = new_key()
        row = Attachment.objects.create(
            room_id=room_id,
            uploader=psychic,
            nonce=nonce,
            nonce_digest=digest,
            kind=examined.kind,
            name=examined.name,
            media_type=examined.media_type,
            size=examined.size,
            width=examined.width,
            height=examined.height,
            seconds=examined.seconds,
            key=key,
            thumbnail_key=f"{key}-thumbnail" if examined.thumbnail else "",
            stored_bytes=takes_bytes,
            created_at=now,
        )
    failpoint("before_files")
    return row, False


def new_key() -> str:
    """In one of 256 folders: none has too many files for the tools that list them."""
    name = secrets.token_hex(16)
    return f"{FOLDER}/{name[:2]}/{name}"


def give_up(psychic: Psychic, nonce: UUID, now: datetime) -> None:
    """An attempt under this nonce that broke off, or that somebody has stopped waiting for, leaves it to the next."""
    broken = Attachment.objects.filter(uploader=psychic, nonce=nonce)
    broken.update(nonce=uuid.uuid4(), removed_at=Coalesce("removed_at", now))


def lock_quotas() -> None:
    """Until the transaction's end nobody else's file is counted. On SQLite there is one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [QUOTA_LOCK])


def check_quotas(psychic: Psychic, more_bytes: int) -> None:
    """Raises payload_too_large where so many bytes more pass what a person, or the server, may keep."""
    own = Sum("stored_bytes", filter=Q(uploader=psychic), default=0)
    used = Attachment.objects.aggregate(own=own, all=Sum("stored_bytes", default=0))
    own_most, most = int(settings.LIMITS["UPLOAD_QUOTA_BYTES"]), int(settings.LIMITS["UPLOADS_BYTES"])
    if settings.LIMITS_ENFORCED and used["own"] + more_bytes > own_most:
        words = f"Your files take {mebibytes(used['own'])} of {mebibytes(own_most)} MiB, and this one would take"
        detail = f"{words} {mebibytes(more_bytes)} MiB more. Delete messages with files that nobody needs any more."
        raise DomainError("payload_too_large", detail)
    if used["all"] + more_bytes > most:
        words = f"Files take {mebibytes(used['all'])} of the {mebibytes(most)} MiB that this server has for them"
        raise DomainError("payload_too_large", f"{words}, and this one is too much. Tell who runs it.")


def mebibytes(size: int) -> str:
    return f"{size / 1024 / 1024:,.1f}"


def fill(row: Attachment, examined: media.Examined) -> None:
    """Stores the files of a row and says so in it; or takes both back."""
    try:
        blobs.save(row.key, examined.content)
        if examined.thumbnail:
            blobs.save(row.thumbnail_key, examined.thumbnail)
    except DomainError:
        attachment_sweep.remove(row)
        raise
    failpoint("before_ready")
    row.ready_at = timezone.now()
    if not Attachment.objects.filter(pk=row.pk, ready_at=None, removed_at=None).update(ready_at=row.ready_at):
        # Another attempt under the nonce has come before this one's end, and has it now.
        attachment_sweep.remove(row)
        raise DomainError("unavailable", "This file came once more meanwhile. Ask again.", retry_after=1)


# Reading


def readable(*, psychic: Psychic, attachment_id: str) -> Attachment:
    """A stored file that this psychic may read now, or not_found.

    Those who may read the room do, once a message has it. Before that it is its uploader's, and the moderators' where a
    message with it waits for them.
    """
    row = stored_files().filter(pk=checked_id(attachment_id)).select_related("held").first()
    room = row and seen_room.first(psychic.pk, row.room_id)
    if not row or not room:
        raise not_found()
    is_waiting = row.held is not None and row.held.state == HeldMessage.State.WAITING
    if row.message_id or row.uploader_id == psychic.pk or (is_waiting and room.my_role in MODERATING):
        return row
    raise not_found()


def stored_files() -> QuerySet[Attachment]:
    """Those that are there: whole, and not to be taken away."""
    return Attachment.objects.filter(ready_at__isnull=False, removed_at=None)


def checked_id(text: str) -> UUID:
    """An id as we write it, or not_found."""
    try:
        value = UUID(text)
    except ValueError:
        raise not_found() from None
    if str(value) != text.lower():
        raise not_found()
    return value


def list_attachments(*, psychic: Psychic, room_id: int, kind: str | None = None) -> QuerySet[Attachment]:
    """The files that messages of a room have, for who may read it; of one kind (`Attachment.Kind`), or of all."""
    room = get_room(psychic=psychic, room_id=room_id)
    rows = stored_files().filter(room=room, message__isnull=False)
    return rows.filter(kind=kind) if kind else rows


def cursor_of(row: Attachment) -> int:
    """Where a file of a message stands in its room's list: the newest message first, its files in their order. Of both,
    since a page may end within a message."""
    most = most_of(fields.ATTACHMENTS)
    return (row.message_id or 0) * most + most - 1 - row.position


def beyond(rows: QuerySet[Attachment], cursor: int | None, *, rises: bool = False) -> QuerySet[Attachment]:
    """What comes behind this place in the list, or all of it without one; `rises`: from the end of the list up."""
    order = ("message_id", "-position") if rises else ("-message_id", "position")
    if cursor is None:
        return rows.order_by(*order)
    most = most_of(fields.ATTACHMENTS)
    message_id, rest = divmod(cursor, most)
    position = most - 1 - rest
    if rises:
        found = rows.filter(message_id__gte=message_id).exclude(message_id=message_id, position__gte=position)
    else:
        found = rows.filter(message_id__lte=message_id).exclude(message_id=message_id, position__lte=position)
    return found.order_by(*order)


# Taking away


def discard(*, psychic: Psychic, attachment_id: str) -> None:
    """One's own file that no message has. Raises conflict for one that has been sent or waits for a moderator."""
    mine = stored_files().filter(pk=checked_id(attachment_id), uploader=psychic)
    row = mine.first()
    if row is None:
        raise not_found()

    with write_transaction():
        if not mine.filter(message=None, held=None).update(removed_at=timezone.now()):
            raise DomainError("conflict", "A message has this file: delete the message.")
    attachment_sweep.remove(row)


def take_away(*, attachment_id: UUID) -> None:
    """From the admin, where the permission has been checked: the file goes, its message stays and is told again without
    it. Raises not_found for one that is gone already."""
    gone = stored_files().filter(pk=attachment_id)
    row = gone.first()
    if row is None:
        raise not_found()
    with write_transaction():
        # The room before the attachment, as everywhere. A message may have taken it since it was read.
        message = lock(row.message_id) if row.message_id else None
        if not gone.filter(message=row.message_id).update(removed_at=timezone.now()):
            raise not_found()
        if message is not None:
            tell_without(message)


def tell_without(message: Message) -> None:
    message.has_attachments = Attachment.objects.filter(message=message, removed_at=None).exists()
    changed(message, "has_attachments")
